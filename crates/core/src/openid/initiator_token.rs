//! Is this `tandem_initiator_token` an ID token of ours, and who signed in on the consumption device? (BCP 6.1.15)
//!
//! Its audience must be the client that asks, or one that policy names: an ID token of any other client proves a sign-in
//! somewhere, and nothing about the device that asks now.

use crate::jose::jws::{Audience, Expected, Lifetime, Typ, numeric_date, string};
use crate::jose::{Algorithm, JwkSet, Jws, JwsError};
use crate::mitigations::authenticate_then_initiate::{Initiator, Strength};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The longest token, in bytes.
const MAX_LEN: usize = 8 * 1024;

/// The authentication context classes that cannot be phished (OpenID EAP ACR Values 1.0).
const PHISHING_RESISTANT: [&str; 2] = ["phr", "phrh"];

/// The person whom a live ID token of ours, who are `issuer`, names to one of these clients. `published` are our keys, the
/// retired ones whose tokens may be alive included.
pub fn verify(
    token: &str,
    published: &JwkSet,
    issuer: &str,
    clients: &[&str],
    now: Timestamp,
) -> Result<Initiator, JwsError> {
    let jws = Jws::parse(token, MAX_LEN)?;
    jws.check(&Expected {
        // An access token is `at+jwt`.
        typ: Typ::OneOf(&["JWT"]),
        algorithms: &Algorithm::ALL,
        issuer: Some(issuer),
        audience: Audience::OneOf(clients),
        lifetime: Lifetime::UntilExp,
        leeway: Duration::ZERO,
        now,
    })?;
    let claims = jws.unverified_claims()?;
    let sub = string(claims, "sub")?.ok_or(JwsError::ClaimMissing("sub"))?;
    let auth_time = numeric_date(claims, "auth_time")?.ok_or(JwsError::ClaimMissing("auth_time"))?;
    if auth_time > now {
        return Err(JwsError::ClaimMalformed("auth_time"));
    }
    let method = match string(claims, "acr")? {
        Some(acr) if PHISHING_RESISTANT.contains(&acr) => Strength::PhishingResistant,
        _ => Strength::Phishable,
    };
    let initiator = Initiator { sub: Arc::from(sub), auth_time, method };
    jws.verify_signature(published)?;
    Ok(initiator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;
    use aws_lc_rs::rand::SystemRandom;
    use serde_json::{Value, json};

    const NOW: u64 = 1_800_000_000;
    const ISSUER: &str = "https://as.example";

    fn key() -> SigningKey {
        let pkcs8 = SigningKey::generate(Algorithm::ES256, &SystemRandom::new()).unwrap();
        SigningKey::from_pkcs8(Algorithm::ES256, &pkcs8, None).unwrap()
    }

    fn check(key: &SigningKey, typ: &str, change: Value) -> Result<Initiator, JwsError> {
        let mut claims = json!({
            "iss": ISSUER, "aud": "tv", "sub": "s1", "iat": NOW - 60, "exp": NOW + 60,
            "auth_time": NOW - 90, "acr": "phr",
        });
        let Value::Object(change) = change else { panic!("an object") };
        claims.as_object_mut().unwrap().extend(change);
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let token = key.sign(&SystemRandom::new(), typ, &claims).unwrap();
        let published = JwkSet::new(vec![key.public_jwk().clone()]).unwrap();
        verify(&token, &published, ISSUER, &["tv", "desk"], Timestamp::from_secs(NOW))
    }

    /// R6.15
    #[test]
    fn a_live_id_token_of_ours_says_who_signed_in_when_and_how() {
        let key = key();
        let initiator = check(&key, "JWT", json!({})).unwrap();
        assert_eq!(&*initiator.sub, "s1");
        assert_eq!(initiator.auth_time, Timestamp::from_secs(NOW - 90));
        for (acr, strength) in [
            (json!("phr"), Strength::PhishingResistant),
            (json!("phrh"), Strength::PhishingResistant),
            (json!("PHR"), Strength::Phishable),
            (json!("urn:example:gold"), Strength::Phishable),
            (Value::Null, Strength::Phishable),
        ] {
            assert_eq!(check(&key, "JWT", json!({ "acr": acr })).unwrap().method, strength, "{acr}");
        }
        for aud in [json!("desk"), json!(["other", "tv"])] {
            assert!(check(&key, "JWT", json!({ "aud": aud })).is_ok(), "{aud}");
        }
    }

    /// R6.15
    #[test]
    fn anything_else_proves_nobody() {
        let key = key();
        for (change, error) in [
            (json!({ "iss": "https://other.example" }), JwsError::IssuerMismatch),
            (json!({ "aud": "other" }), JwsError::AudienceMismatch),
            (json!({ "aud": ISSUER }), JwsError::AudienceMismatch),
            (json!({ "exp": NOW }), JwsError::Expired),
            (json!({ "exp": null }), JwsError::ClaimMissing("exp")),
            (json!({ "iat": NOW + 1 }), JwsError::IssuedInFuture),
            (json!({ "sub": null }), JwsError::ClaimMissing("sub")),
            (json!({ "sub": 7 }), JwsError::ClaimMalformed("sub")),
            (json!({ "auth_time": null }), JwsError::ClaimMissing("auth_time")),
            (json!({ "auth_time": NOW + 1 }), JwsError::ClaimMalformed("auth_time")),
            (json!({ "acr": ["phr"] }), JwsError::ClaimMalformed("acr")),
        ] {
            assert_eq!(check(&key, "JWT", change.clone()), Err(error), "{change}");
        }
        assert_eq!(check(&key, "at+jwt", json!({})), Err(JwsError::TypMismatch), "an access token is none");
        let (published, now) =
            (JwkSet::new(vec![key.public_jwk().clone()]).unwrap(), Timestamp::from_secs(NOW));
        let claims = json!({
            "iss": ISSUER, "aud": "tv", "sub": "s1", "exp": NOW + 60, "auth_time": NOW, "acr": "phr",
        });
        let forged = self::key().sign(&SystemRandom::new(), "JWT", &claims).unwrap();
        assert!(verify(&forged, &published, ISSUER, &["tv"], now).is_err());
        for text in ["", "a.b.c", "x", &"x".repeat(9000)] {
            assert!(verify(text, &published, ISSUER, &["tv"], now).is_err());
        }
    }
}
