//! Which keys does a party publish, and which of them may have made a signature? (RFC 7517 section 5)

use super::{Algorithm, Jwk, JwkError};
use crate::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

/// The public signature keys of one party, at most [`JwkSet::MAX_KEYS`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    certificates: Vec<Digest>,
}

impl JwkSet {
    /// The most entries that a set may have, unusable ones included.
    pub const MAX_KEYS: usize = 32;

    /// A set of these keys.
    pub fn new(keys: Vec<Jwk>) -> Result<Self, JwkError> {
        if keys.len() > Self::MAX_KEYS {
            Err(JwkError::SetMalformed)
        } else {
            Ok(Self { keys, certificates: Vec::new() })
        }
    }

    /// Reads a set. Keys of unknown types, or for other uses than signatures, are left out; a broken key or
    /// private material anywhere refuses the whole set. Certificates that come with keys are kept by their SHA-256,
    /// also where the key is left out.
    pub fn parse(json: &Value) -> Result<Self, JwkError> {
        let entries = json.get("keys").and_then(Value::as_array).ok_or(JwkError::SetMalformed)?;
        if entries.len() > Self::MAX_KEYS {
            return Err(JwkError::SetMalformed);
        }
        let mut keys = Vec::with_capacity(entries.len());
        // What this set itself wrote down of certificates.
        let written = json.get(CERTIFICATES).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let written = written.iter().take(Self::MAX_KEYS).filter_map(|one| Digest::deserialize(one).ok());
        let mut certificates = written.collect::<Vec<_>>();
        for entry in entries {
            certificates.extend(certificate_of(entry));
            match Jwk::parse(entry) {
                Ok(key) => keys.push(key),
                Err(error) if error.is_merely_unsupported() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { keys, certificates })
    }

    /// The keys, in the order of the set.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The SHA-256 of the certificates that came with keys: `x5t#S256`, or the first of `x5c` (RFC 7517 section 4).
    pub fn certificates(&self) -> &[Digest] {
        &self.certificates
    }

    /// The keys that may have made a signature with `algorithm` under the name `kid`: those of that name, or
    /// else those without a name. Without a `kid`, every key that can do the algorithm.
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<&Jwk> {
        let able = || self.keys.iter().filter(move |key| key.algorithms().contains(&algorithm));
        let Some(kid) = kid else { return able().collect() };
        let named: Vec<_> = able().filter(|key| key.kid() == Some(kid)).collect();
        if named.is_empty() { able().filter(|key| key.kid().is_none()).collect() } else { named }
    }
}

/// Where certificates stand beside the keys, which are written without what is not needed of them.
const CERTIFICATES: &str = "x5t#S256";

fn certificate_of(entry: &Value) -> Option<Digest> {
    if let Some(digest) = entry.get(CERTIFICATES) {
        return Digest::deserialize(digest).ok();
    }
    let first = entry.get("x5c")?.get(0)?.as_str()?;
    STANDARD.decode(first).ok().map(|der| Digest::of(&der))
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.certificates.as_slice() {
            [] => json!({ "keys": self.keys }).serialize(serializer),
            all => json!({ "keys": self.keys, CERTIFICATES: all }).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
