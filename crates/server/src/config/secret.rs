//! How are secrets held so that no log, dump or error message can show them?

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroizing;

/// What is shown in place of a secret.
pub const MASK: &str = "***";

/// A secret text: wiped when dropped, and `***` wherever it is printed or serialised.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the secret over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself; for digests and comparisons only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A key of 256 bits under which private keys are encrypted at rest.
#[derive(Clone)]
pub struct EncryptionKey(Zeroizing<[u8; 32]>);

/// Why a text is no encryption key; says nothing about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionKeyRefusal {
    /// Not 32 bytes in one of the two notations.
    #[error("32 random bytes are accepted, as 43 base64url or 64 hexadecimal characters")]
    NotThirtyTwoBytes,
    /// The same byte 32 times, as in a placeholder.
    #[error("32 random bytes are accepted; this key is one byte repeated")]
    Placeholder,
}

impl EncryptionKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal characters, or base64url with or without its padding.
    pub fn parse(text: &str) -> Result<Self, EncryptionKeyRefusal> {
        let decoded = Zeroizing::new(decode(text).ok_or(EncryptionKeyRefusal::NotThirtyTwoBytes)?);
        let bytes =
            <[u8; 32]>::try_from(decoded.as_slice()).map_err(|_| EncryptionKeyRefusal::NotThirtyTwoBytes)?;
        let bytes = Zeroizing::new(bytes);
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(EncryptionKeyRefusal::Placeholder);
        }
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() == 64 {
        return text.as_bytes().chunks(2).map(hexadecimal_byte).collect();
    }
    URL_SAFE_NO_PAD.decode(text.strip_suffix('=').unwrap_or(text)).ok()
}

fn hexadecimal_byte(pair: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match pair {
        [high, low] => Some(digit(high)? * 16 + digit(low)?),
        _ => None,
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "writeOnly": true })
    }
}

impl std::fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for EncryptionKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for EncryptionKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Secret::deserialize(deserializer)?.expose()).map_err(D::Error::custom)
    }
}

impl JsonSchema for EncryptionKey {
    fn schema_name() -> Cow<'static, str> {
        "EncryptionKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "encryption-key", "writeOnly": true })
    }
}
