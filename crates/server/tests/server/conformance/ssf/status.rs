//! SSF section 8.1.2: enabled, paused, disabled.

use crate::shared_signals::{subs, transmitter};
use crate::support::receiver::Receiver;
use axum::http::header;
use serde_json::json;

#[tokio::test]
async fn a_status_is_set_and_read_with_its_reason() {
    let server = transmitter().await;
    let id = server.polled().await;
    let path = format!("/ssf/status?stream_id={id}");
    let read = server.ssf("shop", "GET", &path, None).await;
    assert_eq!((read.status, read.header(header::CACHE_CONTROL)), (200, "no-store"));
    assert_eq!(read.json(), json!({ "stream_id": id, "status": "enabled" }));
    for wanted in [
        json!({ "stream_id": id, "status": "paused", "reason": "We move house." }),
        json!({ "stream_id": id, "status": "disabled" }),
        json!({ "stream_id": id, "status": "enabled", "reason": "Back." }),
    ] {
        let set = server.ssf("shop", "POST", "/ssf/status", Some(&wanted)).await;
        assert_eq!((set.status, set.json()), (200, wanted.clone()));
        assert_eq!(server.ssf("shop", "GET", &path, None).await.json(), wanted);
    }
}

#[tokio::test]
async fn malformed_status_requests_are_refused() {
    let server = transmitter().await;
    let id = server.polled().await;
    for wanted in [
        json!({ "stream_id": id }),
        json!({ "status": "paused" }),
        json!({ "stream_id": id, "status": "stopped" }),
        json!({ "stream_id": id, "status": "paused", "reason": "x".repeat(257) }),
    ] {
        server.ssf("shop", "POST", "/ssf/status", Some(&wanted)).await.is_error(400, "invalid_request");
    }
    server.ssf("shop", "GET", "/ssf/status", None).await.is_error(400, "invalid_request");
    let unknown = json!({ "stream_id": "unknown", "status": "paused" });
    assert_eq!(server.ssf("shop", "POST", "/ssf/status", Some(&unknown)).await.status, 404);
    assert_eq!(server.ssf("shop", "GET", "/ssf/status?stream_id=unknown", None).await.status, 404);
}

#[tokio::test]
async fn a_paused_stream_holds_and_an_enabled_one_sends_what_was_held_in_order() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    let id = server.pushed(&receiver.url).await;
    server.set_status(&id, "paused").await;
    for _ in 0..3 {
        server.signed_out(&["alice"]).await;
        server.advance(1);
    }
    assert_eq!(server.push().await, 0);
    server.set_status(&id, "enabled").await;
    assert_eq!(server.push().await, 3);
    let claims = server.pushed_claims(&receiver.calls()).await;
    assert_eq!(subs(&claims), ["alice"; 3]);
    let mut at: Vec<u64> = claims.iter().map(|claims| claims["iat"].as_u64().unwrap()).collect();
    at.dedup();
    assert_eq!(at.len(), 3);
}

#[tokio::test]
async fn a_paused_stream_gives_nothing_to_whoever_fetches() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&["alice"]).await;
    server.set_status(&id, "paused").await;
    assert_eq!(server.fetch(&id, &json!({})).await, json!({ "sets": {}, "moreAvailable": false }));
    server.set_status(&id, "enabled").await;
    assert_eq!(server.fetch(&id, &json!({})).await["sets"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_disabled_stream_sends_and_holds_nothing() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&["before"]).await;
    server.set_status(&id, "disabled").await;
    assert_eq!(server.signed_out(&["meanwhile"]).await, 0);
    server.set_status(&id, "enabled").await;
    server.signed_out(&["after"]).await;
    let sets = server.fetch(&id, &json!({})).await["sets"].clone();
    let sets: Vec<_> = sets.as_object().unwrap().values().collect();
    assert_eq!(sets.len(), 1);
    assert_eq!(server.claims(sets[0].as_str().unwrap(), "shop").await["sub_id"]["sub"], "after");
}
