//! Is this compact JWS what its reader expects, and did the right key sign it? (RFC 7515, RFC 7519, RFC 8725)
//!
//! Reading goes in three steps, cheap before dear: [`Jws::parse`] bounds and decodes, then the header and the
//! claims are held against [`Expected`], and only then at most [`MAX_CANDIDATES`] keys are tried. Header
//! parameters never choose a key, except that `kid` selects within the set that the caller trusts already.

mod error;
mod expected;
mod strict_json;

pub use error::JwsError;
pub use expected::{Audience, Expected, LEEWAY, Lifetime, Typ};
pub(crate) use expected::{numeric_date, string};
pub(crate) use strict_json::parse_object;

use super::{Algorithm, Jwk, JwkSet};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The usual longest compact JWS, in bytes.
pub const MAX_LEN: usize = 16 * 1024;

/// A signature is tried with at most this many keys: each try costs as much as the rest of a request.
pub const MAX_CANDIDATES: usize = 4;

/// The longest `kid` and `typ`, in bytes.
pub(crate) const MAX_NAME_LEN: usize = 256;

/// Header parameters that change how a JWS is read. `crit` means "refuse if you do not know": nothing that
/// it could list is known here. `enc` and `zip` belong to JWE.
const FORBIDDEN: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// Something that a peer claims and nobody has checked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unverified<T>(T);

impl<T> Unverified<T> {
    /// The claimed value: good for looking up what is needed to check it, and for nothing else.
    pub fn peek(self) -> T {
        self.0
    }

    /// Another form of the same claim, as unverified as before.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Unverified<U> {
        Unverified(form(self.0))
    }
}

/// A well-formed compact JWS with a JSON object as payload, not verified yet.
#[derive(Debug, Clone)]
pub struct Jws<'a> {
    signing_input: &'a str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    header: Map<String, Value>,
    payload: Value,
}

/// Whether these keys have one that may have signed this text, by its name and algorithm ([`Jws::may_be_of`]). Also said of what
/// is no JWS of at most `max_len` bytes: other keys would not help it.
pub fn may_be_of(compact: &str, max_len: usize, keys: &JwkSet) -> bool {
    Jws::parse(compact, max_len).map_or(true, |jws| jws.may_be_of(keys))
}

impl<'a> Jws<'a> {
    /// Reads a compact JWS of at most `max_len` bytes ([`MAX_LEN`] is usual).
    pub fn parse(compact: &'a str, max_len: usize) -> Result<Self, JwsError> {
        if compact.len() > max_len {
            return Err(JwsError::TooLarge);
        }
        let (signing_input, signature) = compact.rsplit_once('.').ok_or(JwsError::NotThreeParts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::NotThreeParts)?;
        if payload.contains('.') || header.is_empty() || payload.is_empty() {
            return Err(JwsError::NotThreeParts);
        }
        let header = parse_object(&decode(header)?).map_err(JwsError::of_header)?;
        if let Some(name) = FORBIDDEN.into_iter().find(|name| header.contains_key(*name)) {
            return Err(JwsError::HeaderForbidden(name));
        }
        let algorithm = header.get("alg").and_then(Value::as_str).ok_or(JwsError::AlgorithmUnsupported)?;
        let algorithm = algorithm.parse()?;
        for name in ["kid", "typ"] {
            match header.get(name) {
                None => {}
                Some(Value::String(text)) if text.len() <= MAX_NAME_LEN => {}
                Some(_) => return Err(JwsError::HeaderParameterMalformed(name)),
            }
        }
        if signature.is_empty() {
            return Err(JwsError::NotThreeParts);
        }
        let payload = parse_object(&decode(payload)?).map_err(JwsError::of_payload)?;
        let signature = decode(signature)?;
        Ok(Self { signing_input, signature, algorithm, header, payload: Value::Object(payload) })
    }

    /// The algorithm that the header names.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `kid` that the header names.
    pub fn kid(&self) -> Option<Unverified<&str>> {
        self.header_str("kid").map(Unverified)
    }

    /// Whether these keys have one that may have made the signature, by its name and algorithm.
    pub fn may_be_of(&self, keys: &JwkSet) -> bool {
        !keys.find(self.kid().map(Unverified::peek), self.algorithm).is_empty()
    }

    /// A string claim before anything is verified, to find the keys that verify it. `None` if it is missing
    /// or no string.
    pub fn unverified_str(&self, claim: &str) -> Option<Unverified<&str>> {
        self.payload.get(claim).and_then(Value::as_str).map(Unverified)
    }

    /// The claims, if everything expected holds and one of `keys` made the signature.
    pub fn verify<T: DeserializeOwned>(&self, keys: &JwkSet, expected: &Expected<'_>) -> Result<T, JwsError> {
        self.check(expected)?;
        let claims = self.deserialize()?;
        self.verify_signature(keys)?;
        Ok(claims)
    }

    /// Like [`Jws::verify`], for a caller that knows the one key. The header's `kid` is not looked at.
    pub fn verify_with_key<T: DeserializeOwned>(
        &self,
        key: &Jwk,
        expected: &Expected<'_>,
    ) -> Result<T, JwsError> {
        self.check(expected)?;
        let claims = self.deserialize()?;
        self.verify_signature_with_key(key)?;
        Ok(claims)
    }

    /// Everything but the signature.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<(), JwsError> {
        self.check_header(expected.typ, expected.algorithms)?;
        expected.check_claims(self.unverified_claims()?)
    }

    pub(crate) fn check_header(&self, typ: Typ<'_>, algorithms: &[Algorithm]) -> Result<(), JwsError> {
        typ.check(self.header_str("typ"))?;
        if algorithms.contains(&self.algorithm) { Ok(()) } else { Err(JwsError::AlgorithmNotAllowed) }
    }

    pub(crate) fn verify_signature(&self, keys: &JwkSet) -> Result<(), JwsError> {
        let candidates = keys.find(self.header_str("kid"), self.algorithm);
        match candidates.len() {
            0 => return Err(JwsError::KeyUnknown),
            1..=MAX_CANDIDATES => {}
            _ => return Err(JwsError::KeyAmbiguous),
        }
        let made_it = |key: &&Jwk| self.verify_signature_with_key(key).is_ok();
        candidates.iter().any(made_it).then_some(()).ok_or(JwsError::SignatureInvalid)
    }

    pub(crate) fn verify_signature_with_key(&self, key: &Jwk) -> Result<(), JwsError> {
        key.verify(self.algorithm, self.signing_input.as_bytes(), &self.signature)
    }

    /// A header parameter as it came. Only DPoP may take a key from here, and only as the name of its holder.
    pub(crate) fn unverified_header(&self, name: &str) -> Option<&Value> {
        self.header.get(name)
    }

    /// All claims as they came.
    pub(crate) fn unverified_claims(&self) -> Result<&Map<String, Value>, JwsError> {
        self.payload.as_object().ok_or(JwsError::PayloadMalformed)
    }

    fn header_str(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    fn deserialize<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        T::deserialize(&self.payload).map_err(|_| JwsError::ClaimMalformed("*"))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Encoding)
}
