//! SSF section 8.1.4: a stream shows that it works.

use crate::shared_signals::{PUSH, VERIFICATION, transmitter};
use crate::support::receiver::Receiver;
use axum::http::header;
use serde_json::json;

#[tokio::test]
async fn a_verification_brings_the_state_whatever_events_were_asked_for() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    let wanted = json!({ "delivery": { "method": PUSH, "endpoint_url": receiver.url } });
    let stream = server.ssf("shop", "POST", "/ssf/stream", Some(&wanted)).await.json();
    assert_eq!(stream["events_delivered"], json!([]));
    let id = &stream["stream_id"];
    let body = json!({ "stream_id": id, "state": "VGhpcyBpcyBh" });
    let answer = server.ssf("shop", "POST", "/ssf/verification", Some(&body)).await;
    assert_eq!(
        (answer.status, answer.body.as_str(), answer.header(header::CACHE_CONTROL)),
        (204, "", "no-store")
    );
    assert_eq!(server.push().await, 1);
    let claims = server.pushed_claims(&receiver.calls()).await.remove(0);
    assert_eq!(claims["sub_id"], json!({ "format": "opaque", "id": id }));
    assert_eq!(claims["events"], json!({ VERIFICATION: { "state": "VGhpcyBpcyBh" } }));
}

#[tokio::test]
async fn without_a_state_there_is_none() {
    let server = transmitter().await;
    let id = server.polled().await;
    let answer = server.ssf("shop", "POST", "/ssf/verification", Some(&json!({ "stream_id": id }))).await;
    assert_eq!(answer.status, 204);
    let sets = server.fetch(&id, &json!({})).await["sets"].clone();
    let (jti, set) = sets.as_object().unwrap().iter().next().unwrap();
    let claims = server.claims(set.as_str().unwrap(), "shop").await;
    assert_eq!(claims["events"], json!({ VERIFICATION: {} }));
    assert_eq!(claims["jti"], json!(jti));
}

#[tokio::test]
async fn a_stream_is_verified_no_more_often_than_it_says() {
    let server = transmitter().await;
    let id = server.polled().await;
    let body = json!({ "stream_id": id });
    assert_eq!(server.ssf("shop", "POST", "/ssf/verification", Some(&body)).await.status, 204);
    server.advance(29);
    let early = server.ssf("shop", "POST", "/ssf/verification", Some(&body)).await;
    assert_eq!((early.status, early.header(header::RETRY_AFTER)), (429, "1"));
    server.advance(1);
    assert_eq!(server.ssf("shop", "POST", "/ssf/verification", Some(&body)).await.status, 204);
}

#[tokio::test]
async fn malformed_and_foreign_verifications_are_refused() {
    let server = transmitter().await;
    let id = server.polled().await;
    for body in [
        json!({}),
        json!({ "stream_id": id, "state": 1 }),
        json!({ "stream_id": id, "state": "x".repeat(1025) }),
    ] {
        server.ssf("shop", "POST", "/ssf/verification", Some(&body)).await.is_error(400, "invalid_request");
    }
    let unknown = json!({ "stream_id": "unknown" });
    assert_eq!(server.ssf("shop", "POST", "/ssf/verification", Some(&unknown)).await.status, 404);
    server.set_status(&id, "disabled").await;
    let disabled = server.ssf("shop", "POST", "/ssf/verification", Some(&json!({ "stream_id": id }))).await;
    disabled.is_error(400, "invalid_request");
}
