//! Whose tokens name people here, and in which words?

use crate::support::{Forger, ISSUER, NOW, secs, signing_key, spoil_signature, with};
use aws_lc_rs::rand::SystemRandom;
use serde_json::{Value, json};
use tandem_core::ciba::login_hint_token::{HintIssuer, LoginHintToken, Named, SubjectMeaning};
use tandem_core::ciba::refusal::Refusal;
use tandem_core::jose::{Algorithm, JwkSet, JwsError};
use tandem_core::oauth::error_code::ErrorCode;

const PARTNER: &str = "https://partner.example";
const HEADER: &str = r#"{"alg":"ES256","typ":"JWT"}"#;

fn issuer(forger: &Forger, subject: SubjectMeaning) -> (HintIssuer, JwkSet) {
    let issuer = HintIssuer { issuer: PARTNER.to_owned(), algorithms: vec![Algorithm::ES256], subject };
    (issuer, JwkSet::parse(&forger.jwks()).unwrap())
}

fn verify(token: &str, issuers: &[(HintIssuer, JwkSet)]) -> Result<Named, Refusal> {
    let token = LoginHintToken::parse(token)?;
    let (by, keys) = token.issuer(issuers)?;
    token.verify(by, keys, ISSUER, NOW)
}

fn claims() -> Value {
    json!({ "iss": PARTNER, "aud": ISSUER, "exp": secs(60), "iat": secs(0), "jti": "x", "sub": "s1" })
}

fn named(change: Value, subject: SubjectMeaning) -> Result<Named, Refusal> {
    let forger = Forger::new();
    let token = forger.sign(HEADER, &with(&claims(), change).to_string());
    verify(&token, &[issuer(&forger, subject)])
}

#[test]
fn the_issuer_that_a_token_claims_is_found_before_its_keys_are() {
    let forger = Forger::new();
    let issuers = [issuer(&forger, SubjectMeaning::Subject)];
    let token =
        |claims: &Value| forger.sign(r#"{"alg":"ES256","typ":"JWT","kid":"new"}"#, &claims.to_string());
    let good = token(&claims());
    let good = LoginHintToken::parse(&good).unwrap();
    assert_eq!(good.issuer(&issuers).unwrap().0.issuer, PARTNER);
    let named = |kid: &str| {
        let mut jwks = forger.jwks();
        jwks["keys"][0]["kid"] = json!(kid);
        JwkSet::parse(&jwks).unwrap()
    };
    assert!(good.may_be_of(&named("new")));
    assert!(!good.may_be_of(&named("old")));
    assert!(!good.may_be_of(&JwkSet::default()));
    let other = token(&with(&claims(), json!({ "iss": "https://other.example" })));
    let other = LoginHintToken::parse(&other).unwrap();
    assert_eq!(other.issuer(&issuers), Err(Refusal::HintTokenIssuerUnknown));
    let (by, keys) = &issuers[0];
    assert_eq!(
        other.verify(by, keys, ISSUER, NOW),
        Err(Refusal::HintToken(JwsError::IssuerMismatch)),
        "whoever is asked"
    );
    assert!(LoginHintToken::parse("no token").is_err());
}

#[test]
fn a_person_is_named_in_several_ways() {
    use SubjectMeaning::{Email, Subject, Username};
    let sub_id = |value: Value| json!({ "sub_id": value });
    for (change, meaning, expected) in [
        (json!({}), Subject, Named::Subject("s1".into())),
        (json!({}), Username, Named::Username("s1".into())),
        (json!({ "sub": "a@b.example" }), Email, Named::Email("a@b.example".into())),
        (
            sub_id(json!({ "format": "iss_sub", "iss": ISSUER, "sub": "s2" })),
            Email,
            Named::Subject("s2".into()),
        ),
        (sub_id(json!({ "format": "opaque", "id": "alice" })), Username, Named::Username("alice".into())),
        (
            sub_id(json!({ "format": "email", "email": "a@b.example" })),
            Subject,
            Named::Email("a@b.example".into()),
        ),
        (
            sub_id(json!({ "format": "account", "uri": "acct:alice@as.example" })),
            Subject,
            Named::Username("alice".into()),
        ),
        (
            json!({ "sub": null, "iat": null, "jti": null, "sub_id": { "format": "opaque", "id": "7" } }),
            Subject,
            Named::Subject("7".into()),
        ),
    ] {
        assert_eq!(named(change.clone(), meaning).as_ref(), Ok(&expected), "{change}");
    }
}

#[test]
fn who_is_named_otherwise_is_not_found() {
    let sub_id = |value: Value| json!({ "sub_id": value });
    for change in [
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": "x".repeat(257) }),
        json!({ "sub": "a\nb" }),
        sub_id(json!("s1")),
        sub_id(json!({})),
        sub_id(json!({ "format": "iss_sub", "iss": PARTNER, "sub": "s2" })),
        sub_id(json!({ "format": "iss_sub", "iss": ISSUER })),
        sub_id(json!({ "format": "phone_number", "phone_number": "+1" })),
        sub_id(json!({ "format": "email", "email": 1 })),
        sub_id(json!({ "format": "account", "uri": "acct:alice@other.example" })),
        sub_id(json!({ "format": "account", "uri": "mailto:alice@as.example" })),
        sub_id(json!({ "format": "account", "uri": "acct:a%6Cice@as.example" })),
        sub_id(json!({ "format": "account", "uri": "acct:@as.example" })),
        sub_id(json!({ "format": "aliases", "identifiers": [{ "format": "opaque", "id": "7" }] })),
    ] {
        let refused = named(change.clone(), SubjectMeaning::Subject).unwrap_err();
        assert_eq!(refused, Refusal::HintTokenSubject, "{change}");
        assert_eq!(refused.code(), ErrorCode::InvalidRequest);
    }
}

#[test]
fn claims_that_are_missing_or_foreign() {
    let jws = Refusal::HintToken;
    for (change, refusal) in [
        (json!({ "iss": null }), jws(JwsError::ClaimMissing("iss"))),
        (json!({ "iss": "https://stranger.example" }), Refusal::HintTokenIssuerUnknown),
        (json!({ "iss": ISSUER }), Refusal::HintTokenIssuerUnknown),
        (json!({ "aud": null }), jws(JwsError::ClaimMissing("aud"))),
        (json!({ "aud": "call-center" }), jws(JwsError::AudienceMismatch)),
        (json!({ "exp": null }), jws(JwsError::ClaimMissing("exp"))),
        (json!({ "exp": "x" }), jws(JwsError::ClaimMalformed("exp"))),
        (json!({ "iat": secs(60) }), jws(JwsError::IssuedInFuture)),
        (json!({ "nbf": secs(60) }), jws(JwsError::NotYetValid)),
        (json!({ "sub": 1 }), jws(JwsError::ClaimMalformed("sub"))),
    ] {
        let refused = named(change.clone(), SubjectMeaning::Subject).unwrap_err();
        assert_eq!(refused, refusal, "{change}");
        assert_eq!(refused.code(), ErrorCode::InvalidRequest, "{change}");
    }
}

#[test]
fn only_a_real_token_is_told_that_it_expired() {
    let (forger, stranger) = (Forger::new(), Forger::new());
    let issuers = [issuer(&forger, SubjectMeaning::Subject)];
    let over = with(&claims(), json!({ "exp": secs(-10) })).to_string();
    let check = |token: &str| verify(token, &issuers).unwrap_err();
    let refused = check(&forger.sign(HEADER, &over));
    assert_eq!((refused, refused.code()), (Refusal::HintTokenExpired, ErrorCode::ExpiredLoginHintToken));
    for forged in [stranger.sign(HEADER, &over), spoil_signature(&forger.sign(HEADER, &over))] {
        assert_eq!(check(&forged), Refusal::HintToken(JwsError::SignatureInvalid));
    }
}

#[test]
fn only_the_issuers_keys_algorithms_and_type_count() {
    let (forger, stranger) = (Forger::new(), Forger::new());
    let issuers = [issuer(&forger, SubjectMeaning::Subject)];
    let check = |token: &str| verify(token, &issuers).unwrap_err();
    let payload = claims().to_string();
    assert_eq!(check(&stranger.sign(HEADER, &payload)), Refusal::HintToken(JwsError::SignatureInvalid));
    assert_eq!(
        check(&forger.sign(r#"{"alg":"ES256","typ":"at+jwt"}"#, &payload)),
        Refusal::HintToken(JwsError::TypMismatch)
    );
    let rs256 = signing_key(Algorithm::RS256).sign(&SystemRandom::new(), "JWT", &claims()).unwrap();
    assert_eq!(check(&rs256), Refusal::HintToken(JwsError::AlgorithmNotAllowed));
    let long = forger.sign(HEADER, &with(&claims(), json!({ "x": "x".repeat(8192) })).to_string());
    assert_eq!(check(&long), Refusal::HintToken(JwsError::TooLarge));
    assert_eq!(verify(&forger.sign(HEADER, &payload), &[]), Err(Refusal::HintTokenIssuerUnknown));
}
