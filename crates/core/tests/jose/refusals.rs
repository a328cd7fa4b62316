//! Is every JWS refused that is not exactly what its reader takes, and for the right reason?

use crate::support::{Forger, NOW, b64, signing_key, spoil_signature, with};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, Jws, JwsError};

const ISSUER: &str = "https://as.example";
const HEADER: &str = r#"{"alg":"ES256","typ":"at+jwt"}"#;

fn secs(offset: i64) -> u64 {
    NOW.as_secs().checked_add_signed(offset).unwrap()
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "rs", "iat": secs(0), "exp": secs(300) })
}

fn expected() -> Expected<'static> {
    Expected {
        typ: Typ::OneOf(&["at+jwt"]),
        algorithms: &[Algorithm::ES256],
        issuer: Some(ISSUER),
        audience: Audience::OneOf(&["rs", "other"]),
        lifetime: Lifetime::UntilExp,
        leeway: LEEWAY,
        now: NOW,
    }
}

fn read(forger: &Forger, jws: &str, expected: &Expected<'_>) -> Result<Value, JwsError> {
    Jws::parse(jws, MAX_LEN)?.verify_with_key(&forger.jwk(), expected)
}

/// The verdict on a rightly signed JWS. If it is a refusal, a wrong signature must give the same one: the
/// signature is looked at last.
fn verdict(forger: &Forger, header: &str, payload: &str, expected: &Expected<'_>) -> Result<(), JwsError> {
    let jws = forger.sign(header, payload);
    let verdict = read(forger, &jws, expected).map(|_| ());
    let spoiled = read(forger, &spoil_signature(&jws), expected).map(|_| ());
    assert_eq!(spoiled, verdict.and(Err(JwsError::SignatureInvalid)), "{header} {payload}");
    verdict
}

#[test]
fn headers() {
    let forger = Forger::new();
    let long = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, "k".repeat(257));
    for (header, result) in [
        (HEADER, Ok(())),
        (r#"{"alg":"ES256","typ":"AT+JWT"}"#, Ok(())),
        (r#"{"alg":"ES256","typ":"application/at+jwt"}"#, Ok(())),
        (
            r#"{"alg":"ES256","typ":"at+jwt","jku":"https://evil","x5u":"https://evil","jwk":{"kty":"oct"}}"#,
            Ok(()),
        ),
        (r#"{"alg":"none","typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"alg":"NoNe","typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"alg":"HS256","typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"alg":"ES384","typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"alg":["ES256"],"typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"alg":null,"typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"typ":"at+jwt"}"#, Err(JwsError::AlgorithmUnsupported)),
        (r#"{"alg":"RS256","typ":"at+jwt"}"#, Err(JwsError::AlgorithmNotAllowed)),
        (r#"{"alg":"EdDSA","typ":"at+jwt"}"#, Err(JwsError::AlgorithmNotAllowed)),
        (r#"{"alg":"ES256","typ":"at+jwt","crit":["x"],"x":1}"#, Err(JwsError::HeaderForbidden("crit"))),
        (r#"{"alg":"ES256","typ":"at+jwt","crit":[]}"#, Err(JwsError::HeaderForbidden("crit"))),
        (
            r#"{"alg":"ES256","typ":"at+jwt","crit":["b64"],"b64":false}"#,
            Err(JwsError::HeaderForbidden("crit")),
        ),
        (r#"{"alg":"ES256","typ":"at+jwt","b64":true}"#, Err(JwsError::HeaderForbidden("b64"))),
        (r#"{"alg":"ES256","typ":"at+jwt","zip":"DEF"}"#, Err(JwsError::HeaderForbidden("zip"))),
        (r#"{"alg":"ES256","typ":"at+jwt","enc":"A128GCM"}"#, Err(JwsError::HeaderForbidden("enc"))),
        (r#"{"alg":"ES256"}"#, Err(JwsError::TypMissing)),
        (r#"{"alg":"ES256","typ":"JWT"}"#, Err(JwsError::TypMismatch)),
        (r#"{"alg":"ES256","typ":""}"#, Err(JwsError::TypMismatch)),
        (r#"{"alg":"ES256","typ":"text/at+jwt"}"#, Err(JwsError::TypMismatch)),
        (r#"{"alg":"ES256","typ":"at+jwt "}"#, Err(JwsError::TypMismatch)),
        (r#"{"alg":"ES256","typ":"application/application/at+jwt"}"#, Err(JwsError::TypMismatch)),
        (r#"{"alg":"ES256","typ":5}"#, Err(JwsError::HeaderParameterMalformed("typ"))),
        (r#"{"alg":"ES256","typ":"at+jwt","kid":{}}"#, Err(JwsError::HeaderParameterMalformed("kid"))),
        (&long, Err(JwsError::HeaderParameterMalformed("kid"))),
        (r#"{"alg":"none","alg":"ES256","typ":"at+jwt"}"#, Err(JwsError::DuplicateMember)),
        (r#"{"alg":"ES256","typ":"at+jwt","jwk":{"x":1,"x":2}}"#, Err(JwsError::DuplicateMember)),
        (r#"{"alg":"ES256","typ":"at+jwt"}x"#, Err(JwsError::HeaderMalformed)),
        (r#"["ES256"]"#, Err(JwsError::HeaderMalformed)),
        ("", Err(JwsError::NotThreeParts)),
    ] {
        let jws = verdict(&forger, header, &claims().to_string(), &expected());
        assert_eq!(jws, result, "{header}");
    }
}

#[test]
fn absent_typ_is_taken_only_where_that_is_said() {
    let forger = Forger::new();
    let lax = Expected { typ: Typ::OneOfOrAbsent(&["JWT"]), ..expected() };
    let payload = claims().to_string();
    assert_eq!(verdict(&forger, r#"{"alg":"ES256"}"#, &payload, &lax), Ok(()));
    assert_eq!(verdict(&forger, r#"{"alg":"ES256","typ":"jwt"}"#, &payload, &lax), Ok(()));
    assert_eq!(verdict(&forger, HEADER, &payload, &lax), Err(JwsError::TypMismatch));
}

#[test]
fn audience_and_issuer() {
    let forger = Forger::new();
    let string_only = Expected { audience: Audience::ExactlyString("rs"), ..expected() };
    let nobody = Expected { audience: Audience::OneOf(&[]), ..expected() };
    let missing = Err(JwsError::ClaimMissing("aud"));
    let malformed = Err(JwsError::ClaimMalformed("aud"));
    let mismatch = Err(JwsError::AudienceMismatch);
    for (aud, one_of, exactly) in [
        (json!("rs"), Ok(()), Ok(())),
        (json!("other"), Ok(()), mismatch),
        (json!(["x", "rs"]), Ok(()), mismatch),
        (json!(["rs"]), Ok(()), mismatch),
        (json!("RS"), mismatch, mismatch),
        (json!("rs/"), mismatch, mismatch),
        (json!(""), mismatch, mismatch),
        (json!([]), mismatch, mismatch),
        (json!([["rs"]]), malformed, mismatch),
        (json!(["rs", 1]), malformed, mismatch),
        (json!({ "rs": 1 }), malformed, malformed),
        (json!(true), malformed, malformed),
        (json!(null), missing, missing),
    ] {
        let payload = with(&claims(), json!({ "aud": aud })).to_string();
        assert_eq!(verdict(&forger, HEADER, &payload, &expected()), one_of, "{payload}");
        assert_eq!(verdict(&forger, HEADER, &payload, &string_only), exactly, "{payload}");
        assert!(verdict(&forger, HEADER, &payload, &nobody).is_err());
    }
    for (iss, result) in [
        (json!("https://as.example/"), Err(JwsError::IssuerMismatch)),
        (json!(null), Err(JwsError::ClaimMissing("iss"))),
        (json!([ISSUER]), Err(JwsError::ClaimMalformed("iss"))),
    ] {
        let payload = with(&claims(), json!({ "iss": iss })).to_string();
        assert_eq!(verdict(&forger, HEADER, &payload, &expected()), result, "{payload}");
        let any = Expected { issuer: None, ..expected() };
        assert_eq!(verdict(&forger, HEADER, &payload, &any), Ok(()));
    }
}

#[test]
fn times_to_the_second() {
    let forger = Forger::new();
    let until = expected();
    let exp_within = Expected { lifetime: Lifetime::ExpWithin(Duration::from_mins(5)), ..until };
    let iat_within = Expected { lifetime: Lifetime::IatWithin(Duration::from_mins(1)), ..until };
    let strict = Expected { leeway: Duration::ZERO, ..until };
    let cases = [
        (until, json!({ "exp": secs(-9) }), Ok(())),
        (until, json!({ "exp": secs(-10) }), Err(JwsError::Expired)),
        (strict, json!({ "exp": secs(1) }), Ok(())),
        (strict, json!({ "exp": secs(0) }), Err(JwsError::Expired)),
        (until, json!({ "exp": 0 }), Err(JwsError::Expired)),
        (until, json!({ "exp": null }), Err(JwsError::ClaimMissing("exp"))),
        (until, json!({ "exp": secs(300).to_string() }), Err(JwsError::ClaimMalformed("exp"))),
        (until, json!({ "exp": -1 }), Err(JwsError::ClaimMalformed("exp"))),
        (until, json!({ "exp": 1.8e9 + 0.5 }), Ok(())),
        (until, json!({ "exp": 1e300 }), Ok(())),
        (until, json!({ "exp": u64::MAX }), Ok(())),
        (until, json!({ "nbf": secs(10) }), Ok(())),
        (until, json!({ "nbf": secs(11) }), Err(JwsError::NotYetValid)),
        (until, json!({ "nbf": "x" }), Err(JwsError::ClaimMalformed("nbf"))),
        (until, json!({ "iat": secs(10) }), Ok(())),
        (until, json!({ "iat": secs(11) }), Err(JwsError::IssuedInFuture)),
        (until, json!({ "iat": null }), Ok(())),
        (until, json!({ "iat": 0 }), Ok(())),
        (until, json!({ "iat": [] }), Err(JwsError::ClaimMalformed("iat"))),
        (exp_within, json!({ "exp": secs(310) }), Ok(())),
        (exp_within, json!({ "exp": secs(311) }), Err(JwsError::LifetimeTooLong)),
        (exp_within, json!({ "exp": u64::MAX }), Err(JwsError::LifetimeTooLong)),
        (exp_within, json!({ "exp": null }), Err(JwsError::ClaimMissing("exp"))),
        (iat_within, json!({ "exp": null, "iat": secs(-70) }), Ok(())),
        (iat_within, json!({ "iat": secs(-71) }), Err(JwsError::TooOld)),
        (iat_within, json!({ "iat": null }), Err(JwsError::ClaimMissing("iat"))),
        (iat_within, json!({ "exp": secs(-10) }), Err(JwsError::Expired)),
    ];
    for (expected, change, result) in cases {
        let payload = with(&claims(), change).to_string();
        assert_eq!(verdict(&forger, HEADER, &payload, &expected), result, "{payload} {expected:?}");
    }
}

#[test]
fn payloads() {
    let forger = Forger::new();
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(16), "]".repeat(16));
    for (payload, error) in [
        ("", JwsError::NotThreeParts),
        ("null", JwsError::PayloadMalformed),
        ("\"text\"", JwsError::PayloadMalformed),
        ("[{}]", JwsError::PayloadMalformed),
        ("{} {}", JwsError::PayloadMalformed),
        (r#"{"aud":"rs","aud":"rs"}"#, JwsError::DuplicateMember),
        (r#"{"cnf":{"jkt":"a","jkt":"b"}}"#, JwsError::DuplicateMember),
        (&deep, JwsError::TooDeep),
    ] {
        assert_eq!(verdict(&forger, HEADER, payload, &expected()), Err(error), "{payload}");
    }
}

#[test]
fn claims_that_do_not_fit_the_readers_type_are_refused_before_the_signature() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Claims {
        scope: String,
    }
    let forger = Forger::new();
    let read = |scope: Value| {
        let jws = forger.sign(HEADER, &with(&claims(), json!({ "scope": scope })).to_string());
        Jws::parse(&jws, MAX_LEN).unwrap().verify_with_key::<Claims>(&forger.jwk(), &expected())
    };
    assert_eq!(read(json!("openid")), Ok(Claims { scope: "openid".into() }));
    assert_eq!(read(json!(5)), Err(JwsError::ClaimMalformed("*")));
    assert_eq!(read(json!(null)), Err(JwsError::ClaimMalformed("*")));
}

#[test]
fn only_the_one_spelling_of_a_compact_jws_is_read() {
    let forger = Forger::new();
    let payload = claims().to_string();
    let good = forger.sign(HEADER, &payload);
    assert!(read(&forger, &good, &expected()).is_ok());
    let [header, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    // The last character of a 64-byte signature has four unused bits; setting one is another spelling.
    let last = signature.chars().last().unwrap();
    let respelled = format!("{}{}", &signature[..85], char::from_u32(last as u32 + 1).unwrap());
    let padded_payload = forger.sign_parts(header, &format!("{}=", b64("{\"a\":12}")));
    for (jws, error) in [
        (String::new(), JwsError::NotThreeParts),
        ("..".into(), JwsError::NotThreeParts),
        (format!("{header}.{body}"), JwsError::NotThreeParts),
        (format!("{header}.{body}."), JwsError::NotThreeParts),
        (format!("{header}..{signature}"), JwsError::NotThreeParts),
        (format!(".{body}.{signature}"), JwsError::NotThreeParts),
        (format!("{good}.{signature}"), JwsError::NotThreeParts),
        (format!("{good}."), JwsError::NotThreeParts),
        (format!(".{good}"), JwsError::NotThreeParts),
        (format!("{good}=="), JwsError::Encoding),
        (format!("{good}\n"), JwsError::Encoding),
        (format!("{good} x"), JwsError::Encoding),
        (format!(" {good}"), JwsError::Encoding),
        (format!("{header}.{body}.{respelled}"), JwsError::Encoding),
        (format!("{header}.{body}.+/+/"), JwsError::Encoding),
        (padded_payload, JwsError::Encoding),
        (format!("{header}.{body}.A"), JwsError::Encoding),
        (format!("{header}.{body}.AAAA"), JwsError::SignatureInvalid),
        (format!("{good}AAAA"), JwsError::SignatureInvalid),
        (
            json!({ "payload": body, "protected": header, "signature": signature }).to_string(),
            JwsError::NotThreeParts,
        ),
    ] {
        assert_eq!(read(&forger, &jws, &expected()), Err(error), "{jws}");
    }
}

#[test]
fn size_is_bounded_before_anything_is_decoded() {
    let forger = Forger::new();
    let good = forger.sign(HEADER, &claims().to_string());
    assert!(Jws::parse(&good, good.len()).is_ok());
    assert_eq!(Jws::parse(&good, good.len() - 1).unwrap_err(), JwsError::TooLarge);
    assert_eq!(Jws::parse(&"!".repeat(MAX_LEN + 1), MAX_LEN).unwrap_err(), JwsError::TooLarge);
}

#[test]
fn a_public_key_is_no_hmac_secret() {
    let forger = Forger::new();
    let jwk = forger.public().to_string();
    for secret in [forger.point(), jwk.as_bytes(), b""] {
        let input = format!("{}.{}", b64(r#"{"alg":"HS256","typ":"at+jwt"}"#), b64(claims().to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
        let jws = format!("{input}.{}", b64(tag));
        assert_eq!(read(&forger, &jws, &expected()), Err(JwsError::AlgorithmUnsupported));
    }
}

#[test]
fn signatures_are_bound_to_their_text_key_and_algorithm() {
    let (forger, other) = (Forger::new(), Forger::new());
    let good = forger.sign(HEADER, &claims().to_string());
    assert_eq!(read(&other, &good, &expected()), Err(JwsError::SignatureInvalid));
    let signature = good.rsplit_once('.').unwrap().1;
    let changed = with(&claims(), json!({ "sub": "mallory" })).to_string();
    let moved = format!("{}.{}.{signature}", b64(HEADER), b64(changed));
    assert_eq!(read(&forger, &moved, &expected()), Err(JwsError::SignatureInvalid));
    // All zeros: the forgery that once passed several ECDSA implementations.
    let zero = format!("{}.{}", good.rsplit_once('.').unwrap().0, b64([0; 64]));
    assert_eq!(read(&forger, &zero, &expected()), Err(JwsError::SignatureInvalid));
    // An RSA key for PS256 checks no RS256 signature, even if the reader takes both.
    let (rs, ps) = (signing_key(Algorithm::RS256), signing_key(Algorithm::PS256));
    let both = Expected { algorithms: &[Algorithm::RS256, Algorithm::PS256], ..expected() };
    let jws = rs.sign(&SystemRandom::new(), "at+jwt", &claims()).unwrap();
    let jws = Jws::parse(&jws, MAX_LEN).unwrap();
    assert!(jws.verify_with_key::<Value>(rs.public_jwk(), &both).is_ok());
    assert_eq!(jws.verify_with_key::<Value>(ps.public_jwk(), &both), Err(JwsError::KeyUnknown));
    assert_eq!(jws.verify_with_key::<Value>(&forger.jwk(), &both), Err(JwsError::KeyUnknown));
}
