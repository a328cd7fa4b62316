//! Who can become a person's device?

use super::phone_app::{PhoneApp, registration_code, sub_of};
use crate::support::{ISSUER, PHONE, Phone, TestServer};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_server::config::{DpopNonce, RateLimit};
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_store::{AuthorizationDevice, DeviceChannel};

const REGISTER: &str = "/authorization-device/register";

fn with_code(code: &str) -> Value {
    json!({ "registration_code": code, "name": "A phone" })
}

async fn devices_of(server: &TestServer, username: &str) -> usize {
    let sub = sub_of(server, username).await;
    server.app.store.authorization_devices_of(&sub).await.unwrap().len()
}

#[tokio::test]
async fn a_code_and_a_key_make_a_device() {
    let server = TestServer::start().await;
    let app = PhoneApp::new(&server);
    let code = registration_code(&server, "alice").await;
    let push = json!({
        "endpoint": "https://push.example.net/secret-endpoint",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    });
    let body = json!({ "registration_code": code, "name": " Alice\u{202e}'s  phone ", "push": push });
    let answer = app.register(&body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = app.key.thumbprint();
    let made = json!({ "device_id": id, "name": "Alice's phone", "username": "alice", "issuer": ISSUER });
    assert_eq!(answer.json(), made);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");

    let stored = server.app.store.authorization_devices_of(&sub_of(&server, "alice").await).await.unwrap();
    assert_eq!((stored.len(), stored[0].id.to_string()), (1, id));
    assert!(!stored[0].detail.contains("push.example.net"), "sealed");
    let events = server.app.store.events(1, None).await.unwrap();
    let event = &events[0].event;
    assert_eq!((event.kind.as_str(), event.detail.as_deref()), ("authorization_device_added", Some("app")));
    assert_eq!(event.address.unwrap().to_string(), PHONE);
    let page = Phone::signed_in(&server, "alice").await.get("/account/devices").await;
    assert!(page.body.contains("Alice&#x27;s phone"), "{}", page.body);
    assert!(app.list().await.is_empty());
}

#[tokio::test]
async fn a_code_that_we_did_not_make_is_worthless() {
    let server = TestServer::start().await;
    let app = PhoneApp::new(&server);
    let code = registration_code(&server, "alice").await;
    let flipped = format!("{}{}", &code[..code.len() - 1], if code.ends_with('A') { 'B' } else { 'A' });
    let page = Phone::signed_in(&server, "alice").await.get("/account/devices").await;
    for wrong in ["", "wrong", &code[1..], &flipped, &format!("{code}AAAA"), &page.field("csrf")] {
        app.register(&with_code(wrong)).await.is_error(400, "invalid_grant");
    }
    assert_eq!(devices_of(&server, "alice").await, 0);
    assert_eq!(app.register(&with_code(&code)).await.status, 201, "the code itself is still good");
}

#[tokio::test]
async fn a_code_works_once() {
    let server = TestServer::start().await;
    let code = registration_code(&server, "alice").await;
    let first = PhoneApp::new(&server);
    assert_eq!(first.register(&with_code(&code)).await.status, 201);
    PhoneApp::new(&server).register(&with_code(&code)).await.is_error(400, "invalid_grant");
    first.register(&with_code(&code)).await.is_error(400, "invalid_grant");
    assert_eq!(devices_of(&server, "alice").await, 1);
    let server = server.restart().await;
    PhoneApp::new(&server).register(&with_code(&code)).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn fifty_apps_with_one_code_make_one_device() {
    let server = TestServer::with(|config| config.rate_limits.guess_address = RateLimit::OFF).await;
    let code = registration_code(&server, "alice").await;
    let apps: Vec<_> = (0..50).map(|_| PhoneApp::new(&server)).collect();
    let body = with_code(&code);
    let mut made = 0;
    for answer in futures_util::future::join_all(apps.iter().map(|app| app.register(&body))).await {
        match answer.status {
            201 => made += 1,
            _ => answer.is_error(400, "invalid_grant"),
        }
    }
    assert_eq!((made, devices_of(&server, "alice").await), (1, 1));
}

#[tokio::test]
async fn a_code_works_for_ten_minutes() {
    let server = TestServer::start().await;
    let (late, early) =
        (registration_code(&server, "alice").await, registration_code(&server, "alice").await);
    server.advance(599);
    assert_eq!(PhoneApp::new(&server).register(&with_code(&early)).await.status, 201);
    server.advance(1);
    PhoneApp::new(&server).register(&with_code(&late)).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_key_is_one_persons() {
    let server = TestServer::start().await;
    let alices = PhoneApp::of(&server, "alice").await;
    let code = registration_code(&server, "bob").await;
    alices.register(&with_code(&code)).await.is_error(400, "invalid_request");
    assert_eq!((devices_of(&server, "alice").await, devices_of(&server, "bob").await), (1, 0));
    assert_eq!(
        PhoneApp::new(&server).register(&with_code(&code)).await.status,
        201,
        "the code was not spent"
    );
    // The same person may register it again: it is the same device.
    let code = registration_code(&server, "alice").await;
    let again = json!({ "registration_code": code, "name": "A new name" });
    assert_eq!(alices.register(&again).await.json()["name"], "A new name");
    assert_eq!(devices_of(&server, "alice").await, 1);
}

#[tokio::test]
async fn what_cannot_be_a_device_spends_no_code() {
    let server = TestServer::with(|config| config.rate_limits.guess_address = RateLimit::OFF).await;
    let app = PhoneApp::new(&server);
    let code = registration_code(&server, "alice").await;
    for body in [
        json!({}),
        json!([]),
        json!({ "registration_code": code }),
        json!({ "name": "x" }),
        json!({ "registration_code": code, "name": "" }),
        json!({ "registration_code": code, "name": " \u{200b} " }),
        json!({ "registration_code": code, "name": 1 }),
        json!({ "registration_code": code, "name": "x", "push": {} }),
        json!({ "registration_code": code, "name": "x", "push": { "endpoint": "http://10.0.0.1/", "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg" } } }),
    ] {
        app.register(&body).await.is_error(400, "invalid_request");
    }
    let big = json!({ "registration_code": code, "name": "x".repeat(70_000) });
    app.register(&big).await.is_error(413, "invalid_request");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let mut request = app.request(Method::POST, REGISTER, Some(&with_code(&code)));
        request.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        app.send(request).await.is_error(400, "invalid_request");
    }
    let twice = format!(r#"{{"registration_code":"{code}","name":"a","name":"b"}}"#);
    let mut request = app.request(Method::POST, REGISTER, Some(&json!({})));
    *request.body_mut() = Body::from(twice);
    app.send(request).await.is_error(400, "invalid_request");
    assert_eq!(devices_of(&server, "alice").await, 0);
    assert_eq!(app.register(&with_code(&code)).await.status, 201);
}

#[tokio::test]
async fn the_key_must_be_proved_for_this_call_once() {
    let server = TestServer::start().await;
    let app = PhoneApp::new(&server);
    let body = with_code(&registration_code(&server, "alice").await);
    let with = |proofs: &[String]| {
        let mut request = app.request(Method::POST, REGISTER, Some(&body));
        request.headers_mut().remove("dpop");
        for proof in proofs {
            request.headers_mut().append("dpop", proof.parse().unwrap());
        }
        request
    };
    let good = || app.proof(&Method::POST, REGISTER);
    let elsewhere = app.proof(&Method::POST, "/authorization-device/requests");
    let get = app.proof(&Method::GET, REGISTER);
    for proofs in [vec![], vec![good(), good()], vec!["x".to_owned()], vec![elsewhere], vec![get]] {
        app.send(with(&proofs)).await.is_error(400, "invalid_dpop_proof");
    }
    let old = good();
    server.advance(3600);
    app.send(with(&[old])).await.is_error(400, "invalid_dpop_proof");
    assert_eq!(devices_of(&server, "alice").await, 0);
    let body = with_code(&registration_code(&server, "alice").await);
    let once = good();
    let mut request = app.request(Method::POST, REGISTER, Some(&body));
    request.headers_mut().insert("dpop", once.parse().unwrap());
    assert_eq!(app.send(request).await.status, 201);
    let mut replay = app.request(Method::GET, "/authorization-device/requests", None);
    let list = app.proof(&Method::GET, "/authorization-device/requests");
    replay.headers_mut().insert("dpop", list.parse().unwrap());
    assert_eq!(app.send(replay).await.status, 200);
    let mut replay = app.request(Method::GET, "/authorization-device/requests", None);
    replay.headers_mut().insert("dpop", list.parse().unwrap());
    app.send(replay).await.is_error(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_nonce_is_demanded_where_the_operator_wants_it() {
    let server = TestServer::with(|config| config.dpop.nonce = DpopNonce::Required).await;
    let app = PhoneApp::new(&server);
    let code = registration_code(&server, "alice").await;
    let asked = app.register(&with_code(&code)).await;
    asked.is_error(400, "use_dpop_nonce");
    let nonce = asked.headers["dpop-nonce"].to_str().unwrap().to_owned();
    let extra = json!({ "nonce": nonce });
    let proof = app.key.proof("POST", &format!("{ISSUER}{REGISTER}"), server.now().as_secs(), &extra);
    let mut request = app.request(Method::POST, REGISTER, Some(&with_code(&code)));
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    let answer = app.send(request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(answer.headers.contains_key("dpop-nonce"), "the next one comes with every answer");
}

#[tokio::test]
async fn wrong_codes_are_limited_by_address() {
    let server = TestServer::with(|config| config.rate_limits.guess_address = RateLimit::of(3, 2)).await;
    let app = PhoneApp::new(&server);
    let code = registration_code(&server, "alice").await;
    for _ in 0..3 {
        app.register(&with_code("wrong")).await.is_error(400, "invalid_grant");
    }
    let limited = app.register(&with_code(&code)).await;
    limited.is_error(429, "temporarily_unavailable");
    assert_eq!(limited.header(header::RETRY_AFTER), "30");
    let request = app.request(Method::POST, REGISTER, Some(&with_code(&code)));
    assert_eq!(server.send_from("192.0.2.99", request).await.status, 201);
}

#[tokio::test]
async fn twenty_devices_leave_no_room_for_an_app_but_one_that_is_gone_does() {
    let server = TestServer::start().await;
    let sub = sub_of(&server, "alice").await;
    let device = |number: u8, kind: DeviceChannel, detail: String| AuthorizationDevice {
        id: Digest::of(&[number]),
        sub: Arc::clone(&sub),
        kind,
        name: String::new(),
        detail,
        created_at: server.now(),
        last_used_at: None,
    };
    for number in 0..20 {
        let other = device(number, DeviceChannel::App, String::new());
        assert!(server.app.store.put_authorization_device(other).await.unwrap());
    }
    let app = PhoneApp::new(&server);
    let code = registration_code(&server, "alice").await;
    let refused = app.register(&with_code(&code)).await;
    refused.is_error(400, "invalid_request");
    assert_eq!(devices_of(&server, "alice").await, 20);

    server.app.store.remove_authorization_device(Digest::of(&[7]), &sub).await.unwrap();
    let gone = device_detail::seal(&server.app.keys, &Detail::WebPushGone).unwrap();
    let gone = device(77, DeviceChannel::WebPush, gone);
    assert!(server.app.store.put_authorization_device(gone).await.unwrap());
    let code = registration_code(&server, "alice").await;
    assert_eq!(app.register(&with_code(&code)).await.status, 201);
    assert_eq!(devices_of(&server, "alice").await, 20);
    assert_eq!(server.app.store.authorization_device(Digest::of(&[77])).await, Ok(None));
}

#[tokio::test]
async fn a_code_opened_in_a_browser_leaves_the_address_at_once() {
    let server = TestServer::start().await;
    let code = registration_code(&server, "alice").await;
    let answer = server.get(&format!("{REGISTER}?code={code}")).await;
    assert_eq!(answer.location(), "/account/devices");
    assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer");
    assert_eq!(PhoneApp::new(&server).register(&with_code(&code)).await.status, 201, "nothing was spent");
}

#[tokio::test]
async fn other_methods_are_refused_in_the_same_form() {
    let server = TestServer::start().await;
    for (method, path, allowed) in [
        (Method::GET, "/authorization-device", "DELETE"),
        (Method::PUT, REGISTER, "GET,HEAD,POST"),
        (Method::POST, "/authorization-device/requests", "GET,HEAD"),
        (Method::DELETE, "/authorization-device/requests/AAAAAAAAAAAAAAAAAAAAAA", "GET,HEAD"),
        (Method::GET, "/authorization-device/requests/AAAAAAAAAAAAAAAAAAAAAA/decision", "POST"),
        (Method::POST, "/authorization-device/events", "GET,HEAD"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        answer.is_error(405, "invalid_request");
        assert_eq!(answer.header(header::ALLOW), allowed, "{path}");
    }
}
