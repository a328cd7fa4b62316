//! Does the instance hold the attested key, now and for us? (section 5.1 of the draft)

use super::{AttestationRefusal, Attested, MAX_LEN, SingleUse, jti_digest};
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, Typ, numeric_date};
use crate::jose::{Jws, JwsError};
use crate::oauth::metadata::VERIFIED;
use crate::time::Timestamp;
use std::time::Duration;

/// A proof may be this old, apart from the leeway; it is remembered for as long.
const MAX_AGE: Duration = Duration::from_mins(5);

/// Checks the Client Attestation PoP JWT that came with an attestation. No challenge is asked for: a proof is used once,
/// and soon. A `challenge` in it is not looked at.
pub fn verify_proof(
    proof: &str,
    attested: &Attested,
    issuer: &str,
    now: Timestamp,
) -> Result<SingleUse, AttestationRefusal> {
    let jws = Jws::parse(proof, MAX_LEN)?;
    jws.check(&Expected {
        typ: Typ::OneOf(&["oauth-client-attestation-pop+jwt"]),
        algorithms: &VERIFIED,
        issuer: None,
        // For one server: another one that got hold of it could use it here otherwise.
        audience: Audience::ExactlyString(issuer),
        lifetime: Lifetime::IatWithin(MAX_AGE),
        leeway: LEEWAY,
        now,
    })?;
    let claims = jws.unverified_claims()?;
    let digest = jti_digest(attested.thumbprint, claims)?;
    let iat = numeric_date(claims, "iat")?.ok_or(JwsError::ClaimMissing("iat"))?;
    jws.verify_signature_with_key(&attested.key).map_err(|error| match error {
        JwsError::SignatureInvalid => AttestationRefusal::KeyMismatch,
        other => other.into(),
    })?;
    Ok(SingleUse { digest, expires_at: iat.plus(MAX_AGE).plus(LEEWAY).plus(Duration::from_millis(1)) })
}
