//! Is a hint taken only if it is an ID token that we gave this client?

use crate::support::{CLIENT, Forger, ISSUER, NOW, secs, signing_key, spoil_signature, with};
use aws_lc_rs::rand::SystemRandom;
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::ciba::id_token_hint::{USUAL_GRACE, verify};
use tandem_core::ciba::refusal::Refusal;
use tandem_core::jose::{Algorithm, JwkSet, JwsError};
use tandem_core::oauth::error_code::ErrorCode;

const DAY: i64 = 24 * 3600;

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": CLIENT, "sub": "s1", "iat": secs(-600), "exp": secs(3000) })
}

fn published() -> JwkSet {
    JwkSet::new(Algorithm::ALL.map(|alg| signing_key(alg).public_jwk().clone()).into()).unwrap()
}

fn check(token: &str) -> Result<String, Refusal> {
    verify(token, &published(), ISSUER, CLIENT, USUAL_GRACE, NOW)
}

fn subject(typ: &str, claims: &Value) -> Result<String, Refusal> {
    check(&signing_key(Algorithm::ES256).sign(&SystemRandom::new(), typ, claims).unwrap())
}

#[test]
fn our_tokens_name_their_subject_also_for_a_while_after_their_end() {
    for change in [
        json!({}),
        json!({ "aud": ["other", CLIENT] }),
        json!({ "iat": secs(-3600), "exp": secs(-1) }),
        json!({ "iat": secs(-31 * DAY), "exp": secs(-30 * DAY + 1) }),
        json!({ "iat": secs(0) }),
    ] {
        assert_eq!(subject("JWT", &with(&claims(), change.clone())), Ok("s1".to_owned()), "{change}");
    }
    for algorithm in Algorithm::ALL {
        let token = signing_key(algorithm).sign(&SystemRandom::new(), "JWT", &claims()).unwrap();
        assert_eq!(check(&token), Ok("s1".to_owned()), "{algorithm}");
    }
    let over = with(&claims(), json!({ "exp": secs(-1) }));
    let token = signing_key(Algorithm::ES256).sign(&SystemRandom::new(), "JWT", &over).unwrap();
    assert_eq!(
        verify(&token, &published(), ISSUER, CLIENT, Duration::ZERO, NOW),
        Err(Refusal::IdTokenTooOld),
        "without grace an end is an end"
    );
}

#[test]
fn what_is_not_ours_or_not_for_this_client_is_refused() {
    let jws = Refusal::IdToken;
    for (change, refusal) in [
        (json!({ "iss": null }), jws(JwsError::ClaimMissing("iss"))),
        (json!({ "iss": "https://other.example" }), jws(JwsError::IssuerMismatch)),
        (json!({ "aud": null }), jws(JwsError::ClaimMissing("aud"))),
        (json!({ "aud": "other" }), jws(JwsError::AudienceMismatch)),
        (json!({ "aud": ISSUER }), jws(JwsError::AudienceMismatch)),
        (json!({ "exp": null }), jws(JwsError::ClaimMissing("exp"))),
        (json!({ "exp": "x" }), jws(JwsError::ClaimMalformed("exp"))),
        (json!({ "exp": 0 }), jws(JwsError::Expired)),
        (json!({ "exp": secs(-30 * DAY), "iat": secs(-31 * DAY) }), Refusal::IdTokenTooOld),
        (json!({ "iat": null }), jws(JwsError::ClaimMissing("iat"))),
        (json!({ "iat": secs(1) }), jws(JwsError::IssuedInFuture)),
        (json!({ "iat": secs(-10), "exp": secs(-20) }), jws(JwsError::IssuedInFuture)),
        (json!({ "nbf": secs(1) }), jws(JwsError::NotYetValid)),
        (json!({ "sub": null }), jws(JwsError::ClaimMissing("sub"))),
        (json!({ "sub": 1 }), jws(JwsError::ClaimMalformed("sub"))),
    ] {
        let refused = subject("JWT", &with(&claims(), change.clone())).unwrap_err();
        assert_eq!(refused, refusal, "{change}");
        assert_eq!(refused.code(), ErrorCode::InvalidRequest, "{change}");
    }
}

#[test]
fn an_access_token_or_a_forgery_is_no_id_token() {
    for typ in ["at+jwt", "logout+jwt", "secevent+jwt"] {
        assert_eq!(subject(typ, &claims()), Err(Refusal::IdToken(JwsError::TypMismatch)), "{typ}");
    }
    let forger = Forger::new();
    let refused = |header: &str| check(&forger.sign(header, &claims().to_string())).unwrap_err();
    assert_eq!(refused(r#"{"alg":"ES256"}"#), Refusal::IdToken(JwsError::TypMissing));
    assert_eq!(refused(r#"{"alg":"none","typ":"JWT"}"#), Refusal::IdToken(JwsError::AlgorithmUnsupported));
    assert_eq!(refused(r#"{"alg":"ES256","typ":"JWT"}"#), Refusal::IdToken(JwsError::SignatureInvalid));
    let real = signing_key(Algorithm::ES256).sign(&SystemRandom::new(), "JWT", &claims()).unwrap();
    assert_eq!(check(&spoil_signature(&real)), Err(Refusal::IdToken(JwsError::SignatureInvalid)));
    assert_eq!(
        verify(&real, &JwkSet::default(), ISSUER, CLIENT, USUAL_GRACE, NOW),
        Err(Refusal::IdToken(JwsError::KeyUnknown))
    );
}
