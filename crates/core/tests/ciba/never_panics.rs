//! Does any text make this room panic, or pass for something that was signed?

use crate::support::{ISSUER, NOW, ask, b64, claims, client, form, signed};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::OnceLock;
use tandem_core::ciba::login_hint_token::{HintIssuer, LoginHintToken, SubjectMeaning};
use tandem_core::ciba::{binding_message, id_token_hint};
use tandem_core::jose::Algorithm;
use tandem_core::oauth::client::Client;

fn caller() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        client(json!({
            "backchannel_token_delivery_mode": "ping",
            "backchannel_client_notification_endpoint": "https://client.example/cb",
            "backchannel_user_code_parameter": true,
        }))
    })
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "scope",
        "client_notification_token",
        "acr_values",
        "login_hint_token",
        "id_token_hint",
        "login_hint",
        "binding_message",
        "user_code",
        "requested_expiry",
        "request_context",
        "authorization_details",
        "resource",
        "tandem_number_matching",
        "tandem_device_name",
        "tandem_device_type",
        "tandem_device_coordinates",
        "tandem_binding_data",
        "tandem_binding_label",
        "tandem_initiator_token",
        "tandem_living_qr",
        "aud",
        "exp",
        "nbf",
        "jti",
    ])
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9a-z {}\\[\\]\":,]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_form(parameters in prop::collection::btree_map(name(), any::<String>(), 0..12)) {
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        if let Ok(request) = ask(&form(&parameters), caller()) {
            prop_assert!(request.scope.contains("openid"));
            prop_assert!(request.client_notification_token.is_some());
            prop_assert!((10..=600).contains(&request.lifetime.as_secs()));
        }
    }

    #[test]
    fn any_signed_claims(change in prop::collection::btree_map(name(), value(), 0..6)) {
        let mut claims = claims();
        for (name, value) in change {
            claims[name] = value;
        }
        let request = signed(&claims);
        let _ = ask(&form(&[("request", &request)]), caller());
    }

    #[test]
    fn any_text_as_a_token(text in any::<String>(), header in any::<String>(), payload in any::<String>()) {
        let keys = caller().jwks.clone().unwrap();
        let by = HintIssuer {
            issuer: ISSUER.to_owned(),
            algorithms: Algorithm::ALL.into(),
            subject: SubjectMeaning::Subject,
        };
        let plausible = b64(r#"{"alg":"ES256","typ":"JWT"}"#);
        let usual = b64(with_subject().to_string());
        for token in [
            text,
            format!("{}.{}.{}", b64(header), b64(&payload), b64([7; 64])),
            format!("{plausible}.{}.{}", b64(&payload), b64([7; 64])),
            format!("{plausible}.{usual}.{}", b64(payload)),
        ] {
            let hint = LoginHintToken::parse(&token);
            prop_assert!(hint.and_then(|hint| hint.verify(&by, &keys, ISSUER, NOW)).is_err());
            let grace = id_token_hint::USUAL_GRACE;
            prop_assert!(id_token_hint::verify(&token, &keys, ISSUER, ISSUER, grace, NOW).is_err());
            prop_assert!(ask(&form(&[("request", &token)]), caller()).is_err());
        }
    }

    #[test]
    fn a_message_that_is_taken_is_short_and_stays_the_same(text in any::<String>()) {
        if let Ok(message) = binding_message::check(&text) {
            prop_assert!(message.chars().count() <= binding_message::MAX_CHARS);
            prop_assert_eq!(&*message, text.trim_matches(' '));
            prop_assert_eq!(binding_message::check(&message), Ok(message.clone()));
        }
    }
}

fn with_subject() -> Value {
    json!({ "iss": ISSUER, "aud": ISSUER, "sub": "s1", "iat": NOW.as_secs(), "exp": NOW.as_secs() + 60 })
}
