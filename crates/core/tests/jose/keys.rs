//! Which JSON is a public key or a key set, and which keys of a set may have made a signature?

use crate::support::{Forger, NOW, b64, signing_key, with};
use aws_lc_rs::rand::SystemRandom;
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, Jwk, JwkError, JwkSet, Jws, JwsError, SigningKey};

fn ec() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn okp() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

fn rsa(bits: usize) -> Value {
    let mut n = vec![0xff; bits.div_ceil(8)];
    if !bits.is_multiple_of(8) {
        n[0] = (1 << (bits % 8)) - 1;
    }
    json!({ "kty": "RSA", "n": b64(n), "e": "AQAB" })
}

#[test]
fn usable_keys_are_read_and_written_back() {
    for (json, algorithms) in [
        (ec(), &[Algorithm::ES256][..]),
        (
            with(&ec(), json!({ "kid": "a", "alg": "ES256", "use": "sig", "key_ops": ["verify"] })),
            &[Algorithm::ES256],
        ),
        (okp(), &[Algorithm::EdDSA]),
        (with(&okp(), json!({ "alg": "Ed25519" })), &[Algorithm::EdDSA]),
        (rsa(2048), &[Algorithm::RS256, Algorithm::PS256]),
        (with(&rsa(2048), json!({ "alg": "PS256", "x5c": ["MIIB"] })), &[Algorithm::PS256]),
        (with(&rsa(8192), json!({ "e": "Aw", "alg": "RS256" })), &[Algorithm::RS256]),
    ] {
        let key = Jwk::parse(&json).unwrap();
        assert_eq!(key.algorithms(), algorithms, "{json}");
        assert_eq!(key.kid(), json.get("kid").and_then(Value::as_str));
        let written = serde_json::to_string(&key).unwrap();
        let again: Jwk = serde_json::from_str(&written).unwrap();
        assert_eq!(again, key);
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap()["use"], "sig");
    }
}

#[test]
fn a_key_with_private_material_is_refused_whatever_it_is() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for base in [ec(), okp(), rsa(2048), json!({ "kty": "AKP" }), json!({ "kty": "oct" })] {
            let json = with(&base, json!({ name: "AA" }));
            assert_eq!(Jwk::parse(&json), Err(JwkError::PrivateMember(name)), "{json}");
            let set = json!({ "keys": [ec(), json] });
            assert_eq!(JwkSet::parse(&set), Err(JwkError::PrivateMember(name)), "{set}");
        }
    }
}

#[test]
fn everything_else_that_is_no_usable_key_is_refused() {
    let zeros = b64([0; 32]);
    let x = ec()["x"].clone();
    let short = b64([1; 31]);
    let long = b64([1; 33]);
    let cases = [
        (json!("x"), JwkError::NotAnObject),
        (json!([]), JwkError::NotAnObject),
        (json!({}), JwkError::KeyTypeUnsupported),
        (json!({ "kty": "oct" }), JwkError::KeyTypeUnsupported),
        (with(&ec(), json!({ "kty": "ec" })), JwkError::KeyTypeUnsupported),
        (with(&ec(), json!({ "kty": 1 })), JwkError::KeyTypeUnsupported),
        (with(&ec(), json!({ "crv": "P-384" })), JwkError::CurveUnsupported),
        (with(&ec(), json!({ "crv": "secp256k1" })), JwkError::CurveUnsupported),
        (with(&ec(), json!({ "crv": null })), JwkError::CurveUnsupported),
        (with(&ec(), json!({ "crv": "Ed25519" })), JwkError::CurveUnsupported),
        (with(&okp(), json!({ "crv": "X25519" })), JwkError::CurveUnsupported),
        (with(&okp(), json!({ "crv": "Ed448" })), JwkError::CurveUnsupported),
        (with(&ec(), json!({ "y": x })), JwkError::PointInvalid),
        (with(&ec(), json!({ "x": zeros, "y": zeros })), JwkError::PointInvalid),
        (with(&ec(), json!({ "x": b64([0xff; 32]) })), JwkError::PointInvalid),
        (with(&ec(), json!({ "x": null })), JwkError::Malformed("x")),
        (with(&ec(), json!({ "y": 5 })), JwkError::Malformed("y")),
        (with(&ec(), json!({ "x": short })), JwkError::Malformed("x")),
        (with(&ec(), json!({ "y": long })), JwkError::Malformed("y")),
        (
            with(&ec(), json!({ "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=" })),
            JwkError::Malformed("x"),
        ),
        (
            with(&ec(), json!({ "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV" })),
            JwkError::Malformed("x"),
        ),
        (with(&ec(), json!({ "x": "A".repeat(100_000) })), JwkError::Malformed("x")),
        (with(&okp(), json!({ "x": short })), JwkError::Malformed("x")),
        (with(&okp(), json!({ "x": zeros })), JwkError::PointInvalid),
        (with(&okp(), json!({ "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA" })), JwkError::PointInvalid),
        (with(&okp(), json!({ "x": "7P_______________________________________38" })), JwkError::PointInvalid),
        (with(&okp(), json!({ "x": "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o" })), JwkError::PointInvalid),
        (rsa(2047), JwkError::RsaSize),
        (rsa(1024), JwkError::RsaSize),
        (rsa(8193), JwkError::RsaSize),
        (rsa(16384), JwkError::Malformed("n")),
        (with(&rsa(2048), json!({ "n": b64([&[0][..], &[0xff; 256]].concat()) })), JwkError::Malformed("n")),
        (with(&rsa(2048), json!({ "n": b64([0xfe; 256]) })), JwkError::RsaNumbers),
        (with(&rsa(2048), json!({ "e": "AQ" })), JwkError::RsaNumbers),
        (with(&rsa(2048), json!({ "e": "Ag" })), JwkError::RsaNumbers),
        (with(&rsa(2048), json!({ "e": b64([1, 0, 0, 0, 1]) })), JwkError::RsaNumbers),
        (with(&rsa(2048), json!({ "e": "AAEAAQ" })), JwkError::Malformed("e")),
        (with(&rsa(2048), json!({ "e": "" })), JwkError::Malformed("e")),
        (with(&rsa(2048), json!({ "e": null })), JwkError::Malformed("e")),
        (with(&ec(), json!({ "use": "enc" })), JwkError::UseNotSignature),
        (with(&ec(), json!({ "use": 1 })), JwkError::UseNotSignature),
        (with(&ec(), json!({ "key_ops": ["sign"] })), JwkError::UseNotSignature),
        (with(&ec(), json!({ "key_ops": "verify" })), JwkError::UseNotSignature),
        (with(&ec(), json!({ "alg": "EdDSA" })), JwkError::AlgorithmContradicts),
        (with(&ec(), json!({ "alg": "none" })), JwkError::AlgorithmContradicts),
        (with(&ec(), json!({ "alg": "HS256" })), JwkError::AlgorithmContradicts),
        (with(&rsa(2048), json!({ "alg": "ES256" })), JwkError::AlgorithmContradicts),
        (with(&rsa(2048), json!({ "alg": "RS512" })), JwkError::AlgorithmContradicts),
        (with(&ec(), json!({ "alg": 256 })), JwkError::Malformed("alg")),
        (with(&ec(), json!({ "kid": 1 })), JwkError::Malformed("kid")),
        (with(&ec(), json!({ "kid": "" })), JwkError::Malformed("kid")),
        (with(&ec(), json!({ "kid": "k".repeat(257) })), JwkError::Malformed("kid")),
    ];
    for (json, error) in cases {
        assert_eq!(Jwk::parse(&json), Err(error), "{json}");
        assert!(serde_json::from_value::<Jwk>(json).is_err());
    }
}

#[test]
fn bytes_that_are_no_ed25519_point_verify_nothing() {
    // y = 2 is on no point of the curve.
    let mut x = [0; 32];
    x[0] = 2;
    let key = Jwk::parse(&with(&okp(), json!({ "x": b64(x) }))).unwrap();
    for signature in [[0; 64], [1; 64]] {
        assert_eq!(key.verify(Algorithm::EdDSA, b"", &signature), Err(JwsError::SignatureInvalid));
    }
}

#[test]
fn a_set_leaves_out_what_it_does_not_know_and_refuses_what_is_broken() {
    let set = json!({ "keys": [
        { "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" }, ec(), with(&ec(), json!({ "crv": "P-521" })),
        with(&rsa(2048), json!({ "use": "enc", "alg": "RSA-OAEP" })), rsa(1024), okp(),
    ]});
    let read = JwkSet::parse(&set).unwrap();
    assert_eq!(read.keys(), [Jwk::parse(&ec()).unwrap(), Jwk::parse(&okp()).unwrap()]);
    assert_eq!(serde_json::from_value::<JwkSet>(serde_json::to_value(&read).unwrap()).unwrap(), read);
    let off_curve = with(&ec(), json!({ "y": ec()["x"] }));
    assert_eq!(JwkSet::parse(&json!({ "keys": [ec(), off_curve] })), Err(JwkError::PointInvalid));
    assert_eq!(JwkSet::parse(&json!({ "keys": [ec(), "x"] })), Err(JwkError::NotAnObject));
    for bad in [json!({}), json!([]), json!({ "keys": {} }), ec()] {
        assert_eq!(JwkSet::parse(&bad), Err(JwkError::SetMalformed), "{bad}");
    }
    assert!(JwkSet::parse(&json!({ "keys": vec![ec(); 32] })).is_ok());
    assert_eq!(JwkSet::parse(&json!({ "keys": vec![ec(); 33] })), Err(JwkError::SetMalformed));
    assert_eq!(JwkSet::parse(&json!({ "keys": vec![json!({}); 33] })), Err(JwkError::SetMalformed));
    assert_eq!(JwkSet::new(vec![Jwk::parse(&ec()).unwrap(); 33]), Err(JwkError::SetMalformed));
}

#[test]
fn find_goes_by_name_then_namelessness_and_always_by_algorithm() {
    let named = |base: Value, kid: &str| Jwk::parse(&with(&base, json!({ "kid": kid }))).unwrap();
    let nameless = Jwk::parse(&ec()).unwrap();
    let set =
        JwkSet::new(vec![named(ec(), "a"), named(okp(), "a"), named(ec(), "b"), nameless.clone()]).unwrap();
    assert_eq!(set.find(Some("a"), Algorithm::ES256), [&named(ec(), "a")]);
    assert_eq!(set.find(Some("a"), Algorithm::EdDSA), [&named(okp(), "a")]);
    assert_eq!(set.find(Some("b"), Algorithm::EdDSA), [] as [&Jwk; 0]);
    assert_eq!(set.find(Some("c"), Algorithm::ES256), [&nameless]);
    assert_eq!(set.find(None, Algorithm::ES256).len(), 3);
    assert_eq!(set.find(None, Algorithm::RS256).len(), 0);
}

#[test]
fn at_most_four_keys_are_tried() {
    let forgers: Vec<Forger> = (0..5).map(|_| Forger::new()).collect();
    let expected = Expected {
        typ: Typ::OneOf(&["JWT"]),
        algorithms: &[Algorithm::ES256],
        issuer: None,
        audience: Audience::OneOf(&["me"]),
        lifetime: Lifetime::UntilExp,
        leeway: LEEWAY,
        now: NOW,
    };
    let payload = json!({ "aud": "me", "exp": NOW.plus(Duration::from_mins(1)).as_secs() }).to_string();
    let jws = forgers[3].sign(r#"{"alg":"ES256","typ":"JWT"}"#, &payload);
    let jws = Jws::parse(&jws, MAX_LEN).unwrap();
    let set = |n: usize| JwkSet::new(forgers.iter().take(n).map(Forger::jwk).collect()).unwrap();
    assert!(jws.verify::<Value>(&set(4), &expected).is_ok());
    assert_eq!(jws.verify::<Value>(&set(3), &expected), Err(JwsError::SignatureInvalid));
    assert_eq!(jws.verify::<Value>(&set(5), &expected), Err(JwsError::KeyAmbiguous));
    assert_eq!(jws.verify::<Value>(&set(0), &expected), Err(JwsError::KeyUnknown));
}

#[test]
fn signing_keys_publish_their_public_half_only() {
    for algorithm in Algorithm::ALL {
        let key = signing_key(algorithm);
        let json = key.public_json();
        assert_eq!(json["kid"], key.public_jwk().thumbprint().to_string());
        assert_eq!((json["use"].as_str(), json["alg"].as_str()), (Some("sig"), Some(algorithm.as_str())));
        assert_eq!(key.public_jwk().algorithms(), [algorithm]);
        assert!(Jwk::parse(&json).is_ok(), "no private member");
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey {{ algorithm: {algorithm}, kid: {:?}, .. }}", key.kid())
        );
    }
}

#[test]
fn signing_keys_refuse_what_is_not_theirs() {
    let pkcs8 = |algorithm| SigningKey::generate(algorithm, &SystemRandom::new()).unwrap();
    let (ec, ed) = (pkcs8(Algorithm::ES256), pkcs8(Algorithm::EdDSA));
    let refused = |algorithm, der: &[u8]| {
        assert_eq!(
            SigningKey::from_pkcs8(algorithm, der, None).unwrap_err(),
            JwsError::SigningKey,
            "{algorithm}"
        );
    };
    refused(Algorithm::ES256, &ed);
    refused(Algorithm::EdDSA, &ec);
    refused(Algorithm::RS256, &ec);
    refused(Algorithm::PS256, &ed);
    for algorithm in Algorithm::ALL {
        refused(algorithm, b"");
        refused(algorithm, &ec[..ec.len() - 1]);
    }
    assert!(SigningKey::from_pkcs8(Algorithm::ES256, &ec, Some("k".repeat(257))).is_err());
    let key = SigningKey::from_pkcs8(Algorithm::ES256, &ec, Some("named".into())).unwrap();
    assert_eq!((key.kid(), key.public_jwk().kid()), ("named", Some("named")));
    assert_eq!(
        key.sign(&SystemRandom::new(), "JWT", &["not", "an", "object"]),
        Err(JwsError::PayloadMalformed)
    );
}
