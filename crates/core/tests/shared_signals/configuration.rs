//! SSF section 8.1.1: what a receiver may say of its stream, and what becomes of it.

use serde_json::{Map, Value, json};
use tandem_core::shared_signals::configuration::{Setting, object};
use tandem_core::shared_signals::metadata::TransmitterMetadata;
use tandem_core::shared_signals::request::{
    Application, Malformed, WantedDelivery, WantedStatus, WantedStream, WantedSubject, WantedVerification,
};
use tandem_core::shared_signals::{DefaultSubjects, Delivery, EventType, StreamStatus, StreamTerms};

const SETTING: Setting<'_> =
    Setting { issuer: "https://id.example.com", min_verification_interval: 30, inactivity_timeout: None };

fn terms() -> StreamTerms {
    StreamTerms {
        aud: json!("shop"),
        events_requested: Some(vec![EventType::SessionRevoked.uri().to_owned(), "urn:other".to_owned()]),
        description: Some("mine".to_owned()),
        delivery: Delivery::Push {
            endpoint_url: "https://shop.example.com/e".to_owned(),
            authorization: None,
        },
        default_subjects: DefaultSubjects::All,
    }
}

fn parse(value: &Value) -> Result<WantedStream, Malformed> {
    WantedStream::parse(value.to_string().as_bytes())
}

#[expect(clippy::unnecessary_wraps, reason = "deliveries can be refused")]
fn deliver(wanted: WantedDelivery) -> Result<Delivery, Malformed> {
    Ok(match wanted {
        WantedDelivery::Poll { .. } => Delivery::Poll,
        WantedDelivery::Push { endpoint_url, authorization_header } => {
            Delivery::Push { endpoint_url, authorization: authorization_header }
        }
    })
}

fn applied(value: &Value, how: Application) -> StreamTerms {
    parse(value).unwrap().apply(terms(), how, deliver).unwrap()
}

fn seen() -> Map<String, Value> {
    object("s1", &terms(), SETTING, None)
}

#[test]
fn what_is_delivered_is_what_was_asked_for_and_is_known() {
    assert_eq!(terms().events_delivered(), [EventType::SessionRevoked]);
    assert!(terms().delivers(EventType::SessionRevoked) && !terms().delivers(EventType::CredentialChange));
    let nothing = StreamTerms { events_requested: None, ..terms() };
    assert_eq!(nothing.events_delivered(), []);
}

#[test]
fn a_patch_changes_what_it_says_and_nothing_else() {
    assert_eq!(applied(&json!({ "stream_id": "s1" }), Application::Update), terms());
    let described = applied(&json!({ "stream_id": "s1", "description": "new" }), Application::Update);
    assert_eq!(described, StreamTerms { description: Some("new".to_owned()), ..terms() });
    let without = applied(&json!({ "stream_id": "s1", "description": null }), Application::Update);
    assert_eq!(without, StreamTerms { description: None, ..terms() });
    let polled = json!({ "stream_id": "s1", "delivery": { "method": "urn:ietf:rfc:8936" } });
    assert_eq!(applied(&polled, Application::Update), StreamTerms { delivery: Delivery::Poll, ..terms() });
}

#[test]
fn a_put_deletes_what_it_does_not_say() {
    let bare = applied(&json!({ "stream_id": "s1" }), Application::Replace);
    let expected =
        StreamTerms { events_requested: None, description: None, delivery: Delivery::Poll, ..terms() };
    assert_eq!(bare, expected);
}

#[test]
fn what_only_the_transmitter_sets_is_echoed_or_refused() {
    let check = |name: &str, value: Value| {
        parse(&json!({ "stream_id": "s1", name: value })).unwrap().check_transmitter_supplied(&seen())
    };
    for (name, value) in seen() {
        assert_eq!(check(&name, value), Ok(()), "{name}");
    }
    let mut turned = seen()["events_supported"].as_array().unwrap().clone();
    turned.reverse();
    assert_eq!(check("events_supported", json!(turned)), Ok(()), "the order says nothing");
    for (name, value) in [
        ("iss", json!("https://evil.example.com")),
        ("aud", json!("other")),
        ("aud", json!(["shop"])),
        ("events_supported", json!([])),
        ("events_delivered", json!([EventType::CredentialChange.uri()])),
        ("events_delivered", json!([])),
        ("min_verification_interval", json!(1)),
        ("inactivity_timeout", json!(600)),
    ] {
        let refused = check(name, value);
        assert!(matches!(refused, Err(Malformed::NotYours(of)) if of == name), "{name}: {refused:?}");
    }
}

#[test]
fn malformed_configurations_are_refused() {
    for text in ["", "[]", "null", "{", "\"x\"", "{\"description\":\"a\",\"description\":\"b\"}"] {
        assert_eq!(WantedStream::parse(text.as_bytes()), Err(Malformed::Body), "{text}");
    }
    let push = |more: Value| {
        let mut delivery =
            json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": "https://shop.example.com" });
        delivery.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "delivery": delivery })
    };
    for value in [
        json!({ "stream_id": 1 }),
        json!({ "stream_id": "" }),
        json!({ "events_requested": "x" }),
        json!({ "events_requested": [1] }),
        json!({ "events_requested": ["x".repeat(257)] }),
        json!({ "events_requested": vec!["x"; 65] }),
        json!({ "description": 1 }),
        json!({ "delivery": "push" }),
        json!({ "delivery": {} }),
        json!({ "delivery": { "method": "urn:ietf:rfc:8935" } }),
        json!({ "delivery": { "method": "https://schemas.openid.net/secevent/risc/delivery-method/push" } }),
        push(json!({ "endpoint_url": 1 })),
        push(json!({ "endpoint_url": format!("https://shop.example.com/{}", "x".repeat(2048)) })),
        push(json!({ "authorization_header": "a\r\nb: c" })),
        push(json!({ "authorization_header": "" })),
        push(json!({ "authorization_header": " a" })),
        push(json!({ "authorization_header": "ä" })),
        push(json!({ "authorization_header": 1 })),
        push(json!({ "authorization_header": "x".repeat(4097) })),
    ] {
        assert!(parse(&value).is_err(), "{value}");
    }
}

#[test]
fn a_description_is_cut_and_unknown_members_are_ignored() {
    let wanted = parse(&json!({ "description": "ä".repeat(300), "unknown": { "a": 1 } })).unwrap();
    let (_, description, delivery) = wanted.new_stream();
    assert_eq!(description.unwrap().chars().count(), 256);
    assert_eq!(delivery, WantedDelivery::Poll { endpoint_url: None }, "without a delivery it is a poll");
}

#[test]
fn a_secret_header_stands_in_no_debug_output() {
    let delivery = json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": "https://shop.example.com/secretpath",
        "authorization_header": "Bearer verysecret" });
    let wanted = parse(&json!({ "delivery": delivery })).unwrap();
    let text = format!("{wanted:?}");
    assert!(!text.contains("verysecret") && !text.contains("secretpath"), "{text}");
}

#[test]
fn other_requests_name_their_stream_and_say_what_they_want() {
    let status = WantedStatus::parse(br#"{"stream_id":"s","status":"paused","reason":"r"}"#).unwrap();
    assert_eq!((status.status, status.reason.as_deref()), (StreamStatus::Paused, Some("r")));
    for text in [
        r#"{"status":"paused"}"#,
        r#"{"stream_id":"s"}"#,
        r#"{"stream_id":"s","status":"stopped"}"#,
        r#"{"stream_id":"s","status":"Paused"}"#,
        r#"{"stream_id":"s","status":"paused","reason":1}"#,
        r#"{"stream_id":7,"status":"paused"}"#,
    ] {
        assert!(WantedStatus::parse(text.as_bytes()).is_err(), "{text}");
    }
    let subject = r#"{"stream_id":"s","subject":{"format":"opaque","id":"x"},"verified":false}"#;
    assert!(WantedSubject::parse(subject.as_bytes()).is_ok());
    for text in [
        r#"{"stream_id":"s"}"#,
        r#"{"subject":{"format":"opaque","id":"x"}}"#,
        r#"{"stream_id":"s","subject":{"format":"nothing"}}"#,
        r#"{"stream_id":"s","subject":{"format":"opaque","id":"x"},"verified":"yes"}"#,
        r#"{"stream_id":"s","subject":{"format":"opaque","id":"x","id":"y"}}"#,
    ] {
        assert!(WantedSubject::parse(text.as_bytes()).is_err(), "{text}");
    }
    let long = json!({ "stream_id": "s", "state": "x".repeat(1025) }).to_string();
    assert_eq!(WantedVerification::parse(long.as_bytes()), Err(Malformed::TooLong("state")));
    assert!(WantedVerification::parse(br#"{"stream_id":"s","state":1}"#).is_err());
    assert_eq!(WantedVerification::parse(br#"{"stream_id":"s"}"#).unwrap().state, None);
}

#[test]
fn metadata_names_what_interop_demands_and_has_no_empty_array() {
    let document = |critical: Vec<String>| {
        let made =
            TransmitterMetadata::new("https://id.example.com", "/jwks.json", critical, DefaultSubjects::None);
        serde_json::to_value(made).unwrap()
    };
    let full = document(vec!["user".to_owned()]);
    assert_eq!(full["spec_version"], "1_0");
    assert_eq!(full["jwks_uri"], "https://id.example.com/jwks.json");
    assert_eq!(full["delivery_methods_supported"], json!(["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"]));
    assert_eq!(full["authorization_schemes"], json!([{ "spec_urn": "urn:ietf:rfc:6749" }]));
    assert_eq!(full["default_subjects"], "NONE");
    for name in [
        "configuration_endpoint",
        "status_endpoint",
        "add_subject_endpoint",
        "remove_subject_endpoint",
        "verification_endpoint",
    ] {
        assert!(full[name].as_str().unwrap().starts_with("https://id.example.com/ssf/"), "{name}");
    }
    let bare = document(Vec::new());
    assert!(
        bare.as_object().unwrap().values().all(|value| value.as_array().is_none_or(|all| !all.is_empty()))
    );
}

#[test]
fn a_poll_stream_is_fetched_at_an_address_of_its_own() {
    let polled = StreamTerms { delivery: Delivery::Poll, ..terms() };
    let one = object("s1", &polled, SETTING, Some("never shown"));
    let two = object("s2", &polled, SETTING, None);
    assert_eq!(
        one["delivery"],
        json!({ "method": "urn:ietf:rfc:8936", "endpoint_url": "https://id.example.com/ssf/poll/s1" })
    );
    assert_ne!(one["delivery"], two["delivery"]);
}
