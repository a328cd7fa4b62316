//! Does the sender of this request hold the key that its token is bound to? (RFC 9449)
//!
//! [`verify`] does section 4.3 except for replay: the caller remembers [`Proof::jti_digest`] for as long as
//! [`Window`] would take the proof again, and answers a repeated one as an invalid proof.

mod htu;
pub mod nonce;
mod refusal;

pub use htu::Htu;
pub use refusal::DpopRefusal;

use crate::digest::{Digest, MacKey};
use crate::jose::jws::{Jws, JwsError, Typ, numeric_date, string};
use crate::jose::{Algorithm, Jwk};
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// The longest proof that is read, in bytes: an RSA key of 8192 bits and its signature fit.
pub const MAX_LEN: usize = 8 * 1024;

/// The longest `jti` and `nonce`, in characters.
pub const MAX_ID_CHARS: usize = 256;

/// How far `iat` may be from the present, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The greatest age.
    pub past: Duration,
    /// The greatest advance of the sender's clock.
    pub future: Duration,
}

impl Default for Window {
    /// 60 seconds either way.
    fn default() -> Self {
        Self { past: Duration::from_mins(1), future: Duration::from_mins(1) }
    }
}

/// Whether the proof must carry a nonce of ours (RFC 9449 sections 8 and 9).
#[derive(Debug, Clone, Copy)]
pub enum NonceRule<'a> {
    /// A nonce is neither asked for nor looked at.
    NotAsked,
    /// The nonce must be one that [`nonce::issue`] made lately with this key for this endpoint.
    Required(&'a MacKey, nonce::Audience),
}

/// The request that the proof must be for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The endpoint's address as clients know it.
    pub htu: &'a Htu,
    /// The access token that came with the request, at a protected resource.
    pub access_token: Option<&'a str>,
    /// The algorithms that proofs may use.
    pub algorithms: &'a [Algorithm],
    /// How far `iat` may be from `now`.
    pub window: Window,
    /// The nonce that is asked for.
    pub nonce: NonceRule<'a>,
    /// The present.
    pub now: Timestamp,
}

/// A proof that holds, apart from replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of the key (RFC 7638), the `cnf.jkt` of tokens bound to it.
    pub jkt: Digest,
    /// Names this proof among all proofs of all keys: a digest over `jkt` and `jti`.
    pub jti_digest: Digest,
    /// When the sender says it was made.
    pub iat: Timestamp,
    /// The nonce that it carries.
    pub nonce: Option<String>,
}

/// Checks a proof against the request that it came with. Everything cheap is checked before the signature.
pub fn verify(proof: &str, expected: &Expected<'_>) -> Result<Proof, DpopRefusal> {
    let jws = Jws::parse(proof, MAX_LEN)?;
    jws.check_header(Typ::OneOf(&["dpop+jwt"]), expected.algorithms)?;
    let claims = jws.unverified_claims()?;
    expected.check_request(claims)?;
    let iat = expected.check_iat(claims)?;
    let jti = identifier(claims, "jti")?.ok_or(JwsError::ClaimMissing("jti"))?;
    let nonce = expected.check_nonce(claims)?;
    let key = Jwk::parse(jws.unverified_header("jwk").ok_or(DpopRefusal::JwkMissing)?)?;
    jws.verify_signature_with_key(&key)?;
    let jkt = key.thumbprint();
    let jti_digest = Digest::of(&[jkt.as_bytes().as_slice(), jti.as_bytes()].concat());
    Ok(Proof { jkt, jti_digest, iat, nonce: nonce.map(str::to_owned) })
}

impl Expected<'_> {
    fn check_request(&self, claims: &Map<String, Value>) -> Result<(), DpopRefusal> {
        let htm = string(claims, "htm")?.ok_or(JwsError::ClaimMissing("htm"))?;
        // Methods are case-sensitive (RFC 9110 section 9.1).
        if htm != self.method {
            return Err(DpopRefusal::MethodMismatch);
        }
        let htu = string(claims, "htu")?.ok_or(JwsError::ClaimMissing("htu"))?;
        if Htu::parse(htu)? != *self.htu {
            return Err(DpopRefusal::HtuMismatch);
        }
        let Some(access_token) = self.access_token else { return Ok(()) };
        let ath = string(claims, "ath")?.ok_or(JwsError::ClaimMissing("ath"))?;
        if ath == Digest::of(access_token.as_bytes()).to_string() {
            Ok(())
        } else {
            Err(DpopRefusal::AthMismatch)
        }
    }

    fn check_iat(&self, claims: &Map<String, Value>) -> Result<Timestamp, DpopRefusal> {
        let iat = numeric_date(claims, "iat")?.ok_or(JwsError::ClaimMissing("iat"))?;
        if iat > self.now.plus(self.window.future) {
            return Err(DpopRefusal::FromFuture);
        }
        if self.now > iat.plus(self.window.past) {
            return Err(DpopRefusal::TooOld);
        }
        Ok(iat)
    }

    fn check_nonce<'c>(&self, claims: &'c Map<String, Value>) -> Result<Option<&'c str>, DpopRefusal> {
        let nonce = identifier(claims, "nonce")?;
        if let NonceRule::Required(key, audience) = self.nonce {
            match nonce.map(|nonce| nonce::check(key, audience, self.now, nonce)) {
                None => return Err(DpopRefusal::NonceMissing),
                Some(nonce::Freshness::Stale) => return Err(DpopRefusal::NonceStale),
                Some(nonce::Freshness::Current | nonce::Freshness::Previous) => {}
            }
        }
        Ok(nonce)
    }
}

/// A string claim of 1 to [`MAX_ID_CHARS`] characters.
fn identifier<'c>(claims: &'c Map<String, Value>, name: &'static str) -> Result<Option<&'c str>, JwsError> {
    match string(claims, name)? {
        Some(text) if text.is_empty() || text.chars().nth(MAX_ID_CHARS).is_some() => {
            Err(JwsError::ClaimMalformed(name))
        }
        text => Ok(text),
    }
}
