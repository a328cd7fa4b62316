//! What can go wrong, or be made to go wrong, on the way to an answer?

use crate::support::{Phone, TestServer, policy};
use serde_json::json;

#[tokio::test]
async fn i_did_not_start_this_denies_and_is_recorded() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let page = Phone::signed_in(&server, "alice").await.decide(&codes.user_code, "report").await;
    assert!(page.body.contains("never") || page.body.contains("Never"), "it says what never to do");
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
    let events = server.app.store.events(10, None).await.unwrap();
    let event = &events.iter().find(|event| event.event.kind == "reported").expect("a security event").event;
    assert_eq!(event.client_id.as_deref(), Some("tv"));
    assert_eq!(event.address.unwrap().to_string(), crate::support::PHONE);
}

#[tokio::test]
async fn an_answer_counts_once() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    assert_eq!(phone.answer(&question, "deny").await.status, 200);
    let again = phone.answer(&question, "allow").await;
    assert_eq!(again.status, 410);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

#[tokio::test]
async fn a_form_without_its_csrf_token_or_crossing_grants_nothing() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    let (csrf, crossing) = (question.field("csrf"), question.field("crossing"));
    for form in [
        vec![("decision", "allow"), ("crossing", crossing.as_str())],
        vec![("decision", "allow"), ("crossing", &crossing), ("csrf", "wrong")],
        vec![("decision", "allow"), ("csrf", &csrf)],
        vec![("decision", "allow"), ("csrf", &csrf), ("crossing", "wrong")],
        vec![("csrf", &csrf), ("crossing", &crossing)],
        vec![("decision", "maybe"), ("csrf", &csrf), ("crossing", &crossing)],
    ] {
        let answer = phone.post("/device/decision", &form).await;
        assert_ne!(answer.status, 200, "{form:?}");
    }
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn another_sessions_form_is_worthless() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let question = Phone::signed_in(&server, "alice").await.open(&codes.user_code).await;
    let bob = Phone::signed_in(&server, "bob").await;
    let csrf = bob.get("/device").await.field("csrf");
    let form = [("decision", "allow"), ("csrf", csrf.as_str()), ("crossing", &question.field("crossing"))];
    assert_ne!(bob.post("/device/decision", &form).await.status, 200);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    let form =
        [("decision", "allow"), ("csrf", &question.field("csrf")), ("crossing", &question.field("crossing"))]
            .map(|(name, value)| (name, value.to_owned()));
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut request = crate::support::form_request("/device/decision", &pairs);
    request.headers_mut().insert("origin", "https://evil.example.com".parse().unwrap());
    assert_eq!(phone.send(request).await.status, 403);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_code_belongs_to_the_first_person_who_opened_it() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    assert_eq!(Phone::signed_in(&server, "alice").await.open(&codes.user_code).await.status, 200);
    let second = Phone::signed_in(&server, "bob").await.open(&codes.user_code).await;
    assert_eq!(second.status, 403);
}

#[tokio::test]
async fn a_code_can_be_opened_a_few_times_only() {
    let server = TestServer::with(|config| {
        config.policy = policy(json!({ "one_time_codes": { "presentations": 3 } }));
    })
    .await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    for _ in 0..3 {
        assert_eq!(phone.open(&codes.user_code).await.status, 200);
    }
    assert_eq!(phone.open(&codes.user_code).await.status, 403);
}

#[tokio::test]
async fn pages_are_sealed_off() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let page = phone.open(&codes.user_code).await;
    for (name, part) in [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age="),
    ] {
        let value = page.headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert!(value.contains(part), "{name}: {value}");
    }
    assert!(!page.body.contains("autofocus"));
    let (deny, allow) =
        (page.body.find("value=\"deny\"").unwrap(), page.body.find("value=\"allow\"").unwrap());
    assert!(deny < allow, "deny comes first");
}

#[tokio::test]
async fn pending_codes_and_approvals_outlive_a_restart() {
    let server = TestServer::start().await;
    let pending = server.device_authorization().await;
    let approved = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&approved.user_code).await;
    let server = server.restart().await;
    assert_eq!(server.poll(&approved.device_code).await.status, 200);
    server.poll(&approved.device_code).await.is_error(400, "invalid_grant");
    Phone::signed_in(&server, "bob").await.allow(&pending.user_code).await;
    assert_eq!(server.poll(&pending.device_code).await.status, 200);
    let server = server.restart().await;
    server.poll(&approved.device_code).await.is_error(400, "invalid_grant");
}
