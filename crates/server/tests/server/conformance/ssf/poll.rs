//! RFC 8936: tokens are fetched, acknowledged, and refused.

use crate::shared_signals::{transmitter, with_receivers};
use crate::support::TestServer;
use axum::http::header;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde_json::{Value, json};
use std::time::Duration;

fn jtis(answer: &Value) -> Vec<String> {
    answer["sets"].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn what_waits_is_fetched_by_name() {
    let server = transmitter().await;
    let id = server.polled().await;
    let none = server.fetch(&id, &json!({})).await;
    assert_eq!(none, json!({ "sets": {}, "moreAvailable": false }));
    server.signed_out(&["alice"]).await;
    server.new_password("bob").await;
    let answer = server.fetch(&id, &json!({})).await;
    assert_eq!((jtis(&answer).len(), &answer["moreAvailable"]), (2, &json!(false)));
    for (jti, set) in answer["sets"].as_object().unwrap() {
        assert_eq!(server.claims(set.as_str().unwrap(), "shop").await["jti"], jti.as_str());
    }
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_and_what_was_does_not() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&["alice", "bob"]).await;
    let first = server.fetch(&id, &json!({ "maxEvents": 1 })).await;
    assert_eq!((jtis(&first).len(), &first["moreAvailable"]), (1, &json!(true)));
    let again = server.fetch(&id, &json!({ "maxEvents": 1 })).await;
    assert_eq!(jtis(&again), jtis(&first), "the same name");
    let next = server.fetch(&id, &json!({ "maxEvents": 1, "ack": jtis(&first) })).await;
    assert_ne!(jtis(&next), jtis(&first));
    assert_eq!(next["moreAvailable"], json!(false));
    let server = server.restart().await;
    let last = server.fetch(&id, &json!({ "ack": jtis(&first) })).await;
    assert_eq!(jtis(&last), jtis(&next), "acknowledged twice is acknowledged");
    let done = server.fetch(&id, &json!({ "ack": jtis(&last) })).await;
    assert_eq!(jtis(&done), [""; 0]);
}

#[tokio::test]
async fn an_acknowledgement_alone_brings_nothing() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&["alice", "bob"]).await;
    let first = server.fetch(&id, &json!({ "maxEvents": 1 })).await;
    let body = json!({ "maxEvents": 0, "ack": jtis(&first) });
    let answer = server.ssf("shop", "POST", &format!("/ssf/poll/{id}"), Some(&body)).await;
    assert_eq!((answer.status, answer.header(header::CACHE_CONTROL)), (200, "no-store"));
    assert_eq!(answer.json(), json!({ "sets": {}, "moreAvailable": true }));
}

#[tokio::test]
async fn names_of_others_are_not_acknowledged() {
    let server = transmitter().await;
    let (one, two) = (server.polled().await, server.polled().await);
    server.signed_out(&["alice"]).await;
    let of_two = jtis(&server.fetch(&two, &json!({})).await);
    let answer = server.fetch(&one, &json!({ "ack": [of_two[0], "nonsense", "x".repeat(5000)] })).await;
    assert_eq!(jtis(&answer).len(), 1);
    assert_eq!(jtis(&server.fetch(&two, &json!({})).await), of_two);
}

#[tokio::test]
async fn a_token_that_its_receiver_cannot_use_is_recorded_and_gone() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&["alice", "bob"]).await;
    let first = jtis(&server.fetch(&id, &json!({ "maxEvents": 1 })).await).remove(0);
    let refused = json!({ first.clone(): { "err": "invalid_key", "description": "which key?\nline" },
        "nonsense": { "err": "access_denied" } });
    let next = server.fetch(&id, &json!({ "setErrs": refused })).await;
    assert!(!jtis(&next).contains(&first) && jtis(&next).len() == 1);
    let recorded = server.app.store.events(1, None).await.unwrap().remove(0).event;
    assert_eq!(recorded.kind, "set_refused");
    let detail = recorded.detail.unwrap();
    assert!(
        detail.contains("invalid_key") && !detail.contains("access_denied") && !detail.contains('\n'),
        "{detail}"
    );
}

#[tokio::test]
async fn one_answer_brings_so_many_and_no_more() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&(0..250).map(|n| n.to_string()).collect::<Vec<_>>()).await;
    let answer = server.fetch(&id, &json!({ "maxEvents": 10_000 })).await;
    assert_eq!((jtis(&answer).len(), &answer["moreAvailable"]), (200, &json!(true)));
}

#[tokio::test]
async fn malformed_polls_are_refused_and_acknowledge_nothing() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.signed_out(&["alice"]).await;
    let jti = jtis(&server.fetch(&id, &json!({})).await);
    let path = format!("/ssf/poll/{id}");
    for body in [
        json!([]),
        json!({ "maxEvents": -1, "ack": jti }),
        json!({ "returnImmediately": 1, "ack": jti }),
        json!({ "ack": jti[0] }),
        json!({ "ack": [jti[0], 1] }),
        json!({ "ack": jti, "setErrs": [] }),
        json!({ "ack": vec![&jti[0]; 1001] }),
    ] {
        server.ssf("shop", "POST", &path, Some(&body)).await.is_error(400, "invalid_request");
    }
    assert_eq!(jtis(&server.fetch(&id, &json!({})).await), jti);
    let huge = json!({ "ack": ["x".repeat(300_000)] });
    assert_eq!(server.ssf("shop", "POST", &path, Some(&huge)).await.status, 413);
}

#[tokio::test]
async fn a_pushed_stream_is_not_fetched() {
    let server = transmitter().await;
    let receiver = crate::support::receiver::Receiver::start().await;
    let id = server.pushed(&receiver.url).await;
    let answer = server.ssf("shop", "POST", &format!("/ssf/poll/{id}"), Some(&json!({}))).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_long_poll_is_answered_as_soon_as_something_happens() {
    let server = transmitter().await;
    let id = server.polled().await;
    let path = format!("/ssf/poll/{id}");
    let body = json!({});
    let polling = server.ssf("shop", "POST", &path, Some(&body));
    let happening = async {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        server.signed_out(&["alice"]).await;
    };
    let both = async { tokio::join!(polling, happening).0 };
    let answer = tokio::time::timeout(Duration::from_secs(10), both).await.expect("woken before its time");
    assert_eq!(jtis(&answer.json()).len(), 1);
}

#[tokio::test]
async fn a_long_poll_ends_by_itself() {
    let server = TestServer::with(|config| {
        with_receivers(config);
        config.ssf.long_poll = 1;
    })
    .await;
    let id = server.polled().await;
    let answer = server.ssf("shop", "POST", &format!("/ssf/poll/{id}"), Some(&json!({}))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "sets": {}, "moreAvailable": false })));
}

/// A receiver that opens call upon call takes no place from others: beyond its own it gets what there is.
#[tokio::test]
async fn one_stream_has_so_many_calls_waiting() {
    let server = transmitter().await;
    let id = server.polled().await;
    let (path, body) = (format!("/ssf/poll/{id}"), json!({}));
    let mut polls: FuturesUnordered<_> =
        (0..5).map(|_| server.ssf("shop", "POST", &path, Some(&body))).collect();
    let first = tokio::time::timeout(Duration::from_secs(10), polls.next()).await.expect("not all wait");
    assert_eq!(first.unwrap().json(), json!({ "sets": {}, "moreAvailable": false }));
}

#[tokio::test]
async fn a_server_that_ends_keeps_nobody_waiting() {
    let server = transmitter().await;
    let id = server.polled().await;
    server.app.closing.send_replace(true);
    let path = format!("/ssf/poll/{id}");
    let body = json!({});
    let polling = server.ssf("shop", "POST", &path, Some(&body));
    let answer = tokio::time::timeout(Duration::from_secs(10), polling).await.expect("at once");
    assert_eq!(answer.status, 200);
}
