//! What does an app learn, of whom, and until when?

use super::phone_app::{LIFE, PhoneApp, ask, ask_with, backchannel, begin, sub_of, with_payments};
use crate::support::{Phone, START, TestServer};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tandem_core::crossing::{Addressee, Backchannel, Crossing, CrossingId, NumberAnswer, NumberMatch};

const EVENTS: &str = "/authorization-device/events";

fn ids(requests: &[Value]) -> Vec<String> {
    requests.iter().map(|request| request["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_request_is_told_whole() {
    let server = TestServer::with(with_payments).await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    let told = json!({
        "id": id.to_string(),
        "shown": {
            "crossing": id.to_string(), "client_id": "tv", "client_name": "The tv", "binding_message": "W4K9",
            "authorization_details": [{ "type": "payment", "amount": 34.5, "payee": "Cellar" }],
            "scope": "openid profile",
        },
        "initiated_at": START.as_secs(), "expires_at": START.as_secs() + LIFE,
        "address": "192.0.2.10", "how": "login_hint",
        "scope": [{ "name": "openid", "words": null }, { "name": "profile", "words": null }],
        "details": ["Pay 34.5 to Cellar"], "verified": true, "number": null,
        "lasts_for": 600, "user_verification_required": true,
    });
    assert_eq!(app.list().await, std::slice::from_ref(&told));
    let shown = app.show(id).await;
    assert_eq!(shown.json(), told);
    assert_eq!(shown.header(header::CACHE_CONTROL), "no-store");
    let mut request = app.request(Method::GET, &format!("/authorization-device/requests/{id}"), None);
    request.headers_mut().insert(header::ACCEPT_LANGUAGE, "ja".parse().unwrap());
    assert_eq!(app.send(request).await.json()["details"], json!(["Cellar に 34.5 を支払う"]));

    let bare = Backchannel {
        binding_message: None,
        authorization_details: None,
        ..backchannel(Addressee::Person(sub_of(&server, "alice").await))
    };
    let bare = app.show(begin(&server, bare, None)).await.json();
    assert_eq!(bare["shown"]["binding_message"], Value::Null);
    assert_eq!((&bare["shown"]["authorization_details"], &bare["details"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn the_number_is_never_told() {
    let server = TestServer::with(with_payments).await;
    let app = PhoneApp::of(&server, "alice").await;
    let number = |answer| NumberMatch { shown: 42, decoys: [93, 17], answer };
    let pick = ask_with(&server, "alice", number(NumberAnswer::Pick)).await;
    let typed = ask_with(&server, "alice", number(NumberAnswer::Type)).await;
    assert_eq!(app.show(pick).await.json()["number"], json!({ "choices": ["17", "42", "93"] }));
    assert_eq!(app.show(typed).await.json()["number"], json!({ "choices": [] }));
}

#[tokio::test]
async fn only_the_persons_own_open_requests_are_listed() {
    let server = TestServer::with(with_payments).await;
    let app = PhoneApp::of(&server, "alice").await;
    ask(&server, "alice").await;
    server.advance(LIFE);
    let answered = ask(&server, "alice").await;
    assert_eq!(app.decide(answered, &app.claims(answered, "deny").await).await.status, 200);
    let others = ask(&server, "bob").await;
    let nobodys = begin(&server, backchannel(Addressee::Nobody), None);
    let first = ask(&server, "alice").await;
    let second = ask(&server, "alice").await;
    assert_eq!(ids(&app.list().await), [second.to_string(), first.to_string()]);
    for not_hers in [others, nobodys, CrossingId::from_bytes([7; 16])] {
        app.show(not_hers).await.is_error(404, "invalid_request");
    }
    app.show(answered).await.is_error(400, "invalid_grant");
    server.advance(LIFE);
    app.show(first).await.is_error(400, "expired_token");
    assert!(app.list().await.is_empty());
    for garbage in ["x", "AAAAAAAAAAAAAAAAAAAAAB", "%ff", "..%2f..", &"A".repeat(5_000)] {
        let path = format!("/authorization-device/requests/{garbage}");
        let request = Request::get(path).body(Body::empty()).unwrap();
        app.send(request).await.is_error(404, "invalid_request");
    }
    assert_eq!(ids(&PhoneApp::of(&server, "bob").await.list().await), Vec::<String>::new());
}

#[tokio::test]
async fn a_code_flow_of_the_person_is_not_told() {
    let server = TestServer::start().await;
    let app = PhoneApp::of(&server, "alice").await;
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.open(&codes.user_code).await;
    assert!(app.list().await.is_empty());
    let id = CrossingId::of_secret(&codes.device_code);
    app.show(id).await.is_error(404, "invalid_request");
    app.hand_in(id, "x").await.is_error(404, "invalid_request");
}

#[tokio::test]
async fn looking_is_noted_once_and_lists_are_no_look() {
    let server = TestServer::with(with_payments).await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    let presentations = || match server.app.store.crossing(id) {
        Some(Crossing::Pending(pending)) => pending.presentations,
        other => panic!("{other:?}"),
    };
    app.list().await;
    assert_eq!(presentations(), 0);
    for _ in 0..30 {
        assert_eq!(app.show(id).await.status, 200);
    }
    assert_eq!(presentations(), 1);
}

#[tokio::test]
async fn a_proof_is_for_one_request() {
    let server = TestServer::with(with_payments).await;
    let app = PhoneApp::of(&server, "alice").await;
    let (one, two) = (ask(&server, "alice").await, ask(&server, "alice").await);
    let of = |id| format!("/authorization-device/requests/{id}");
    let mut request = app.request(Method::GET, &of(one), None);
    let proof = app.proof(&Method::GET, &of(two));
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    app.send(request).await.is_error(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn an_unknown_or_removed_device_learns_and_decides_nothing() {
    let server = TestServer::with(with_payments).await;
    let id = ask(&server, "alice").await;
    let stranger = PhoneApp::new(&server);
    let removed = PhoneApp::of(&server, "alice").await;
    let claims = removed.claims(id, "approve").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let csrf = alice.get("/account/devices").await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("device", &removed.key.thumbprint())];
    assert_eq!(alice.post("/account/devices/remove", &form).await.status, 303);
    for app in [&stranger, &removed] {
        for path in
            ["/authorization-device/requests", &format!("/authorization-device/requests/{id}"), EVENTS]
        {
            let answer = app.get(path).await;
            answer.is_error(401, "invalid_token");
            assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("DPoP"));
        }
        app.decide(id, &claims).await.is_error(401, "invalid_token");
        app.forget().await.is_error(401, "invalid_token");
    }
    assert!(matches!(server.app.store.crossing(id), Some(Crossing::Pending(_))));
}

#[tokio::test]
async fn a_device_can_forget_itself() {
    let server = TestServer::start().await;
    let app = PhoneApp::of(&server, "alice").await;
    let other = PhoneApp::of(&server, "alice").await;
    let answer = app.forget().await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    app.get("/authorization-device/requests").await.is_error(401, "invalid_token");
    assert!(other.list().await.is_empty(), "the other device stays");
    let events = server.app.store.events(1, None).await.unwrap();
    assert_eq!(events[0].event.kind, "authorization_device_removed");
}
