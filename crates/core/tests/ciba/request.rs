//! What may a client ask in a form, and of whom? (CIBA Core 7.1)

use crate::support::{NOTIFICATION_TOKEN, ask_with, client};
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::ciba::request::NamedBy;
use tandem_core::crossing::{DeliveryMode, Hint};
use tandem_core::oauth::authorization_details::DetailsRefusal;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::initiation::NumberMatching;

fn with_callback(mode: &str) -> Client {
    client(json!({
        "backchannel_token_delivery_mode": mode,
        "backchannel_client_notification_endpoint": "https://client.example/cb",
    }))
}

#[test]
fn the_least_that_can_be_asked() {
    let request = ask_with(&[], &client(json!({}))).unwrap();
    assert_eq!(request.scope.as_str(), "openid");
    assert_eq!(request.named_by, NamedBy::LoginHint("alice".to_owned()));
    assert_eq!((request.delivery, request.lifetime), (DeliveryMode::Poll, Duration::from_mins(2)));
    assert!(request.client_notification_token.is_none() && request.binding_message.is_none());
    assert!(request.acr_values.is_empty() && request.resource.is_empty());
    assert_eq!(request.initiation.number_matching, NumberMatching::AsRegistered);
}

#[test]
fn everything_that_can_be_asked() {
    let client = client(json!({ "backchannel_user_code_parameter": true }));
    let request = ask_with(
        &[
            ("scope", "openid email"),
            ("binding_message", " 34,50 € ワイン "),
            ("user_code", "4711"),
            ("requested_expiry", "60"),
            ("acr_values", "phr  urn:example:silver"),
            ("authorization_details", r#"[{"type":"payment","amount":1,"payee":"Cellar"}]"#),
            ("resource", "urn:example:b"),
            ("request_context", r#"{"a":1}"#),
            ("tandem_number_matching", "true"),
            ("tandem_device_name", "Desk\u{202e} 7"),
            ("tandem_device_type", "computer"),
            ("unknown", "ignored"),
        ],
        &client,
    )
    .unwrap();
    assert_eq!(request.binding_message.as_deref(), Some("34,50 € ワイン"));
    assert_eq!(request.user_code.as_deref(), Some("4711"));
    assert_eq!(request.lifetime, Duration::from_mins(1));
    assert_eq!(request.acr_values, ["phr".into(), "urn:example:silver".into()]);
    assert_eq!(request.authorization_details.unwrap().entries().len(), 1);
    assert_eq!(request.resource, ["urn:example:b".into()]);
    assert_eq!(request.request_context.as_deref(), Some(&json!({ "a": 1 })));
    assert_eq!(request.initiation.number_matching, NumberMatching::Wanted);
    let device = request.initiation;
    assert_eq!(
        (device.device_name.as_deref(), device.device_kind),
        (Some("Desk 7"), Some(DeviceKind::Computer))
    );
}

#[test]
fn who_did_not_register_may_not_ask() {
    for change in [
        json!({ "backchannel_token_delivery_mode": null, "grant_types": [] }),
        json!({ "backchannel_token_delivery_mode": null }),
        json!({ "grant_types": ["refresh_token"] }),
        json!({ "token_endpoint_auth_method": "none", "jwks": null }),
        json!({
            "tandem_profile": "fapi_ciba",
            "backchannel_token_delivery_mode": "push",
            "backchannel_client_notification_endpoint": "https://client.example/cb",
        }),
    ] {
        let refused = ask_with(&[], &client(change.clone())).unwrap_err();
        assert_eq!(refused, Refusal::GrantNotAllowed, "{change}");
        assert_eq!(refused.code(), ErrorCode::UnauthorizedClient);
    }
    let push = client(json!({
        "backchannel_token_delivery_mode": "push",
        "backchannel_client_notification_endpoint": "https://client.example/cb",
        "grant_types": [],
    }));
    assert!(ask_with(&[("client_notification_token", NOTIFICATION_TOKEN)], &push).is_ok());
}

#[test]
fn the_scope() {
    for (scope, refusal, code) in [
        ("", Refusal::ScopeMissing, ErrorCode::InvalidRequest),
        ("open\"id", Refusal::ScopeMalformed, ErrorCode::InvalidScope),
        ("profile", Refusal::OpenIdMissing, ErrorCode::InvalidScope),
        ("openid admin", Refusal::ScopeNotAllowed, ErrorCode::InvalidScope),
    ] {
        let refused = ask_with(&[("scope", scope)], &client(json!({}))).unwrap_err();
        assert_eq!((refused, refused.code()), (refusal, code), "{scope}");
    }
}

#[test]
fn exactly_one_hint() {
    let ask = |change: &[(&str, &str)]| ask_with(change, &client(json!({})));
    let none = ask(&[("login_hint", "")]).unwrap_err();
    assert_eq!((none, none.code()), (Refusal::HintMissing, ErrorCode::InvalidRequest));
    for second in ["login_hint_token", "id_token_hint"] {
        let refused = ask(&[(second, "a.b.c")]).unwrap_err();
        assert_eq!((refused, refused.code()), (Refusal::HintRepeated, ErrorCode::InvalidRequest), "{second}");
    }
    let tokens = [("login_hint", ""), ("login_hint_token", "a.b.c"), ("id_token_hint", "a.b.c")];
    assert_eq!(ask(&tokens).unwrap_err(), Refusal::HintRepeated);
    assert_eq!(ask(&[tokens[0], tokens[1]]).unwrap().named_by, NamedBy::LoginHintToken("a.b.c".to_owned()));
    assert_eq!(ask(&[tokens[0], tokens[2]]).unwrap().named_by, NamedBy::IdTokenHint("a.b.c".to_owned()));
}

#[test]
fn hints_are_bounded() {
    let ask = |change: &[(&str, &str)]| ask_with(change, &client(json!({})));
    let long = "é".repeat(257);
    for hint in [long.as_str(), "a\nb", "a\u{0}b", "a\u{85}b"] {
        let refused = ask(&[("login_hint", hint)]).unwrap_err();
        assert_eq!(refused, Refusal::HintMalformed(Hint::LoginHint), "{hint:?}");
        assert_eq!(refused.code(), ErrorCode::InvalidRequest);
    }
    assert!(ask(&[("login_hint", &"é".repeat(256))]).is_ok());
    for (name, hint) in [("login_hint_token", Hint::LoginHintToken), ("id_token_hint", Hint::IdTokenHint)] {
        let of = |length: usize| ask(&[("login_hint", ""), (name, &"x".repeat(length))]);
        assert_eq!(of(8193).unwrap_err(), Refusal::HintMalformed(hint));
        assert!(of(8192).is_ok());
    }
}

#[test]
fn ping_and_push_need_a_token_that_cannot_be_guessed() {
    let (longest, beyond) = ("x".repeat(1024), "x".repeat(1025));
    for mode in ["ping", "push"] {
        let client = with_callback(mode);
        let missing = ask_with(&[], &client).unwrap_err();
        assert_eq!(missing, Refusal::NotificationTokenMissing);
        assert_eq!(missing.code(), ErrorCode::InvalidRequest);
        for token in [
            "abcdefghijklmnopqrstu",
            "abcdefghijklmnopqrst uv",
            "abcdefghijklmnopqrst=uvw",
            "abcdefghijklmnopqrstuv\r\nx",
            "äbcdefghijklmnopqrstuvw",
            "======================",
            "abcdefghijklmnopqrstu,v",
            &beyond,
        ] {
            let refused = ask_with(&[("client_notification_token", token)], &client).unwrap_err();
            assert_eq!(refused, Refusal::NotificationTokenMalformed, "{token}");
            assert_eq!(refused.code(), ErrorCode::InvalidRequest);
        }
        for token in [NOTIFICATION_TOKEN, "-._~+/0123456789ABCDEFG==", &longest] {
            let request = ask_with(&[("client_notification_token", token)], &client).unwrap();
            assert_eq!(request.client_notification_token.as_deref(), Some(token));
        }
    }
    let poll = ask_with(&[("client_notification_token", "short and odd")], &client(json!({}))).unwrap();
    assert_eq!(poll.client_notification_token, None, "ignored in poll mode");
}

#[test]
fn the_user_code_is_only_for_who_registered_it() {
    let asks = client(json!({ "backchannel_user_code_parameter": true }));
    let long = "é".repeat(129);
    let refused = ask_with(&[("user_code", &long)], &asks).unwrap_err();
    assert_eq!((refused, refused.code()), (Refusal::UserCodeWrong, ErrorCode::InvalidUserCode));
    assert_eq!(ask_with(&[], &asks).unwrap().user_code, None);
    let code = "é".repeat(128);
    assert_eq!(ask_with(&[("user_code", &code)], &asks).unwrap().user_code.as_deref(), Some(code.as_str()));
    assert_eq!(ask_with(&[("user_code", &long)], &client(json!({}))).unwrap().user_code, None);
}

#[test]
fn requested_expiry_is_a_positive_whole_number() {
    let of = |text: &str| ask_with(&[("requested_expiry", text)], &client(json!({}))).map(|r| r.lifetime);
    let huge = "9".repeat(1000);
    for text in ["0", "00", "-1", "1e3", "٣", "３", "1.0", "+5", " 5", "5 ", "0x10", "ten", "NaN"] {
        assert_eq!(of(text), Err(Refusal::ExpiryMalformed), "{text}");
    }
    assert_eq!(Refusal::ExpiryMalformed.code(), ErrorCode::InvalidRequest);
    for (text, secs) in
        [("1", 10), ("10", 10), ("060", 60), ("600", 600), ("601", 600), (&huge, 600), ("", 120)]
    {
        assert_eq!(of(text), Ok(Duration::from_secs(secs)), "{text}");
    }
}

#[test]
fn acr_values_are_bounded() {
    let of = |text: &str| ask_with(&[("acr_values", text)], &client(json!({}))).map(|r| r.acr_values.len());
    let many = |count: usize| vec!["a"; count].join(" ");
    for text in [many(17).as_str(), "a\nb", "ä", &"x".repeat(257)] {
        assert_eq!(of(text), Err(Refusal::AcrValuesMalformed));
    }
    assert_eq!(of(&many(16)), Ok(16));
    assert_eq!(of("   "), Ok(0));
}

#[test]
fn resources_and_details_are_those_of_the_client() {
    let ask = |name: &str, value: &str| ask_with(&[(name, value)], &client(json!({}))).map(|_| ());
    for resource in [
        "https://other.example",
        "https://api.example/a#x",
        "https://api.example/A",
        "plain",
        "/a",
        "urn:example:b ",
    ] {
        let refused = ask("resource", resource).unwrap_err();
        assert_eq!(
            (refused, refused.code()),
            (Refusal::TargetUnknown, ErrorCode::InvalidTarget),
            "{resource}"
        );
    }
    assert_eq!(ask("resource", "https://api.example/a"), Ok(()));
    for (details, refusal) in [
        ("x", DetailsRefusal::Malformed),
        (r#"[{"type":"transfer","amount":1,"payee":"x"}]"#, DetailsRefusal::TypeUnknown),
        (r#"[{"type":"payment","amount":1,"payee":"x","extra":1}]"#, DetailsRefusal::MemberUnknown),
    ] {
        let refused = ask("authorization_details", details).unwrap_err();
        assert_eq!(refused, refusal.into(), "{details}");
        assert_eq!(refused.code(), ErrorCode::InvalidAuthorizationDetails);
    }
}

#[test]
fn the_context_is_one_small_object() {
    let of = |text: &str| ask_with(&[("request_context", text)], &client(json!({}))).map(|_| ());
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(4096));
    for text in ["x", "[]", "null", "{} {}", r#"{"a":1,"a":2}"#, &deep, &long] {
        assert_eq!(of(text), Err(Refusal::ContextMalformed), "{text}");
    }
    assert_eq!(of("{}"), Ok(()));
}

#[test]
fn debug_shows_neither_secrets_nor_people() {
    let client = client(json!({
        "backchannel_token_delivery_mode": "ping",
        "backchannel_client_notification_endpoint": "https://client.example/cb",
        "backchannel_user_code_parameter": Value::Bool(true),
    }));
    let sent = [("client_notification_token", NOTIFICATION_TOKEN), ("user_code", "hush-hush")];
    let shown = format!("{:?}", ask_with(&sent, &client).unwrap());
    assert!(shown.contains("login_hint(..)"));
    assert!(!shown.contains("alice") && !shown.contains("hush") && !shown.contains(NOTIFICATION_TOKEN));
}
