//! Is a client assertion taken only from the client, for us, for now?

use crate::support::{Forger, NOW, signing_key, spoil_signature, with};
use aws_lc_rs::rand::SystemRandom;
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::jose::jws::LEEWAY;
use tandem_core::jose::{Algorithm, JwkSet, JwsError};
use tandem_core::oauth::client_assertion::{Assertion, AssertionRefusal, AudiencePolicy, VerifiedAssertion};

const CLIENT: &str = "kiosk";
const ISSUER: &str = "https://as.example";
const TOKEN_ENDPOINT: &str = "https://as.example/token";
const ANY: AudiencePolicy<'_> = AudiencePolicy::AnyOf(&[ISSUER, TOKEN_ENDPOINT]);
const HEADER: &str = r#"{"alg":"ES256","typ":"JWT"}"#;

fn peek(assertion: &str) -> Result<String, AssertionRefusal> {
    Ok(Assertion::parse(assertion)?.client_id()?.peek().to_owned())
}

fn secs(offset: i64) -> u64 {
    NOW.as_secs().checked_add_signed(offset).unwrap()
}

fn claims() -> Value {
    json!({ "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "jti": "one", "iat": secs(0), "exp": secs(60) })
}

/// The verdict on a rightly signed assertion; a wrong signature must not change a refusal.
fn verdict(
    header: &str,
    claims: &Value,
    policy: AudiencePolicy<'_>,
) -> Result<VerifiedAssertion, AssertionRefusal> {
    let forger = Forger::new();
    let keys = JwkSet::new(vec![forger.jwk()]).unwrap();
    let check = |assertion: &str| {
        Assertion::parse(assertion)?.verify(&keys, CLIENT, &[Algorithm::ES256], policy, NOW)
    };
    let assertion = forger.sign(header, &claims.to_string());
    let verdict = check(&assertion);
    let spoiled = check(&spoil_signature(&assertion));
    assert_eq!(spoiled, verdict.and(Err(JwsError::SignatureInvalid.into())), "{header} {claims}");
    verdict
}

#[test]
fn a_good_assertion_is_named_by_client_and_jti() {
    let one = verdict(HEADER, &claims(), ANY).unwrap();
    assert_eq!(one.expires_at, NOW.plus(Duration::from_mins(1)).plus(LEEWAY));
    let same = verdict(r#"{"alg":"ES256"}"#, &with(&claims(), json!({ "exp": secs(300) })), ANY).unwrap();
    assert_eq!(same.jti_digest, one.jti_digest);
    let two = verdict(HEADER, &with(&claims(), json!({ "jti": "two" })), ANY).unwrap();
    assert_ne!(two.jti_digest, one.jti_digest);
}

#[test]
fn the_same_jti_of_another_client_is_another_assertion() {
    let forger = Forger::new();
    let keys = JwkSet::new(vec![forger.jwk()]).unwrap();
    let digest = |client: &str, jti: &str| {
        let claims = with(&claims(), json!({ "iss": client, "sub": client, "jti": jti }));
        let assertion = forger.sign(HEADER, &claims.to_string());
        Assertion::parse(&assertion)
            .unwrap()
            .verify(&keys, client, &[Algorithm::ES256], ANY, NOW)
            .unwrap()
            .jti_digest
    };
    assert_ne!(digest("ab", "c"), digest("a", "bc"));
    assert_ne!(digest("a", "x"), digest("b", "x"));
}

#[test]
fn the_client_is_peeked_at_before_its_keys_are_known() {
    let assertion = Forger::new().sign(HEADER, &claims().to_string());
    assert_eq!(peek(&assertion).unwrap(), CLIENT);
    let nameless = Forger::new().sign(HEADER, &with(&claims(), json!({ "sub": null })).to_string());
    assert_eq!(peek(&nameless), Err(AssertionRefusal::SubjectMissing));
    assert_eq!(peek("x"), Err(JwsError::NotThreeParts.into()));
}

#[test]
fn claims_that_are_missing_or_foreign() {
    let jws = AssertionRefusal::Jws;
    for (change, refusal) in [
        (json!({ "sub": null }), AssertionRefusal::SubjectMissing),
        (json!({ "sub": "tv" }), AssertionRefusal::SubjectMismatch),
        (json!({ "sub": "Kiosk" }), AssertionRefusal::SubjectMismatch),
        (json!({ "sub": [CLIENT] }), jws(JwsError::ClaimMalformed("sub"))),
        (json!({ "iss": null }), jws(JwsError::ClaimMissing("iss"))),
        (json!({ "iss": ISSUER }), jws(JwsError::IssuerMismatch)),
        (json!({ "iss": "tv", "sub": "tv" }), jws(JwsError::IssuerMismatch)),
        (json!({ "aud": null }), jws(JwsError::ClaimMissing("aud"))),
        (json!({ "aud": "https://other.example" }), jws(JwsError::AudienceMismatch)),
        (json!({ "aud": ["https://other.example"] }), jws(JwsError::AudienceMismatch)),
        (json!({ "exp": null }), jws(JwsError::ClaimMissing("exp"))),
        (json!({ "exp": secs(-10) }), jws(JwsError::Expired)),
        (json!({ "exp": secs(311) }), jws(JwsError::LifetimeTooLong)),
        (json!({ "exp": secs(3600) }), jws(JwsError::LifetimeTooLong)),
        (json!({ "nbf": secs(11) }), jws(JwsError::NotYetValid)),
        (json!({ "iat": secs(11) }), jws(JwsError::IssuedInFuture)),
        (json!({ "jti": null }), AssertionRefusal::JtiMissing),
        (json!({ "jti": "" }), AssertionRefusal::JtiLength),
        (json!({ "jti": "j".repeat(257) }), AssertionRefusal::JtiLength),
        (json!({ "jti": 1 }), jws(JwsError::ClaimMalformed("jti"))),
    ] {
        let claims = with(&claims(), change);
        assert_eq!(verdict(HEADER, &claims, ANY), Err(refusal), "{claims}");
    }
    for change in [
        json!({ "iat": null }),
        json!({ "exp": secs(310) }),
        json!({ "exp": secs(-9) }),
        json!({ "nbf": secs(10), "iat": secs(10) }),
        json!({ "jti": "j".repeat(256) }),
        json!({ "aud": TOKEN_ENDPOINT }),
        json!({ "aud": ["https://other.example", TOKEN_ENDPOINT] }),
    ] {
        let claims = with(&claims(), change);
        assert!(verdict(HEADER, &claims, ANY).is_ok(), "{claims}");
    }
}

#[test]
fn issuer_only_means_the_string_and_nothing_else() {
    let strict = AudiencePolicy::IssuerOnly(ISSUER);
    assert!(verdict(HEADER, &claims(), strict).is_ok());
    for aud in [
        json!(TOKEN_ENDPOINT),
        json!([ISSUER]),
        json!([ISSUER, TOKEN_ENDPOINT]),
        json!("https://as.example/"),
    ] {
        let claims = with(&claims(), json!({ "aud": aud }));
        assert_eq!(verdict(HEADER, &claims, strict), Err(JwsError::AudienceMismatch.into()), "{claims}");
    }
}

#[test]
fn headers_and_other_kinds_of_jwt() {
    for (header, error) in [
        (r#"{"alg":"none"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"alg":"HS256"}"#, JwsError::AlgorithmUnsupported),
        (r#"{"alg":"PS256"}"#, JwsError::AlgorithmNotAllowed),
        (r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, JwsError::HeaderForbidden("crit")),
        (r#"{"alg":"ES256","typ":"oauth-authz-req+jwt"}"#, JwsError::TypMismatch),
        (r#"{"alg":"ES256","typ":"dpop+jwt"}"#, JwsError::TypMismatch),
        (r#"{"alg":"ES256","typ":"at+jwt"}"#, JwsError::TypMismatch),
    ] {
        assert_eq!(verdict(header, &claims(), ANY), Err(error.into()), "{header}");
    }
    assert!(verdict(r#"{"alg":"ES256","typ":"client-authentication+jwt"}"#, &claims(), ANY).is_ok());
}

#[test]
fn only_the_clients_own_keys_count() {
    let (forger, other) = (Forger::new(), Forger::new());
    let smuggled = json!({ "alg": "ES256", "typ": "JWT", "jwk": forger.public() }).to_string();
    let assertion = forger.sign(&smuggled, &claims().to_string());
    let check = |keys: &JwkSet| {
        let assertion = Assertion::parse(&assertion).unwrap();
        assertion.verify(keys, CLIENT, &[Algorithm::ES256], ANY, NOW).map(|_| ())
    };
    assert_eq!(check(&JwkSet::new(vec![other.jwk(), forger.jwk()]).unwrap()), Ok(()));
    assert_eq!(check(&JwkSet::new(vec![other.jwk()]).unwrap()), Err(JwsError::SignatureInvalid.into()));
    assert_eq!(check(&JwkSet::default()), Err(JwsError::KeyUnknown.into()));
    for algorithm in Algorithm::ALL {
        let key = signing_key(algorithm);
        let keys = JwkSet::new(vec![key.public_jwk().clone()]).unwrap();
        let assertion = key.sign(&SystemRandom::new(), "JWT", &claims()).unwrap();
        assert!(
            Assertion::parse(&assertion).unwrap().verify(&keys, CLIENT, &[algorithm], ANY, NOW).is_ok(),
            "{algorithm}"
        );
    }
}
