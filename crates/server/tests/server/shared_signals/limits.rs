//! How much may a receiver change, and what is lost where too much waits?

use super::{POLL, with_receivers};
use crate::support::{Answer, TestServer};
use axum::http::header;
use serde_json::{Value, json};
use tandem_server::config::RateLimit;
use tandem_server::shared_signals::push::sweep;

async fn limited() -> TestServer {
    TestServer::with(|config| {
        with_receivers(config);
        config.rate_limits.stream_client = RateLimit::of(4, 2);
    })
    .await
}

#[track_caller]
fn is_too_much(answer: &Answer, seconds: &str) {
    answer.is_error(429, "temporarily_unavailable");
    assert_eq!(answer.header(header::RETRY_AFTER), seconds);
}

/// Each change is a write: a receiver, or whoever has its token, cannot make the disk the bottleneck of everybody.
#[tokio::test]
async fn a_receiver_changes_so_much_in_a_time_and_no_more() {
    let server = limited().await;
    let stream = server.polled().await;
    let subject = json!({ "stream_id": stream, "subject": { "format": "opaque", "id": "x" } });
    let status = json!({ "stream_id": stream, "status": "enabled" });
    let change = async |path: &str, body: &Value| server.ssf("shop", "POST", path, Some(body)).await;
    assert_eq!(change("/ssf/subjects/add", &subject).await.status, 200);
    assert_eq!(change("/ssf/subjects/remove", &subject).await.status, 204);
    assert_eq!(change("/ssf/status", &status).await.status, 200);
    for (path, body) in [
        ("/ssf/subjects/add", &subject),
        ("/ssf/subjects/remove", &subject),
        ("/ssf/status", &status),
        ("/ssf/stream", &json!({})),
        ("/ssf/verification", &json!({ "stream_id": stream })),
    ] {
        is_too_much(&change(path, body).await, "30");
    }
    for method in ["PATCH", "PUT"] {
        is_too_much(
            &server.ssf("shop", method, "/ssf/stream", Some(&json!({ "stream_id": stream }))).await,
            "30",
        );
    }
    let here = format!("/ssf/stream?stream_id={stream}");
    is_too_much(&server.ssf("shop", "DELETE", &here, None).await, "30");
    // Reading goes on, and others are not concerned.
    assert_eq!(server.ssf("shop", "GET", &here, None).await.status, 200);
    assert_eq!(server.fetch(&stream, &json!({})).await["sets"], json!({}));
    let wanted = json!({ "delivery": { "method": POLL }, "events_requested": super::all_events() });
    assert_eq!(server.ssf("bank", "POST", "/ssf/stream", Some(&wanted)).await.status, 201);
    server.advance(30);
    assert_eq!(change("/ssf/subjects/add", &subject).await.status, 200);
    is_too_much(&change("/ssf/subjects/add", &subject).await, "30");
}

/// Nobody else uses up what a receiver may change: the token is looked at first.
#[tokio::test]
async fn a_stranger_uses_up_nothing() {
    let server = limited().await;
    for _ in 0..10 {
        let forged = super::call("POST", "/ssf/status", Some("forged"), Some(&json!({ "stream_id": "x" })));
        server.send(forged).await.is_error(401, "invalid_token");
        server
            .ssf("reader", "POST", "/ssf/status", Some(&json!({})))
            .await
            .is_error(403, "insufficient_scope");
    }
    server.polled().await;
}

/// Somebody hears that something was lost, and a flood does not fill the record.
#[tokio::test]
async fn what_a_full_stream_drops_is_recorded_once_an_hour() {
    let server = super::transmitter().await;
    let stream = server.polled().await;
    let many = |count: u32| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
    let recorded = async || {
        let events = server.app.store.events(1000, None).await.unwrap().into_iter().map(|one| one.event);
        let dropped = events.filter(|event| event.kind == "set_dropped");
        dropped.map(|event| (event.client_id.unwrap().to_string(), event.detail.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(server.signed_out(&many(50_000)).await, 50_000);
    sweep(&server.app).await.unwrap();
    assert!(recorded().await.is_empty());
    assert_eq!(server.signed_out(&many(7)).await, 0);
    assert_eq!(server.signed_out(&many(2)).await, 0);
    sweep(&server.app).await.unwrap();
    let words = |count: u32| ("shop".to_owned(), format!("{count} in stream {stream}: too many wait in it"));
    assert_eq!(recorded().await, [words(9)]);
    for _ in 0..3 {
        server.advance(1199);
        server.signed_out(&many(1)).await;
        sweep(&server.app).await.unwrap();
    }
    assert_eq!(recorded().await.len(), 1);
    server.advance(3);
    server.signed_out(&many(4)).await;
    sweep(&server.app).await.unwrap();
    assert_eq!(recorded().await, [words(4), words(9)]);
}
