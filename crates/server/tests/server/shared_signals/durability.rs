//! Does every token arrive, whatever happens to either side, and none twice once it was accepted?

use super::{subs, text, transmitter, with_receivers};
use crate::support::receiver::{Behaviour, Receiver};
use crate::support::{ISSUER, TestServer};
use serde_json::{Value, json};
use tandem_core::shared_signals::StreamStatus;
use tandem_server::shared_signals::push::sweep;
use tandem_store::Restatus;

#[tokio::test]
async fn a_token_that_was_not_accepted_is_sent_again_after_a_restart_as_it_was() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    receiver.then([Behaviour::Status(503)]);
    assert_eq!(server.push().await, 1);
    let server = server.restart().await;
    assert_eq!(server.push().await, 0, "not due yet");
    server.advance(1);
    assert_eq!(server.push().await, 1);
    let claims = server.pushed_claims(&receiver.calls()).await;
    assert_eq!(claims.len(), 2);
    assert_eq!(claims[0], claims[1], "the same name and claims at each try");
    let server = server.restart().await;
    server.advance(100_000);
    assert_eq!(server.push().await, 0, "accepted once is accepted");
}

#[tokio::test]
async fn a_receiver_that_is_down_for_hours_loses_nothing_and_hears_in_order() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    let stream = server.pushed(&receiver.url).await;
    let sub = server.sub("alice").await;
    server.signed_out(&[&*sub, "bob"]).await;
    for _ in 0..23 {
        receiver.then([Behaviour::Status(500), Behaviour::Status(502)]);
        assert_eq!(server.push().await, 2, "of each person the first");
        server.new_password("alice").await;
        server.advance(3600);
    }
    // It comes back.
    assert_eq!(server.push().await, 25);
    let accepted: Vec<Value> = server.pushed_claims(&receiver.calls()[46..]).await;
    let alice: Vec<&Value> = accepted.iter().filter(|claims| claims["sub_id"]["sub"] == *sub).collect();
    assert_eq!((accepted.len(), alice.len()), (25, 24));
    let at: Vec<u64> = alice.iter().map(|claims| claims["iat"].as_u64().unwrap()).collect();
    assert!(at.is_sorted(), "of one person, one after the other");
    assert!(alice[0]["events"].as_object().unwrap().keys().next().unwrap().ends_with("session-revoked"));
    assert_eq!(server.app.store.deliveries_waiting().await.unwrap(), 0);
    assert!(server.app.store.stream(&stream, "shop").await.unwrap().is_some());
}

#[tokio::test]
async fn after_a_day_a_token_is_given_up_and_somebody_is_told() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    receiver.then((0..3).map(|_| Behaviour::Status(500)));
    server.push().await;
    server.advance(24 * 3600 - 1);
    assert_eq!(server.push().await, 1);
    server.advance(1);
    assert_eq!(server.push().await, 0);
    assert_eq!(server.events().await[0], "set_given_up");
    assert_eq!(server.app.store.deliveries_waiting().await.unwrap(), 0);
    assert_eq!(receiver.calls().len(), 2);
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    receiver.then([Behaviour::Redirect(elsewhere.url.to_string())]);
    assert_eq!(server.push().await, 1);
    assert_eq!(elsewhere.calls().len(), 0);
    server.advance(1);
    assert_eq!(server.push().await, 1, "and it was no acceptance");
    assert_eq!(receiver.calls().len(), 2);
}

#[tokio::test]
async fn a_client_that_is_no_receiver_any_more_hears_nothing() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    let mut config = server.app.config.clone();
    let shop = config.clients.iter_mut().find(|client| client.client_id == "shop").unwrap();
    shop.scope = tandem_server::config::ScopeList::try_from("content_filter.scan".to_owned()).unwrap();
    server.app.clients.reload(&config, &server.app.store).await.unwrap();
    assert_eq!(server.push().await, 0);
    assert_eq!(receiver.calls().len(), 0);
}

#[tokio::test]
async fn a_silent_receiver_has_its_stream_paused_and_is_told() {
    let receiver = Receiver::start().await;
    let server = TestServer::with(|config| {
        with_receivers(config);
        config.ssf.inactivity_timeout = Some(600);
    })
    .await;
    let stream = server.pushed(&receiver.url).await;
    server.advance(600);
    sweep(&server.app).await.unwrap();
    server.signed_out(&["alice"]).await;
    assert_eq!(server.push().await, 1, "the news of the status, and nothing else");
    let claims = server.pushed_claims(&receiver.calls()).await.remove(0);
    let event = &claims["events"]["https://schemas.openid.net/secevent/ssf/event-type/stream-updated"];
    assert_eq!(event["status"], "paused");
    assert_eq!(claims["sub_id"], json!({ "format": "opaque", "id": stream }));
    server.set_status(&stream, "enabled").await;
    assert_eq!(server.push().await, 1);
    assert_eq!(subs(&server.pushed_claims(&receiver.calls()[1..]).await), ["alice"]);
}

#[tokio::test]
async fn a_receiver_hears_of_a_stop_before_the_stream_stops() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    let stream = server.pushed(&receiver.url).await;
    let restatus = Restatus {
        status: StreamStatus::Disabled,
        reason: "The contract has ended.".to_owned(),
        issuer: ISSUER.to_owned(),
    };
    let now = server.now();
    server.app.store.restate_stream(&stream, "shop", restatus, now).await.unwrap().unwrap();
    assert_eq!(server.signed_out(&["alice"]).await, 0);
    assert_eq!(server.push().await, 1);
    let claims = server.pushed_claims(&receiver.calls()).await.remove(0);
    let event = &claims["events"]["https://schemas.openid.net/secevent/ssf/event-type/stream-updated"];
    assert_eq!(*event, json!({ "status": "disabled", "reason": "The contract has ended." }));
    let status = server.ssf("shop", "GET", &format!("/ssf/status?stream_id={stream}"), None).await.json();
    assert_eq!(text(&status["reason"]), "The contract has ended.");
}
