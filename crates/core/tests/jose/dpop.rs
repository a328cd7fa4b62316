//! Is every DPoP proof refused that is not for exactly this request, and for the right reason?

use crate::support::{Forger, NOW, b64, signing_key, spoil_signature, with};
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::digest::{Digest, MacKey};
use tandem_core::dpop::nonce::Audience;
use tandem_core::dpop::{self, DpopRefusal, Expected, Htu, NonceRule, Proof, Window};
use tandem_core::jose::{Algorithm, JwkError, JwsError};
use tandem_core::time::Timestamp;

struct Request {
    forger: Forger,
    htu: Htu,
}

impl Request {
    fn new() -> Self {
        Self { forger: Forger::new(), htu: Htu::parse("https://as.example/token").unwrap() }
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            method: "POST",
            htu: &self.htu,
            access_token: None,
            algorithms: &Algorithm::ALL,
            window: Window::default(),
            nonce: NonceRule::NotAsked,
            now: NOW,
        }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.forger.public() })
    }

    fn verdict(&self, header: &Value, claims: &Value, expected: &Expected<'_>) -> Result<Proof, DpopRefusal> {
        let proof = self.forger.sign(&header.to_string(), &claims.to_string());
        let verdict = dpop::verify(&proof, expected);
        let spoiled = dpop::verify(&spoil_signature(&proof), expected);
        assert_eq!(spoiled, verdict.clone().and(Err(JwsError::SignatureInvalid.into())), "{header} {claims}");
        verdict
    }
}

fn claims() -> Value {
    json!({ "jti": "one", "htm": "POST", "htu": "https://as.example/token", "iat": NOW.as_secs() })
}

fn secs(offset: i64) -> u64 {
    NOW.as_secs().checked_add_signed(offset).unwrap()
}

#[test]
fn a_proof_says_which_key_and_which_proof() {
    let request = Request::new();
    let proof = request.verdict(&request.header(), &claims(), &request.expected()).unwrap();
    assert_eq!(proof.jkt, request.forger.jwk().thumbprint());
    assert_eq!((proof.iat, proof.nonce), (NOW, None));
    let again =
        request.verdict(&request.header(), &with(&claims(), json!({ "iat": secs(5) })), &request.expected());
    assert_eq!(again.unwrap().jti_digest, proof.jti_digest, "the same jti of the same key is the same proof");
    let other_jti =
        request.verdict(&request.header(), &with(&claims(), json!({ "jti": "two" })), &request.expected());
    assert_ne!(other_jti.unwrap().jti_digest, proof.jti_digest);
    let other = Request::new();
    let other_key = other.verdict(&other.header(), &claims(), &other.expected()).unwrap();
    assert_ne!(other_key.jti_digest, proof.jti_digest);
}

#[test]
fn a_key_that_the_sender_does_not_hold_and_an_algorithm_that_is_not_taken_are_refused() {
    let request = Request::new();
    for algorithm in Algorithm::ALL {
        let unheld = json!({ "alg": algorithm, "jwk": signing_key(algorithm).public_json() });
        let proof = request.forger.sign(&with(&request.header(), unheld).to_string(), &claims().to_string());
        assert_eq!(
            dpop::verify(&proof, &request.expected()),
            Err(JwsError::SignatureInvalid.into()),
            "{algorithm}"
        );
        let only = [algorithm];
        let expected = Expected { algorithms: &only, ..request.expected() };
        let verdict = request.verdict(&request.header(), &claims(), &expected).map(|_| ());
        let right =
            if algorithm == Algorithm::ES256 { Ok(()) } else { Err(JwsError::AlgorithmNotAllowed.into()) };
        assert_eq!(verdict, right, "{algorithm}");
    }
}

#[test]
fn headers() {
    let request = Request::new();
    let private = with(&request.forger.public(), json!({ "d": b64([1; 32]) }));
    let jws = DpopRefusal::Jws;
    for (change, refusal) in [
        (json!({ "typ": "JWT" }), jws(JwsError::TypMismatch)),
        (json!({ "typ": null }), jws(JwsError::TypMissing)),
        (json!({ "alg": "none" }), jws(JwsError::AlgorithmUnsupported)),
        (json!({ "alg": "HS256" }), jws(JwsError::AlgorithmUnsupported)),
        (json!({ "crit": ["exp"] }), jws(JwsError::HeaderForbidden("crit"))),
        (json!({ "alg": "EdDSA" }), jws(JwsError::KeyUnknown)),
        (json!({ "alg": "RS256" }), jws(JwsError::KeyUnknown)),
        (json!({ "jwk": null }), DpopRefusal::JwkMissing),
        (json!({ "jwk": private }), DpopRefusal::Jwk(JwkError::PrivateMember("d"))),
        (json!({ "jwk": { "kty": "oct", "k": "AA" } }), DpopRefusal::Jwk(JwkError::PrivateMember("k"))),
        (json!({ "jwk": "x" }), DpopRefusal::Jwk(JwkError::NotAnObject)),
        (
            json!({ "jwk": with(&request.forger.public(), json!({ "alg": "RS256" })) }),
            DpopRefusal::Jwk(JwkError::AlgorithmContradicts),
        ),
        (
            json!({ "jwk": with(&request.forger.public(), json!({ "y": b64([1; 32]) })) }),
            DpopRefusal::Jwk(JwkError::PointInvalid),
        ),
        (json!({ "jwk": Forger::new().public() }), jws(JwsError::SignatureInvalid)),
    ] {
        let header = with(&request.header(), change);
        assert_eq!(request.verdict(&header, &claims(), &request.expected()), Err(refusal), "{header}");
    }
    let ignored =
        with(&request.header(), json!({ "kid": "x", "jku": "https://evil", "typ": "application/dpop+jwt" }));
    assert!(request.verdict(&ignored, &claims(), &request.expected()).is_ok());
}

#[test]
fn claims_about_the_request() {
    let request = Request::new();
    let missing = |name| DpopRefusal::Jws(JwsError::ClaimMissing(name));
    let malformed = |name| DpopRefusal::Jws(JwsError::ClaimMalformed(name));
    for (change, refusal) in [
        (json!({ "htm": "GET" }), DpopRefusal::MethodMismatch),
        (json!({ "htm": "post" }), DpopRefusal::MethodMismatch),
        (json!({ "htm": null }), missing("htm")),
        (json!({ "htm": 1 }), malformed("htm")),
        (json!({ "htu": "https://as.example/userinfo" }), DpopRefusal::HtuMismatch),
        (json!({ "htu": "http://as.example/token" }), DpopRefusal::HtuMismatch),
        (json!({ "htu": "https://evil.example/token" }), DpopRefusal::HtuMismatch),
        (json!({ "htu": "https://as.example:444/token" }), DpopRefusal::HtuMismatch),
        (json!({ "htu": "https://x@as.example/token" }), DpopRefusal::HtuMalformed),
        (json!({ "htu": "/token" }), DpopRefusal::HtuMalformed),
        (json!({ "htu": ["https://as.example/token"] }), malformed("htu")),
        (json!({ "htu": null }), missing("htu")),
        (json!({ "jti": null }), missing("jti")),
        (json!({ "jti": "" }), malformed("jti")),
        (json!({ "jti": "j".repeat(257) }), malformed("jti")),
        (json!({ "jti": 7 }), malformed("jti")),
        (json!({ "iat": null }), missing("iat")),
        (json!({ "iat": "1800000000" }), malformed("iat")),
        (json!({ "iat": -5 }), malformed("iat")),
        (json!({ "iat": secs(61) }), DpopRefusal::FromFuture),
        (json!({ "iat": secs(3600) }), DpopRefusal::FromFuture),
        (json!({ "iat": secs(-61) }), DpopRefusal::TooOld),
        (json!({ "iat": secs(-3600) }), DpopRefusal::TooOld),
        (json!({ "iat": 0 }), DpopRefusal::TooOld),
        (json!({ "nonce": 1 }), malformed("nonce")),
        (json!({ "nonce": "n".repeat(257) }), malformed("nonce")),
    ] {
        let claims = with(&claims(), change);
        assert_eq!(
            request.verdict(&request.header(), &claims, &request.expected()),
            Err(refusal),
            "{claims}"
        );
    }
    for change in [
        json!({ "iat": secs(60) }),
        json!({ "iat": secs(-60) }),
        json!({ "iat": 1_800_000_000.75 }),
        json!({ "jti": "ü".repeat(256) }),
        json!({ "htu": "HTTPS://AS.EXAMPLE:443/token?query#fragment" }),
        json!({ "exp": 1, "nbf": secs(9999), "aud": 5, "ath": "whatever", "extra": {} }),
    ] {
        let claims = with(&claims(), change);
        assert!(request.verdict(&request.header(), &claims, &request.expected()).is_ok(), "{claims}");
    }
    let narrow = Window { past: Duration::from_secs(5), future: Duration::ZERO };
    let expected = Expected { window: narrow, ..request.expected() };
    let late = with(&claims(), json!({ "iat": secs(-6) }));
    assert_eq!(request.verdict(&request.header(), &late, &expected), Err(DpopRefusal::TooOld));
}

#[test]
fn the_access_token_must_be_the_one_that_is_named() {
    let request = Request::new();
    let expected = Expected { access_token: Some("token"), ..request.expected() };
    let ath = Digest::of(b"token").to_string();
    let verdict = |ath: Value| {
        request.verdict(&request.header(), &with(&claims(), json!({ "ath": ath })), &expected).map(|_| ())
    };
    assert_eq!(verdict(json!(ath)), Ok(()));
    assert_eq!(verdict(json!(null)), Err(JwsError::ClaimMissing("ath").into()));
    assert_eq!(verdict(json!(5)), Err(JwsError::ClaimMalformed("ath").into()));
    for wrong in [String::new(), "token".into(), format!("{ath}="), Digest::of(b"other").to_string()] {
        assert_eq!(verdict(json!(wrong)), Err(DpopRefusal::AthMismatch), "{wrong}");
    }
}

#[test]
fn a_required_nonce_must_be_fresh_and_for_this_server() {
    let request = Request::new();
    let key = MacKey::new(&[3; 32]);
    let expected =
        Expected { nonce: NonceRule::Required(&key, Audience::AuthorizationServer), ..request.expected() };
    let verdict = |nonce: Value, now: Timestamp| {
        let claims = with(&claims(), json!({ "nonce": nonce, "iat": now.as_secs() }));
        request.verdict(&request.header(), &claims, &Expected { now, ..expected }).map(|proof| proof.nonce)
    };
    let ours = dpop::nonce::issue(&key, Audience::AuthorizationServer, NOW);
    assert_eq!(verdict(json!(ours), NOW), Ok(Some(ours.clone())));
    assert_eq!(verdict(json!(ours), NOW.plus(Duration::from_mins(2))), Ok(Some(ours.clone())));
    assert_eq!(verdict(json!(ours), NOW.plus(Duration::from_mins(4))), Err(DpopRefusal::NonceStale));
    assert_eq!(verdict(json!(null), NOW), Err(DpopRefusal::NonceMissing));
    let of_resource = dpop::nonce::issue(&key, Audience::ResourceServer, NOW);
    assert_eq!(verdict(json!(of_resource), NOW), Err(DpopRefusal::NonceStale));
    assert_eq!(verdict(json!("made-up"), NOW), Err(DpopRefusal::NonceStale));
    assert!(DpopRefusal::NonceStale.asks_for_nonce() && DpopRefusal::NonceMissing.asks_for_nonce());
    assert!(!DpopRefusal::TooOld.asks_for_nonce());
}

#[test]
fn shapes() {
    let request = Request::new();
    let proof = request.forger.sign(&request.header().to_string(), &claims().to_string());
    let repeated = claims().to_string().replacen('{', r#"{"htm":"POST","#, 1);
    for (text, error) in [
        (String::new(), JwsError::NotThreeParts),
        ("x".repeat(dpop::MAX_LEN + 1), JwsError::TooLarge),
        (format!("{proof},{proof}"), JwsError::NotThreeParts),
        (format!("{proof}="), JwsError::Encoding),
        (request.forger.sign(&request.header().to_string(), &repeated), JwsError::DuplicateMember),
    ] {
        assert_eq!(dpop::verify(&text, &request.expected()), Err(error.into()), "{text}");
    }
}
