//! Is every bad input answered in the right form, with nothing half-done?

use crate::support::{Phone, TestServer};
use axum::body::Body;
use axum::http::{Request, header};

const ENDPOINTS: [&str; 4] = ["/device_authorization", "/token", "/introspect", "/revoke"];

fn raw(path: &str, content_type: Option<&str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(path);
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    request.body(body.into()).unwrap()
}

#[tokio::test]
async fn forms_that_are_none_are_invalid_requests_at_every_endpoint() {
    let server = TestServer::start().await;
    let form = Some("application/x-www-form-urlencoded");
    let many = (0..100).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
    for path in ENDPOINTS {
        for (content_type, body) in [
            (None, &b"client_id=tv"[..]),
            (Some("application/json"), b"{\"client_id\":\"tv\"}"),
            (Some("multipart/form-data; boundary=x"), b"--x--"),
            (form, b"client_id=tv&client_id=tv"),
            (form, b"client_id=%ff%fe"),
            (form, b"client_id=%zz"),
            (form, b"\xff\xff=\xff"),
            (form, many.as_bytes()),
        ] {
            let answer = server.send(raw(path, content_type, body.to_vec())).await;
            answer.is_error(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn oversized_bodies_are_413_and_other_methods_405() {
    let server = TestServer::start().await;
    for path in ENDPOINTS {
        let body = format!("client_id=tv&x={}", "y".repeat(100_000));
        let answer = server.send(raw(path, Some("application/x-www-form-urlencoded"), body)).await;
        answer.is_error(413, "invalid_request");
        let answer = server.get(path).await;
        answer.is_error(405, "invalid_request");
        assert_eq!(answer.header(header::ALLOW), "POST");
    }
}

#[tokio::test]
async fn bad_page_forms_get_a_page() {
    let server = TestServer::start().await;
    let phone = Phone::new(&server);
    let csrf = phone.get("/device").await.field("csrf");
    let form = Some("application/x-www-form-urlencoded");
    for (body, status) in [
        (format!("csrf={csrf}&user_code=%ff"), 400),
        (format!("csrf={csrf}&user_code=a&user_code=b"), 400),
        (format!("csrf={csrf}&user_code={}", "A".repeat(100_000)), 413),
        ("user_code=WDJB-MJHT".to_owned(), 403),
        ("csrf=wrong&user_code=WDJB-MJHT".to_owned(), 403),
    ] {
        let answer = phone.send(raw("/device", form, body)).await;
        assert_eq!(answer.status, status);
        assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"));
    }
    assert_eq!(phone.send(raw("/device", Some("application/json"), "{}")).await.status, 400);
}

#[tokio::test]
async fn garbage_cookies_are_an_anonymous_browser() {
    let server = TestServer::start().await;
    for cookie in [
        "__Host-tandem=garbage",
        "__Host-tandem=; __Host-tandem-crossing=x",
        "=;;=;",
        &format!("__Host-tandem={}", "A".repeat(7000)),
        "__Host-tandem=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; __Host-tandem=BBBB",
    ] {
        for path in ["/", "/device", "/device/decision", "/account", "/sign-in"] {
            let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
            let answer = server.send(request).await;
            assert!(matches!(answer.status, 200 | 303), "{path} {cookie}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn unknown_addresses_get_a_page() {
    let server = TestServer::start().await;
    for path in ["/nothing", "/static/nothing", "/device/x", "/%ff", "/..%2f..%2fetc/passwd"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_expired_session_asks_to_sign_in_again() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    server.advance(599);
    server
        .app
        .store
        .end_sessions_of(&server.app.store.user_by_username("alice").await.unwrap().unwrap().sub)
        .await
        .unwrap();
    let answer = phone.answer(&question, "allow").await;
    assert_eq!(answer.location(), "/sign-in?next=/device/decision");
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

/// What takes up the last room on the disk.
fn filling() -> tandem_store::SecurityEvent {
    tandem_store::SecurityEvent {
        at: crate::support::START,
        kind: "filling".to_owned(),
        crossing: None,
        sub: None,
        client_id: None,
        address: None,
        detail: Some("x".repeat(100)),
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_done() {
    let server = TestServer::start().await;
    let (first, second) = (server.device_authorization().await, server.device_authorization().await);
    let phone = Phone::signed_in(&server, "alice").await;
    phone.allow(&first.user_code).await;
    let question = phone.open(&second.user_code).await;
    server.app.store.limit_size(4096);
    while server.app.store.record_event(filling()).await.is_ok() {}
    for _ in 0..40 {
        // They are only in memory until there is room again.
        server.device_authorization().await;
    }
    let answer = phone.answer(&question, "allow").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"));
    let poll = server.poll(&first.device_code).await;
    poll.is_error(503, "temporarily_unavailable");
    assert!(!poll.header(header::RETRY_AFTER).is_empty());
    server.app.store.limit_size(u64::MAX);
    server.advance(5);
    assert_eq!(server.poll(&first.device_code).await.status, 200, "the approval was not lost");
    server.poll(&second.device_code).await.is_error(400, "authorization_pending");
    assert_eq!(phone.answer(&question, "allow").await.status, 200, "and the same form still works");
    server.advance(5);
    assert_eq!(server.poll(&second.device_code).await.status, 200);
}
