//! Does a registered device say, with its own key, that it calls? An extension of ours: `private_key_jwt` by device.
//!
//! It is no client authentication and goes beside any, so that public clients can use it too. `iss` is the device, `sub`
//! the client, `aud` the issuer; `exp` and `jti` make it good once and briefly.

use super::{AttestationRefusal, MAX_LEN, SingleUse, jti_digest};
use crate::digest::Digest;
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, Typ, numeric_date, string};
use crate::jose::{Jwk, Jws, JwsError, Unverified};
use crate::oauth::metadata::VERIFIED;
use crate::time::Timestamp;
use std::borrow::Cow;
use std::time::Duration;

/// `exp` may be this far ahead, apart from the leeway.
const MAX_LIFETIME: Duration = Duration::from_mins(5);

/// What is registered of a device.
#[derive(Debug, Clone, Copy)]
pub struct RegisteredKey<'a> {
    /// The name of the device.
    pub device_id: &'a str,
    /// The client it is an instance of.
    pub client_id: &'a str,
    /// The thumbprint of its key (RFC 7638).
    pub thumbprint: Digest,
    /// The key, where more than its thumbprint is kept. Without it the assertion must bring it as `jwk`.
    pub key: Option<&'a Jwk>,
}

/// A well-formed assertion, not verified yet.
#[derive(Debug, Clone)]
pub struct DeviceAssertion<'a>(Jws<'a>);

impl<'a> DeviceAssertion<'a> {
    /// Reads the compact form.
    pub fn parse(assertion: &'a str) -> Result<Self, AttestationRefusal> {
        Ok(Self(Jws::parse(assertion, MAX_LEN)?))
    }

    /// The device that it says it is from.
    pub fn device_id(&self) -> Result<Unverified<&str>, AttestationRefusal> {
        Ok(self.0.unverified_str("iss").ok_or(JwsError::ClaimMissing("iss"))?)
    }

    /// Checks that this device made it for us, lately.
    pub fn verify(
        &self,
        registered: RegisteredKey<'_>,
        issuer: &str,
        now: Timestamp,
    ) -> Result<SingleUse, AttestationRefusal> {
        let Self(jws) = self;
        jws.check(&Expected {
            typ: Typ::OneOf(&["tandem-device+jwt"]),
            algorithms: &VERIFIED,
            issuer: Some(registered.device_id),
            audience: Audience::ExactlyString(issuer),
            lifetime: Lifetime::ExpWithin(MAX_LIFETIME),
            leeway: LEEWAY,
            now,
        })?;
        let claims = jws.unverified_claims()?;
        if string(claims, "sub")?.ok_or(JwsError::ClaimMissing("sub"))? != registered.client_id {
            return Err(AttestationRefusal::SubjectMismatch);
        }
        let digest = jti_digest(registered.thumbprint, claims)?;
        let exp = numeric_date(claims, "exp")?.ok_or(JwsError::ClaimMissing("exp"))?;
        let key = if let Some(key) = registered.key {
            Cow::Borrowed(key)
        } else {
            let brought = jws.unverified_header("jwk").ok_or(AttestationRefusal::ProofMissing)?;
            Cow::Owned(Jwk::parse(brought)?)
        };
        if key.thumbprint() != registered.thumbprint {
            return Err(AttestationRefusal::KeyMismatch);
        }
        jws.verify_signature_with_key(&key)?;
        Ok(SingleUse { digest, expires_at: exp.plus(LEEWAY) })
    }
}
