//! The same for people who answer in an app: what it is told, and what its signature must say. (BCP 6.1.13 to 6.1.17)

use super::{ask, collect_with, on_record, pending, started};
use crate::authorization_device::phone_app::PhoneApp;
use crate::support::TestServer;
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;

const SEAT: [(&str, &str); 2] = [("tandem_binding_data", "14C"), ("tandem_binding_label", "Seat")];

/// Decides with these claims instead of what an app signs that knows nothing of them.
async fn decide(app: &PhoneApp<'_>, id: &str, more: &Value) -> crate::support::Answer {
    let id = CrossingId::of_secret(id);
    let mut claims = app.claims(id, "approve").await;
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.decide(id, &claims).await
}

async fn told(app: &PhoneApp<'_>, id: &str) -> Value {
    app.show(CrossingId::of_secret(id)).await.json()
}

/// R6.17: an app is told of the data, signs what it showed of it, and an app that knows nothing of it approves nothing.
#[tokio::test]
async fn data_is_confirmed_or_typed_in_an_app() {
    for (answer, text) in [("confirm", json!("14C")), ("type", Value::Null)] {
        let server = started(json!({ "request_binding": { "answer": answer, "tries": 2 } })).await;
        let app = PhoneApp::of(&server, "alice").await;
        let id = ask(&server, &SEAT).await;
        let described = told(&app, &id).await;
        assert_eq!(described["binding"]["label"], "Seat");
        assert_eq!(described["binding"]["answer"], answer);
        for part in [&described["binding"], &described["shown"]["binding"]] {
            assert_eq!(part.get("text").cloned().unwrap_or(Value::Null), text, "{part}");
        }
        let old = decide(&app, &id, &json!({})).await;
        old.is_error(400, "access_denied");
        assert!(old.body.contains("an app that cannot ask for it cannot approve this"), "{}", old.body);
        pending(&server, &id).await;
        decide(&app, &id, &json!({ "binding": "14D" })).await.is_error(400, "access_denied");
        assert_eq!(on_record(&server, "binding_missed").await, 1);
        assert_eq!(decide(&app, &id, &json!({ "binding": "14C" })).await.status, 200);
        server.advance(5);
        assert_eq!(server.collect(&id).await.status, 200);
    }
}

/// R6.17: what an app signs as shown is what the server would show.
#[tokio::test]
async fn a_decision_over_other_data_does_not_count() {
    let server = started(json!({})).await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, &SEAT).await;
    for edit in
        [json!({ "label": "Seat", "text": "14D" }), json!({ "label": "Row", "text": "14C" }), Value::Null]
    {
        let mut shown = told(&app, &id).await["shown"].clone();
        shown["binding"] = edit;
        decide(&app, &id, &json!({ "shown": shown, "binding": "14C" }))
            .await
            .is_error(400, "invalid_request");
    }
    pending(&server, &id).await;
}

/// R6.13a: an app is given the words of the warning in the person's language, and signs that they were read.
#[tokio::test]
async fn an_app_shows_the_warning_and_signs_that_it_was_read() {
    let server = started(json!({ "user_education": { "interstitial": "always" } })).await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, &[]).await;
    let warning = told(&app, &id).await["warning"].clone();
    assert!(warning["scam"].as_str().unwrap().starts_with("A scam begins with a call"), "{warning}");
    assert_eq!(app.list().await[0]["warning"], warning, "the list says it as well");
    for unread in [json!({}), json!({ "warning": "none" })] {
        let refused = decide(&app, &id, &unread).await;
        refused.is_error(400, "access_denied");
        assert!(refused.body.contains("the warning must be read first"), "{}", refused.body);
    }
    pending(&server, &id).await;
    assert_eq!(decide(&app, &id, &json!({ "warning": "read" })).await.status, 200);
}

/// R6.13a, off: where no warning is due, an app hears of none and needs to sign nothing more.
#[tokio::test]
async fn without_risk_an_app_is_told_nothing_new() {
    let server = started(json!({})).await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, &[]).await;
    let described = told(&app, &id).await;
    for absent in ["warning", "binding", "pin"] {
        assert!(described.get(absent).is_none(), "{described}");
    }
    assert!(described["shown"].get("binding").is_none(), "{described}");
    let done = decide(&app, &id, &json!({})).await;
    assert_eq!(done.json(), json!({ "outcome": "approved" }));
}

async fn with_pin() -> TestServer {
    started(json!({ "request_initiation_verification": { "pin": "always" } })).await
}

/// R6.16a: an app gets the PIN with the outcome, and again when it asks.
#[tokio::test]
async fn an_app_gets_the_pin_after_its_yes() {
    let server = with_pin().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, &[]).await;
    assert!(told(&app, &id).await.get("pin").is_none(), "not before");
    let done = decide(&app, &id, &json!({})).await.json();
    let pin = done["pin"].as_str().unwrap().to_owned();
    assert_eq!((&done["outcome"], pin.len()), (&json!("approved"), 7));
    assert_eq!(told(&app, &id).await["pin"], pin.as_str());
    server.advance(5);
    assert_eq!(collect_with(&server, &id, &pin).await.status, 200);
}

/// R6.16b: who gets a PIN that they did not expect reports it from the app, and it is worth nothing.
#[tokio::test]
async fn an_app_can_report_after_the_yes() {
    let server = with_pin().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, &[]).await;
    let pin = decide(&app, &id, &json!({})).await.json()["pin"].as_str().unwrap().to_owned();
    let report = decide(&app, &id, &json!({ "decision": "report", "user_verification": "none" })).await;
    assert_eq!(report.json(), json!({ "outcome": "reported" }));
    server.advance(5);
    collect_with(&server, &id, &pin).await.is_error(400, "access_denied");
}

/// R6.1b: what policy refuses is said to the app in words.
#[tokio::test]
async fn what_policy_refuses_is_said_to_the_app() {
    let server = started(json!({ "establish_proximity": { "network": "refuse" } })).await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, &[]).await;
    assert_eq!(app.list().await.len(), 1, "it is listed: it can be denied");
    assert_eq!(told(&app, &id).await["refused"], "the devices are not near each other");
    let refused = decide(&app, &id, &json!({})).await;
    refused.is_error(400, "access_denied");
    assert!(refused.body.contains("the devices are not near each other"), "{}", refused.body);
    pending(&server, &id).await;
    // Nothing stands in the way of a no.
    let denied = decide(&app, &id, &json!({ "decision": "deny", "user_verification": "none" })).await;
    assert_eq!(denied.json(), json!({ "outcome": "denied" }));
}
