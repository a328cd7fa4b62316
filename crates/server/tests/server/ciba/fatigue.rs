//! How often can somebody be asked, and what does their no cost who asked? (BCP 6.1.11)

use crate::support::ciba::{asker, auth_req_id, with_till};
use crate::support::{Answer, Phone, TestServer, policy};
use axum::http::header;
use serde_json::json;
use std::sync::Arc;
use tandem_server::config::{Client, Config, RateLimit, UserHints};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// With a second client, one that may not know, and no other limit in the way.
async fn started() -> TestServer {
    TestServer::with(|config: &mut Config| {
        with_till(config);
        config.rate_limits.ask_person = RateLimit::OFF;
        config.clients.push(asker("desk"));
        config.clients.push(Client { tandem_user_hints: UserHints::Conceal, ..asker("stranger") });
    })
    .await
}

async fn ask(server: &TestServer, client_id: &str, username: &str) -> Answer {
    server.ask_as(client_id, &[("scope", "openid"), ("login_hint", username)]).await
}

/// Asks, and has the person answer.
async fn asked_and_answered(server: &TestServer, client_id: &str, decision: &str) {
    auth_req_id(&ask(server, client_id, "alice").await);
    server.answered("alice", decision).await;
}

/// That the client must leave alice alone for so many seconds, and not one more.
async fn cools_down_for(server: &TestServer, client_id: &str, seconds: u64) {
    let refused = ask(server, client_id, "alice").await;
    refused.is_error(403, "access_denied");
    assert_eq!(refused.header(header::RETRY_AFTER), seconds.to_string());
    server.advance(seconds - 1);
    ask(server, client_id, "alice").await.is_error(403, "access_denied");
    server.advance(1);
}

#[tokio::test]
async fn only_so_many_requests_wait_for_one_person_of_all_clients_together() {
    let server = started().await;
    for client_id in ["till", "desk", "till"] {
        auth_req_id(&ask(&server, client_id, "alice").await);
    }
    for client_id in ["till", "desk"] {
        ask(&server, client_id, "alice").await.is_error(403, "access_denied");
    }
    auth_req_id(&ask(&server, "till", "bob").await);
    // An answer makes room, and so does the end of a request.
    server.answered("alice", "allow").await;
    auth_req_id(&ask(&server, "desk", "alice").await);
    ask(&server, "till", "alice").await.is_error(403, "access_denied");
    server.advance(120);
    for _ in 0..3 {
        auth_req_id(&ask(&server, "till", "alice").await);
    }
    ask(&server, "till", "alice").await.is_error(403, "access_denied");
}

#[tokio::test]
async fn the_operator_says_how_many() {
    let server = TestServer::with(|config: &mut Config| {
        with_till(config);
        config.ciba.policy = policy(json!({ "rate_limits": { "open_requests": 1 } }));
    })
    .await;
    server.ask().await;
    ask(&server, "till", "alice").await.is_error(403, "access_denied");
    let server = server.restart().await;
    ask(&server, "till", "alice").await.is_error(403, "access_denied");
}

/// R6.11: two clients at once, on several threads: what one counted holds until its own request stands there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_exactly_as_many_as_may_wait_are_asked() {
    const ASKERS: usize = 16;
    let server = Arc::new(started().await);
    for round in 0..20 {
        let start = Arc::new(Barrier::new(ASKERS));
        let mut asking = JoinSet::new();
        for n in 0..ASKERS {
            let (server, start) = (Arc::clone(&server), Arc::clone(&start));
            asking.spawn(async move {
                start.wait().await;
                ask(&server, ["till", "desk"][n % 2], "alice").await
            });
        }
        let (taken, refused): (Vec<_>, Vec<_>) =
            asking.join_all().await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(taken.len(), 3, "in round {round}");
        for answer in refused {
            answer.is_error(403, "access_denied");
        }
        server.advance(120);
    }
}

/// Who may not learn of it is told that all of them wait, and the person has three.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_that_may_not_know_no_more_reach_the_person() {
    let server = Arc::new(started().await);
    let start = Arc::new(Barrier::new(8));
    let mut asking = JoinSet::new();
    for _ in 0..8 {
        let (server, start) = (Arc::clone(&server), Arc::clone(&start));
        asking.spawn(async move {
            start.wait().await;
            ask(&server, "stranger", "alice").await.status
        });
    }
    assert_eq!(asking.join_all().await, [200; 8]);
    assert_eq!(server.app.store.crossings_of(&server.sub("alice").await).len(), 3);
}

#[tokio::test]
async fn each_no_keeps_the_client_away_for_longer() {
    let server = started().await;
    for wait in [60, 120, 240, 480, 600, 600] {
        asked_and_answered(&server, "till", "deny").await;
        cools_down_for(&server, "till", wait).await;
    }
    auth_req_id(&ask(&server, "till", "alice").await);
}

#[tokio::test]
async fn i_did_not_start_this_keeps_it_away_for_the_longest_time_at_once() {
    let server = started().await;
    asked_and_answered(&server, "till", "report").await;
    cools_down_for(&server, "till", 600).await;
    auth_req_id(&ask(&server, "till", "alice").await);
}

#[tokio::test]
async fn a_no_concerns_one_client_and_one_person() {
    let server = started().await;
    asked_and_answered(&server, "till", "report").await;
    auth_req_id(&ask(&server, "desk", "alice").await);
    auth_req_id(&ask(&server, "till", "bob").await);
    ask(&server, "till", "alice").await.is_error(403, "access_denied");
}

#[tokio::test]
async fn a_yes_and_silence_cost_nothing() {
    let server = started().await;
    for _ in 0..5 {
        asked_and_answered(&server, "till", "allow").await;
    }
    auth_req_id(&ask(&server, "till", "alice").await);
    server.advance(120);
    auth_req_id(&ask(&server, "till", "alice").await);
}

#[tokio::test]
async fn neither_a_restart_nor_the_broom_makes_a_no_forgotten() {
    let server = started().await;
    asked_and_answered(&server, "till", "report").await;
    server.advance(300);
    server.app.store.sweep(server.now()).await.unwrap();
    let server = server.restart().await;
    server.advance(299);
    server.app.store.sweep(server.now()).await.unwrap();
    ask(&server, "till", "alice").await.is_error(403, "access_denied");
    server.advance(1);
    auth_req_id(&ask(&server, "till", "alice").await);
}

#[tokio::test]
async fn who_may_not_know_does_not_hear_that_somebody_has_had_enough() {
    let server = started().await;
    asked_and_answered(&server, "stranger", "report").await;
    let usual = ask(&server, "stranger", "bob").await;
    let refused = ask(&server, "stranger", "alice").await;
    let without_id = |answer: &Answer| {
        let mut json = answer.json();
        json["auth_req_id"].take();
        json
    };
    assert_eq!((refused.status, without_id(&refused)), (200, without_id(&usual)));
    server.collect_as("stranger", &auth_req_id(&refused)).await.is_error(400, "authorization_pending");
    assert!(Phone::signed_in(&server, "alice").await.inbox().await.is_empty(), "and nobody is asked");
    // Nor that too many requests wait.
    for _ in 0..2 {
        auth_req_id(&ask(&server, "till", "bob").await);
    }
    let refused = ask(&server, "stranger", "bob").await;
    assert_eq!((refused.status, without_id(&refused)), (200, without_id(&usual)));
    assert_eq!(Phone::signed_in(&server, "bob").await.inbox().await.len(), 3);
}

#[tokio::test]
async fn who_asks_one_person_all_the_time_is_slowed_down() {
    let server = TestServer::with(|config: &mut Config| {
        with_till(config);
        config.rate_limits.ask_person = RateLimit::of(2, 1);
    })
    .await;
    for _ in 0..2 {
        asked_and_answered(&server, "till", "allow").await;
    }
    let refused = ask(&server, "till", "alice").await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.header(header::RETRY_AFTER), "60");
    auth_req_id(&ask(&server, "till", "bob").await);
    server.advance(60);
    auth_req_id(&ask(&server, "till", "alice").await);
}

#[tokio::test]
async fn requests_that_repeat_are_told_as_such() {
    let server = started().await;
    let warning = "requests like this within the hour";
    auth_req_id(&ask(&server, "till", "alice").await);
    let alice = Phone::signed_in(&server, "alice").await;
    assert!(!alice.open_request().await.1.body.contains(warning));
    auth_req_id(&ask(&server, "till", "alice").await);
    let page = alice.open_request().await.1;
    assert!(page.body.contains(warning), "{}", page.body);
}
