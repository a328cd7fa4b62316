//! Do parameters in a JWT mean what they mean in a form, in each JSON type that is allowed?

use crate::support::{ask_signed, claims, client, fapi, with};
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::ciba::request::BackchannelRequest;
use tandem_core::crossing::QrKind;
use tandem_core::oauth::authorization_details::DetailsRefusal;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::initiation::{InitiationError, NumberMatching};

fn asked(change: Value) -> Result<BackchannelRequest, Refusal> {
    ask_signed(&with(&claims(), change), &client(json!({})))
}

#[test]
fn requested_expiry_is_a_number_or_a_string() {
    for (value, secs) in [
        (json!(60), 60),
        (json!("60"), 60),
        (json!(1), 10),
        (json!(100_000), 600),
        (json!(u64::MAX), 600),
        (json!("99999999999999999999999999"), 600),
        (json!(""), 120),
    ] {
        let lifetime = asked(json!({ "requested_expiry": value })).unwrap().lifetime;
        assert_eq!(lifetime, Duration::from_secs(secs), "{value}");
    }
    for value in [
        json!(0),
        json!("0"),
        json!(-1),
        json!("-1"),
        json!(1.5),
        json!(1e3),
        json!("1e3"),
        json!("٣"),
        json!("+5"),
        json!(" 5"),
        json!("0x10"),
        json!(true),
        json!(1e300),
    ] {
        let refused = asked(json!({ "requested_expiry": value })).unwrap_err();
        assert_eq!(refused, Refusal::ExpiryMalformed, "{value}");
    }
    for value in [json!([60]), json!({})] {
        let refused = asked(json!({ "requested_expiry": value })).unwrap_err();
        assert_eq!(refused, Refusal::ParameterType("requested_expiry"), "{value}");
    }
}

#[test]
fn texts_are_strings_and_nothing_else() {
    for name in [
        "scope",
        "login_hint",
        "login_hint_token",
        "id_token_hint",
        "binding_message",
        "acr_values",
        "tandem_device_name",
        "tandem_device_type",
        "tandem_device_coordinates",
        "tandem_binding_data",
        "tandem_binding_label",
        "tandem_initiator_token",
    ] {
        for value in [json!(1), json!(true), json!(["x"]), json!({}), Value::Null] {
            let mut claims = claims();
            claims[name] = value;
            let refused = ask_signed(&claims, &client(json!({}))).unwrap_err();
            assert_eq!(refused, Refusal::ParameterType(name), "{}", claims[name]);
        }
    }
    let asks_code = client(json!({ "backchannel_user_code_parameter": true }));
    let numeric = with(&claims(), json!({ "user_code": 1234 }));
    assert_eq!(ask_signed(&numeric, &asks_code).unwrap_err(), Refusal::ParameterType("user_code"));
}

#[test]
fn authorization_details_are_an_array_or_its_text() {
    let entries = json!([{ "type": "payment", "amount": "34.50 €", "payee": "Cellar" }]);
    for value in [entries.clone(), json!(entries.to_string())] {
        let request = asked(json!({ "authorization_details": value })).unwrap();
        let details = request.authorization_details.unwrap();
        assert_eq!(json!(details.entries()), entries);
    }
    for (value, refusal) in [
        (json!({ "type": "payment" }), DetailsRefusal::Malformed.into()),
        (json!([]), DetailsRefusal::Malformed.into()),
        (json!("[{]"), DetailsRefusal::Malformed.into()),
        (
            json!([{ "type": "payment", "amount": 1, "payee": "x".repeat(9000) }]),
            DetailsRefusal::Malformed.into(),
        ),
        (json!([{ "type": "transfer", "amount": 1, "payee": "x" }]), DetailsRefusal::TypeUnknown.into()),
        (json!([{ "type": "gift" }]), DetailsRefusal::TypeUnknown.into()),
        (json!(7), Refusal::ParameterType("authorization_details")),
    ] {
        assert_eq!(asked(json!({ "authorization_details": value })).unwrap_err(), refusal, "{value}");
    }
}

#[test]
fn resources_are_a_text_or_an_array() {
    let of = |value: Value| asked(json!({ "resource": value })).map(|request| request.resource);
    assert_eq!(of(json!("https://api.example/a")).unwrap(), ["https://api.example/a".into()]);
    let both = json!(["https://api.example/a", "urn:example:b", "https://api.example/a"]);
    assert_eq!(of(both).unwrap(), ["https://api.example/a".into(), "urn:example:b".into()]);
    assert_eq!(of(json!([])).unwrap(), []);
    for value in [json!("https://other.example"), json!(["https://api.example/a", "https://other.example"])] {
        assert_eq!(of(value).unwrap_err(), Refusal::TargetUnknown);
    }
    assert_eq!(of(json!(vec!["https://api.example/a"; 17])).unwrap_err(), Refusal::TargetUnknown);
    assert_eq!(of(json!(["https://api.example/a", 1])).unwrap_err(), Refusal::ParameterType("resource"));
}

#[test]
fn the_context_is_an_object_or_its_text() {
    let of = |value: Value| asked(json!({ "request_context": value })).map(|r| r.request_context);
    let context = json!({ "terminal": { "id": "7" } });
    assert_eq!(of(context.clone()).unwrap().as_deref(), Some(&context));
    assert_eq!(of(json!(context.to_string())).unwrap().as_deref(), Some(&context));
    for value in [json!([1]), json!("[]"), json!("{"), json!({ "a": "x".repeat(4096) })] {
        assert_eq!(of(value.clone()).unwrap_err(), Refusal::ContextMalformed, "{value}");
    }
    assert_eq!(of(json!(5)).unwrap_err(), Refusal::ParameterType("request_context"));
}

#[test]
fn number_matching_is_a_truth_value_or_its_text() {
    let of = |value: Value| {
        asked(json!({ "tandem_number_matching": value })).map(|r| r.initiation.number_matching)
    };
    for value in [json!(true), json!("true")] {
        assert_eq!(of(value), Ok(NumberMatching::Wanted));
    }
    for value in [json!(false), json!("false"), json!("")] {
        assert_eq!(of(value), Ok(NumberMatching::AsRegistered));
    }
    for value in [json!(1), json!("TRUE"), json!("yes")] {
        assert_eq!(of(value), Err(Refusal::Initiation(InitiationError::NumberMatchingMalformed)));
    }
}

/// R6.1c, R6.15, R6.17
#[test]
fn what_the_device_brings_along_may_be_signed() {
    let along = json!({
        "tandem_device_coordinates": "35.6812,139.7671,50",
        "tandem_binding_data": "12A",
        "tandem_binding_label": "Seat",
        "tandem_initiator_token": "a.b.c",
        "tandem_living_qr": true,
    });
    let initiation = asked(along).unwrap().initiation;
    assert!(initiation.coordinates.is_some());
    let binding = initiation.binding.unwrap();
    assert_eq!((&*binding.label, &*binding.text), ("Seat", "12A"));
    assert_eq!((initiation.initiator_token.as_deref(), initiation.qr), (Some("a.b.c"), QrKind::Living));
    for (change, error) in [
        (json!({ "tandem_device_coordinates": "here" }), InitiationError::CoordinatesMalformed),
        (json!({ "tandem_binding_data": "x".repeat(65) }), InitiationError::BindingMalformed),
        (json!({ "tandem_binding_label": "Seat" }), InitiationError::LabelAlone),
        (json!({ "tandem_living_qr": 1 }), InitiationError::LivingQrMalformed),
    ] {
        let refused = asked(change.clone()).unwrap_err();
        assert_eq!(refused, Refusal::Initiation(error), "{change}");
        assert_eq!(refused.code(), ErrorCode::InvalidRequest);
    }
}

#[test]
fn fapi_ciba_5_2_2_every_request_can_be_told_apart() {
    let bare = with(&claims(), json!({ "binding_message": null }));
    assert_eq!(ask_signed(&bare, &fapi(json!({}))).unwrap_err(), Refusal::ContextMissing);
    let details = json!([{ "type": "payment", "amount": 1, "payee": "Cellar" }]);
    for change in [
        json!({ "binding_message": "1234" }),
        json!({ "authorization_details": details }),
        json!({ "request_context": { "till": 1 } }),
    ] {
        assert!(ask_signed(&with(&bare, change), &fapi(json!({}))).is_ok());
    }
    assert!(ask_signed(&bare, &client(json!({}))).is_ok(), "without the profile it is the client's choice");
}

#[test]
fn an_assertion_is_no_request() {
    let assertion =
        json!({ "scope": null, "login_hint": null, "binding_message": null, "sub": "call-center" });
    assert_eq!(asked(assertion).unwrap_err(), Refusal::ScopeMissing);
}
