//! Section 11: what a poll meets on its way, and how long it may wait.

use crate::support::ciba::{asker, auth_req_id, with_till};
use crate::support::{Phone, TestServer};
use std::sync::Arc;
use tandem_server::config::{Client, Config, DeliveryMode};

#[tokio::test]
async fn a_poll_too_soon_is_slowed_down_for_good() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    server.collect(&id).await.is_error(400, "authorization_pending");
    server.advance(4);
    server.collect(&id).await.is_error(400, "slow_down");
    server.advance(9);
    server.collect(&id).await.is_error(400, "slow_down");
    server.advance(15);
    server.collect(&id).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn who_keeps_polling_too_fast_is_told_to_stop() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    server.collect(&id).await.is_error(400, "authorization_pending");
    for _ in 0..11 {
        server.collect(&id).await.is_error(400, "slow_down");
    }
    server.collect(&id).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn an_expired_request_says_so_and_later_is_forgotten() {
    let server = TestServer::with_till().await;
    let form = [("scope", "openid"), ("login_hint", "alice"), ("requested_expiry", "10")];
    let id = auth_req_id(&server.ask_as("till", &form).await);
    server.collect(&id).await.is_error(400, "authorization_pending");
    server.advance(10);
    server.collect(&id).await.is_error(400, "expired_token");
    let alice = Phone::signed_in(&server, "alice").await;
    assert!(alice.inbox().await.is_empty(), "nothing to answer any more");
    server.app.store.sweep(server.now()).await.unwrap();
    server.advance(5);
    server.collect(&id).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn an_answer_that_comes_after_the_end_changes_nothing() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    server.advance(120);
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_ne!(alice.post(&address, &form).await.status, 200);
    server.collect(&id).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn an_approved_request_that_nobody_collected_in_time_is_expired() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    Phone::signed_in(&server, "alice").await.answer_request("allow", &[]).await;
    server.advance(120);
    server.collect(&id).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn a_device_code_is_no_auth_req_id_and_the_other_way_round() {
    let both = |config: &mut Config| {
        with_till(config);
        let mut client = asker("both");
        client.grant_types.push(tandem_server::config::GrantType::DeviceCode);
        config.clients.push(client);
    };
    let server = TestServer::with(both).await;
    let id = server.ask_for("both", "alice").await;
    let as_device_code = [("grant_type", crate::support::DEVICE_CODE), ("device_code", id.as_str())];
    server.post_as("both", "/token", &as_device_code).await.is_error(400, "invalid_grant");
    let codes = server.post_as("both", "/device_authorization", &[("scope", "openid")]).await.json();
    let device_code = codes["device_code"].as_str().unwrap();
    server.collect_as("both", device_code).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn fifty_polls_at_once_collect_once() {
    let server = Arc::new(TestServer::with_till().await);
    let id = server.ask().await;
    Phone::signed_in(&server, "alice").await.answer_request("allow", &[]).await;
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (server, id) = (Arc::clone(&server), id.clone());
        polls.spawn(async move { server.collect(&id).await.status });
    }
    let statuses = polls.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

fn patient(config: &mut Config) {
    with_till(config);
    config.clients.push(Client { tandem_long_polling: 30, ..asker("patient") });
}

#[tokio::test]
async fn a_patient_clients_poll_is_answered_when_the_person_answers() {
    let server = Arc::new(TestServer::with(patient).await);
    let id = server.ask_for("patient", "alice").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let poll = {
        let (server, id) = (Arc::clone(&server), id.clone());
        tokio::spawn(async move { server.collect_as("patient", &id).await })
    };
    // The poll has come, and waits: its pace is noted.
    let crossing = tandem_core::crossing::CrossingId::of_secret(&id);
    while server.app.store.crossing(crossing).unwrap().polling().unwrap().poll(server.now()).1
        == tandem_core::crossing::Pace::InTime
    {
        tokio::task::yield_now().await;
    }
    assert!(!poll.is_finished());
    alice.answer_request("allow", &[]).await;
    let answer = poll.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_patient_clients_poll_never_waits_past_the_end() {
    let server = TestServer::with(patient).await;
    let form = [("scope", "openid"), ("login_hint", "alice"), ("requested_expiry", "10")];
    let id = auth_req_id(&server.ask_as("patient", &form).await);
    // A second is left for the answer, so there is nothing to wait for.
    server.advance(9);
    server.collect_as("patient", &id).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_push_client_may_not_poll() {
    let push = |config: &mut Config| {
        config.clients.push(Client {
            backchannel_token_delivery_mode: Some(DeliveryMode::Push),
            backchannel_client_notification_endpoint: Some("https://client.example.com/".parse().unwrap()),
            ..asker("push")
        });
    };
    let server = TestServer::with(push).await;
    let id = server.ask_for("push", "alice").await;
    server.collect_as("push", &id).await.is_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_restart_forgets_neither_the_request_nor_the_answer() {
    let server = TestServer::with_till().await;
    let (waiting, answered) = (server.ask().await, server.ask().await);
    Phone::signed_in(&server, "alice").await.answer_request("allow", &[]).await;
    let server = server.restart().await;
    server.collect(&waiting).await.is_error(400, "authorization_pending");
    assert_eq!(server.collect(&answered).await.status, 200);
    assert_eq!(Phone::signed_in(&server, "alice").await.inbox().await.len(), 1);
}
