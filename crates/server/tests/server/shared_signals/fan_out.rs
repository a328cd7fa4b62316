//! Do many receivers hear at once, and does none of them wait for another?

use super::{PUSH, subs, text, transmitter, with_receivers};
use crate::support::TestServer;
use crate::support::receiver::{Behaviour, Receiver};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tandem_server::shared_signals::push;

#[tokio::test]
async fn twenty_streams_each_hear_of_everything_under_names_of_their_own() {
    let receiver = Receiver::start().await;
    let server = TestServer::with(|config| {
        with_receivers(config);
        config.ssf.streams_per_receiver = 20;
    })
    .await;
    for _ in 0..20 {
        server.pushed(&receiver.url).await;
    }
    let people: Vec<_> = (0..10).map(|n| n.to_string()).collect();
    assert_eq!(server.signed_out(&people).await, 200);
    assert_eq!(server.push().await, 200);
    let claims = server.pushed_claims(&receiver.calls()).await;
    let mut jtis: Vec<String> = claims.iter().map(|claims| text(&claims["jti"])).collect();
    jtis.sort_unstable();
    jtis.dedup();
    assert_eq!(jtis.len(), 200);
    assert_eq!(server.app.store.deliveries_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_nobody_else() {
    let (hanging, good) = (Receiver::start().await, Receiver::start().await);
    let server = transmitter().await;
    server.pushed(&hanging.url).await;
    let wanted = json!({ "events_requested": super::all_events(),
        "delivery": { "method": PUSH, "endpoint_url": good.url } });
    assert_eq!(server.ssf("bank", "POST", "/ssf/stream", Some(&wanted)).await.status, 201);
    hanging.then([Behaviour::Silence]);
    server.signed_out(&(0..300).map(|n| n.to_string()).collect::<Vec<_>>()).await;
    let sending = tokio::spawn(push::run(Arc::clone(&server.app)));
    let calls = tokio::time::timeout(Duration::from_secs(8), good.wait_for(300)).await;
    assert_eq!(calls.expect("the other one is served meanwhile").len(), 300);
    assert_eq!(hanging.calls().len(), 1, "it takes up one connection");
    sending.abort();
}

#[tokio::test]
async fn what_concerns_others_does_not_wait_for_one_that_fails() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice", "bob"]).await;
    server.signed_out(&["alice"]).await;
    receiver.then([Behaviour::Status(500)]);
    assert_eq!(server.push().await, 2, "alice's second waits for her first");
    assert_eq!(subs(&server.pushed_claims(&receiver.calls()).await), ["alice", "bob"]);
    server.advance(1);
    assert_eq!(server.push().await, 2);
    assert_eq!(subs(&server.pushed_claims(&receiver.calls()[2..]).await), ["alice", "alice"]);
}

#[tokio::test]
async fn an_absent_receiver_is_asked_three_times_and_then_left_alone() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&(0..50).map(|n| n.to_string()).collect::<Vec<_>>()).await;
    receiver.then((0..50).map(|_| Behaviour::Status(503)));
    assert_eq!(server.push().await, 3);
}
