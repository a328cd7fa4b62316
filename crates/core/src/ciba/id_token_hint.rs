//! Is this `id_token_hint` an ID token that we gave this client, and whom does it name? (CIBA Core section 7.1)

use super::refusal::Refusal;
use super::request::MAX_HINT_TOKEN;
use crate::jose::jws::{Audience, Expected, Lifetime, Typ, numeric_date, string};
use crate::jose::{Algorithm, JwkSet, Jws, JwsError};
use crate::time::Timestamp;
use std::time::Duration;

/// How long after its end an ID token still names a person, if nobody says otherwise.
pub const USUAL_GRACE: Duration = Duration::from_hours(30 * 24);

/// The subject of an ID token that we, who are `issuer`, gave this client. It may be over, by `grace` at most: clients
/// keep ID tokens for this. `published` are our keys, the retired ones whose tokens may be alive included.
pub fn verify(
    token: &str,
    published: &JwkSet,
    issuer: &str,
    client_id: &str,
    grace: Duration,
    now: Timestamp,
) -> Result<String, Refusal> {
    let jws = Jws::parse(token, MAX_HINT_TOKEN).map_err(Refusal::IdToken)?;
    let claims = jws.unverified_claims().map_err(Refusal::IdToken)?;
    let exp = numeric_date(claims, "exp").map_err(Refusal::IdToken)?;
    let exp = exp.ok_or(Refusal::IdToken(JwsError::ClaimMissing("exp")))?;
    // Held against the last moment of its life, or the present if that is earlier. What was issued in the future of
    // that moment was never ours.
    let alive = now.min(exp.minus(Duration::from_millis(1)));
    jws.check(&Expected {
        // An access token is `at+jwt`.
        typ: Typ::OneOf(&["JWT"]),
        algorithms: &Algorithm::ALL,
        issuer: Some(issuer),
        audience: Audience::OneOf(&[client_id]),
        lifetime: Lifetime::UntilExp,
        leeway: Duration::ZERO,
        now: alive,
    })
    .map_err(Refusal::IdToken)?;
    numeric_date(claims, "iat")
        .map_err(Refusal::IdToken)?
        .ok_or(Refusal::IdToken(JwsError::ClaimMissing("iat")))?;
    let sub = string(claims, "sub").map_err(Refusal::IdToken)?;
    let sub = sub.ok_or(Refusal::IdToken(JwsError::ClaimMissing("sub")))?;
    jws.verify_signature(published).map_err(Refusal::IdToken)?;
    if now >= exp.plus(grace) { Err(Refusal::IdTokenTooOld) } else { Ok(sub.to_owned()) }
}
