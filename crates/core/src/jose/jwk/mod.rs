//! Is this a public key that can check signatures? A [`Jwk`] that exists is one. (RFC 7517, 7518, 8037)

mod key;

use super::jws::MAX_NAME_LEN;
use super::{Algorithm, JwsError};
use crate::digest::Digest;
use key::Key;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;

/// Members that hold private or symmetric key material in any registered key type.
const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// Why a JSON value is not a usable public key, or not a set of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JwkError {
    /// Not a JSON object.
    #[error("a JWK is a JSON object")]
    NotAnObject,
    /// Private or symmetric key material; it must never come here.
    #[error("the private member `{0}` is present")]
    PrivateMember(&'static str),
    /// `kty` is missing or not EC, OKP or RSA.
    #[error("unsupported key type")]
    KeyTypeUnsupported,
    /// `crv` is missing or not P-256 (EC) or Ed25519 (OKP).
    #[error("unsupported curve")]
    CurveUnsupported,
    /// A member is missing, has the wrong type or length, or is not canonical base64url.
    #[error("the member `{0}` is missing or malformed")]
    Malformed(&'static str),
    /// The coordinates are no point of the curve, or one that makes forgery trivial.
    #[error("not a usable point of the curve")]
    PointInvalid,
    /// The RSA modulus is shorter than 2048 bits or longer than 8192.
    #[error("an RSA modulus has 2048 to 8192 bits")]
    RsaSize,
    /// The RSA numbers are impossible: an even modulus, or an exponent that is even, 1 or over 32 bits.
    #[error("impossible RSA numbers")]
    RsaNumbers,
    /// `use` or `key_ops` says that the key is not for checking signatures.
    #[error("not a key for signatures")]
    UseNotSignature,
    /// `alg` is unsupported or does not fit the key type.
    #[error("`alg` does not fit the key")]
    AlgorithmContradicts,
    /// A set without an array `keys`, or with more than [`super::JwkSet::MAX_KEYS`] entries.
    #[error("a JWK set has an array `keys` of at most 32 keys")]
    SetMalformed,
}

impl JwkError {
    /// Whether a set with such a key is fine without it (RFC 7517 section 5), rather than broken.
    pub(super) const fn is_merely_unsupported(self) -> bool {
        matches!(
            self,
            Self::KeyTypeUnsupported
                | Self::CurveUnsupported
                | Self::RsaSize
                | Self::UseNotSignature
                | Self::AlgorithmContradicts
        )
    }
}

/// A public key for checking signatures: EC P-256, OKP Ed25519, or RSA of 2048 to 8192 bits.
///
/// Clones share the parsed key. Two are equal if they are the same key with the same `kid` and `alg`. As JSON
/// it has its key members, `use`, and `kid` and `alg` if known; other members (`x5c` …) are not kept.
#[derive(Clone)]
pub struct Jwk(Arc<Inner>);

struct Inner {
    key: Key,
    kid: Option<String>,
    alg: Option<Algorithm>,
    thumbprint: Digest,
}

impl Jwk {
    /// Reads a public JWK.
    pub fn parse(json: &Value) -> Result<Self, JwkError> {
        let members = json.as_object().ok_or(JwkError::NotAnObject)?;
        if let Some(name) = PRIVATE.into_iter().find(|name| members.contains_key(*name)) {
            return Err(JwkError::PrivateMember(name));
        }
        check_use(members)?;
        let kid = match members.get("kid") {
            None => None,
            Some(Value::String(kid)) if (1..=MAX_NAME_LEN).contains(&kid.len()) => Some(kid.clone()),
            Some(_) => return Err(JwkError::Malformed("kid")),
        };
        let alg = match members.get("alg") {
            None => None,
            Some(Value::String(alg)) => Some(alg.parse().map_err(|_| JwkError::AlgorithmContradicts)?),
            Some(_) => return Err(JwkError::Malformed("alg")),
        };
        let key = Key::parse(members)?;
        if alg.is_some_and(|alg| !key.algorithms().contains(&alg)) {
            return Err(JwkError::AlgorithmContradicts);
        }
        let thumbprint = Digest::of(key.thumbprint_input().as_bytes());
        Ok(Self(Arc::new(Inner { key, kid, alg, thumbprint })))
    }

    /// The key's name, if it has one.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// The only algorithm that the key is for, if it says so.
    pub fn alg(&self) -> Option<Algorithm> {
        self.0.alg
    }

    /// The SHA-256 thumbprint of the key (RFC 7638): the same for the same key whatever its name.
    pub fn thumbprint(&self) -> Digest {
        self.0.thumbprint
    }

    /// The algorithms whose signatures this key can check.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        match self.0.alg {
            Some(Algorithm::RS256) => &[Algorithm::RS256],
            Some(Algorithm::PS256) => &[Algorithm::PS256],
            _ => self.0.key.algorithms(),
        }
    }

    /// Whether the private half of this key signed `message` with `algorithm`.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), JwsError> {
        if !self.algorithms().contains(&algorithm) {
            return Err(JwsError::KeyUnknown);
        }
        let key = self.0.key.parsed_for(algorithm).ok_or(JwsError::KeyUnknown)?;
        key.verify_sig(message, signature).map_err(|_| JwsError::SignatureInvalid)
    }

    /// The JWK as JSON.
    pub fn to_json(&self) -> Value {
        let mut members = self.0.key.members();
        members.insert("use".into(), json!("sig"));
        if let Some(kid) = self.kid() {
            members.insert("kid".into(), json!(kid));
        }
        if let Some(alg) = self.alg() {
            members.insert("alg".into(), json!(alg));
        }
        Value::Object(members)
    }
}

fn check_use(members: &Map<String, Value>) -> Result<(), JwkError> {
    match members.get("use") {
        None => {}
        Some(Value::String(name)) if name == "sig" => {}
        Some(_) => return Err(JwkError::UseNotSignature),
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(ops)) if ops.iter().any(|op| op == "verify") => Ok(()),
        Some(_) => Err(JwkError::UseNotSignature),
    }
}

impl PartialEq for Jwk {
    fn eq(&self, other: &Self) -> bool {
        self.thumbprint() == other.thumbprint() && self.kid() == other.kid() && self.alg() == other.alg()
    }
}

impl Eq for Jwk {}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("thumbprint", &self.thumbprint())
            .field("kid", &self.kid())
            .field("alg", &self.alg())
            .finish_non_exhaustive()
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
