//! Does any text make a parser panic, or any change of a signed text go unnoticed?

use crate::support::{Forger, NOW, b64};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::OnceLock;
use tandem_core::dpop::{self, Expected as DpopExpected, Htu, NonceRule, Window};
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, Jwk, JwkSet, Jws};

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just(String::from("kty")),
        Just(String::from("crv")),
        Just(String::from("x")),
        Just(String::from("y")),
        Just(String::from("n")),
        Just(String::from("e")),
        Just(String::from("keys")),
        Just(String::from("alg")),
        Just(String::from("aud")),
        any::<String>(),
    ];
    let text = prop_oneof![
        Just(String::from("EC")),
        Just(String::from("P-256")),
        Just(String::from("OKP")),
        Just(String::from("Ed25519")),
        Just(String::from("RSA")),
        any::<String>(),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(b64),
        prop::collection::vec(any::<u8>(), 32).prop_map(b64),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

fn signed() -> &'static (Forger, String) {
    static SIGNED: OnceLock<(Forger, String)> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let forger = Forger::new();
        let jws = forger.sign(
            r#"{"alg":"ES256","typ":"JWT"}"#,
            &json!({ "aud": "me", "exp": NOW.as_secs() + 60 }).to_string(),
        );
        (forger, jws)
    })
}

fn expected() -> Expected<'static> {
    Expected {
        typ: Typ::OneOf(&["JWT"]),
        algorithms: &Algorithm::ALL,
        issuer: None,
        audience: Audience::OneOf(&["me"]),
        lifetime: Lifetime::UntilExp,
        leeway: LEEWAY,
        now: NOW,
    }
}

fn read_all(text: &str) {
    if let Ok(jws) = Jws::parse(text, MAX_LEN) {
        assert!(jws.verify_with_key::<Value>(&signed().0.jwk(), &expected()).is_err());
    }
    let htu = Htu::parse("https://as.example/token").unwrap();
    let proof = dpop::verify(
        text,
        &DpopExpected {
            method: "POST",
            htu: &htu,
            access_token: None,
            algorithms: &Algorithm::ALL,
            window: Window::default(),
            nonce: NonceRule::NotAsked,
            now: NOW,
        },
    );
    assert!(proof.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_text(text in any::<String>()) {
        read_all(&text);
        if let Ok(htu) = Htu::parse(&text) {
            prop_assert_eq!(Htu::parse(&htu.to_string()), Ok(htu));
        }
    }

    #[test]
    fn any_three_parts(
        header in any::<String>(),
        payload in any::<String>(),
        signature in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        read_all(&format!("{}.{}.{}", b64(header), b64(payload), b64(signature)));
    }

    #[test]
    fn any_json_under_a_plausible_header(jwk in any_json(), payload in any_json(), kid in any_json()) {
        let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": jwk });
        read_all(&format!("{}.{}.{}", b64(header.to_string()), b64(payload.to_string()), b64([7; 64])));
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
        read_all(&format!("{}.{}.{}", b64(header.to_string()), b64(payload.to_string()), b64([7; 64])));
    }

    #[test]
    fn any_json_as_a_key(json in any_json()) {
        if let Ok(key) = Jwk::parse(&json) {
            prop_assert_eq!(Jwk::parse(&key.to_json()), Ok(key));
        }
        let _ = JwkSet::parse(&json!({ "keys": [json] }));
        let _ = JwkSet::parse(&json);
    }

    #[test]
    fn htu_normalisation_is_idempotent(path in "[a-zA-Z0-9%._~/:@!$&'()*+,;=-]{0,40}") {
        if let Ok(htu) = Htu::parse(&format!("https://as.example/{path}")) {
            prop_assert_eq!(Htu::parse(&htu.to_string()), Ok(htu));
        }
    }

    #[test]
    fn every_changed_character_is_noticed(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9._=-]") {
        let (forger, jws) = signed();
        let at = at.index(jws.len());
        let changed = format!("{}{to}{}", &jws[..at], &jws[at + 1..]);
        let verdict = Jws::parse(&changed, MAX_LEN)
            .and_then(|jws| jws.verify_with_key::<Value>(&forger.jwk(), &expected()));
        prop_assert_eq!(verdict.is_ok(), changed == *jws);
    }
}
