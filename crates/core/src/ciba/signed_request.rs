//! Did the client sign this request for us, now? (CIBA Core section 7.1.1, FAPI-CIBA section 5.2.2)
//!
//! Replay is the caller's to prevent: it remembers [`SignedRequest::jti_digest`] until [`SignedRequest::expires_at`].

use super::refusal::Refusal;
use crate::digest::Digest;
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ, numeric_date, string};
use crate::jose::{Jws, JwsError};
use crate::oauth::client::Client;
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// How far ahead `exp` may be, how long ago `nbf`, and how far they may be apart.
pub const MAX_LIFETIME: Duration = Duration::from_hours(1);

/// The longest `jti`, in characters.
const MAX_JTI_CHARS: usize = 256;

/// Keeps these digests apart from those of client assertions, which share the memory of used JWTs.
const LABEL: &[u8] = b"tandem signed backchannel authentication request";

/// A request that holds, apart from replay.
pub struct SignedRequest {
    claims: Map<String, Value>,
    /// Names this request among all of all clients.
    pub jti_digest: Digest,
    /// From here on the request is refused anyway; the leeway for `exp` is counted in.
    pub expires_at: Timestamp,
}

impl SignedRequest {
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }
}

impl std::fmt::Debug for SignedRequest {
    /// Names only: values can be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.claims.keys()).finish()
    }
}

/// Checks that this client made the request, for us, and not long ago. Everything cheap is checked before the signature.
pub fn verify(
    request: &str,
    client: &Client,
    issuer: &str,
    now: Timestamp,
) -> Result<SignedRequest, Refusal> {
    // Five parts are a JWE (RFC 7516 section 7.1).
    if request.len() <= MAX_LEN && request.bytes().filter(|b| *b == b'.').count() == 4 {
        return Err(Refusal::RequestEncrypted);
    }
    let keys = client.jwks.as_ref().ok_or(Refusal::RequestKeysMissing)?;
    let jws = Jws::parse(request, MAX_LEN).map_err(Refusal::RequestJws)?;
    let algorithm = jws.algorithm();
    let registered = client.backchannel_authentication_request_signing_alg;
    // The profile has a say even where a registration says otherwise.
    if registered.is_some_and(|alg| alg != algorithm) || !client.signing_algorithms().contains(&algorithm) {
        return Err(Refusal::RequestJws(JwsError::AlgorithmNotAllowed));
    }
    jws.check(&Expected {
        typ: Typ::OneOfOrAbsent(&["oauth-authz-req+jwt", "JWT"]),
        algorithms: &[algorithm],
        issuer: Some(&client.client_id),
        audience: Audience::OneOf(&[issuer]),
        lifetime: Lifetime::ExpWithin(MAX_LIFETIME),
        leeway: LEEWAY,
        now,
    })
    .map_err(Refusal::RequestJws)?;
    let claims = jws.unverified_claims().map_err(Refusal::RequestJws)?;
    let exp = check_times(claims, now)?;
    let jti_digest = jti_digest(&client.client_id, claims)?;
    jws.verify_signature(keys).map_err(Refusal::RequestJws)?;
    Ok(SignedRequest { claims: claims.clone(), jti_digest, expires_at: exp.plus(LEEWAY) })
}

/// What [`Expected`] does not ask: `iat` and `nbf` must be there, and the whole life is bounded. Gives `exp`.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Refusal> {
    let date = |name| {
        let date = numeric_date(claims, name).map_err(Refusal::RequestJws)?;
        date.ok_or(Refusal::RequestJws(JwsError::ClaimMissing(name)))
    };
    let (exp, nbf, _) = (date("exp")?, date("nbf")?, date("iat")?);
    if now > nbf.plus(MAX_LIFETIME).plus(LEEWAY) {
        return Err(Refusal::RequestTooOld);
    }
    if exp.since(nbf) > MAX_LIFETIME { Err(Refusal::RequestLifetime) } else { Ok(exp) }
}

fn jti_digest(client_id: &str, claims: &Map<String, Value>) -> Result<Digest, Refusal> {
    let jti = string(claims, "jti").map_err(Refusal::RequestJws)?;
    let jti = jti.ok_or(Refusal::RequestJws(JwsError::ClaimMissing("jti")))?;
    if jti.is_empty() || jti.chars().nth(MAX_JTI_CHARS).is_some() {
        return Err(Refusal::RequestJti);
    }
    // The digest of the client's name has a fixed length, so name and jti cannot run into each other.
    let client = Digest::of(client_id.as_bytes());
    Ok(Digest::of(&[LABEL, client.as_bytes(), jti.as_bytes()].concat()))
}
