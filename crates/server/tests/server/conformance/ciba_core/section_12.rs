//! Section 12: `expired_token`, which a server need not push and a client should be ready for. Here it is pushed: who cannot
//! poll would not hear of the end otherwise.

use crate::support::ciba::{ASK, NOTIFICATION_TOKEN, auth_req_id, pushed_to, with_till};
use crate::support::receiver::{Behaviour, Receiver, allow_loopback};
use crate::support::{Phone, TestServer, policy};
use serde_json::{Value, json};
use tandem_server::config::{Client, UserHints};

/// How long a request waits where nobody says otherwise.
const LIFETIME: u64 = 120;

/// Sweeps and sends; how many callbacks were tried.
async fn told(server: &TestServer) -> usize {
    server.app.sweep().await.unwrap();
    server.deliver().await
}

fn errors(receiver: &Receiver) -> Vec<(String, String)> {
    let text = |body: &Value, name: &str| body[name].as_str().unwrap_or("none").to_owned();
    let bodies = receiver.calls().into_iter().map(|call| call.json());
    bodies.map(|body| (text(&body, "auth_req_id"), text(&body, "error"))).collect()
}

fn expired(id: &str) -> (String, String) {
    (id.to_owned(), "expired_token".to_owned())
}

#[tokio::test]
async fn s12_that_nobody_answered_in_time_is_pushed_once_and_not_before() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.ask_for("shop", "alice").await;
    server.advance(LIFETIME - 1);
    assert_eq!(told(&server).await, 0);
    server.advance(1);
    assert_eq!(told(&server).await, 1);
    let calls = receiver.calls();
    assert_eq!(calls[0].headers["authorization"], format!("Bearer {NOTIFICATION_TOKEN}"));
    let mut body = calls[0].json();
    let description = body.as_object_mut().unwrap().remove("error_description").unwrap();
    assert_eq!(description, "the request has expired");
    assert_eq!(body, json!({ "auth_req_id": id, "error": "expired_token" }));
    for wait in [0, 5, 1000] {
        server.advance(wait);
        assert_eq!(told(&server).await, 0);
    }
    assert_eq!(receiver.calls().len(), 1);
}

#[tokio::test]
async fn s12_what_was_answered_is_never_told_as_expired() {
    let (server, receiver) = TestServer::with_push().await;
    let allowed = server.approved("shop").await;
    let denied = server.ask_for("shop", "bob").await;
    server.answered("bob", "deny").await;
    server.advance(LIFETIME);
    server.app.sweep().await.unwrap();
    let server = server.restart().await;
    told(&server).await;
    let mut answers = errors(&receiver);
    answers.sort_by_key(|(_, error)| error.clone());
    // Too late to be told with tokens: said as what it is.
    assert_eq!(answers, [(denied, "access_denied".to_owned()), (allowed, "transaction_failed".to_owned())]);
}

#[tokio::test]
async fn s12_an_answer_after_the_end_was_told_is_too_late_even_if_the_clock_goes_back() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.ask_for("shop", "alice").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    server.advance(LIFETIME);
    assert_eq!(told(&server).await, 1);
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_ne!(alice.post(&address, &form).await.status, 200);
    assert_eq!(told(&server).await, 0);
    assert_eq!(errors(&receiver), [expired(&id)]);
    assert!(server.app.store.families_of(&server.sub("alice").await, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn s12_an_end_outlives_restarts_before_and_after_it_is_noted() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.ask_for("shop", "alice").await;
    // Down when it ends, and for longer than anything else is remembered.
    let clock = server.app.clock.clone();
    clock.advance(std::time::Duration::from_secs(1));
    let server = server.restart().await;
    server.advance(LIFETIME + 90_000);
    let server = server.restart().await;
    server.app.sweep().await.unwrap();
    // Noted, and not sent.
    let server = server.restart().await;
    receiver.then([Behaviour::Status(503)]);
    assert_eq!(told(&server).await, 1);
    server.advance(1);
    let server = server.restart().await;
    assert_eq!(told(&server).await, 1);
    for _ in 0..2 {
        assert_eq!(told(&server).await, 0);
    }
    let server = server.restart().await;
    assert_eq!(told(&server).await, 0, "what was accepted is not sent again");
    assert_eq!(errors(&receiver), [expired(&id), expired(&id)]);
}

#[tokio::test]
async fn s12_a_client_that_is_pinged_or_polls_is_not_called_for_an_end() {
    let (server, receiver) = TestServer::with_ping().await;
    let id = server.ask_for("shop", "alice").await;
    server.ask().await;
    server.advance(LIFETIME);
    assert_eq!(told(&server).await, 0);
    assert!(receiver.calls().is_empty());
    server.collect_as("shop", &id).await.is_error(400, "expired_token");
}

/// R6.2: a request that must be opened within some time ends then, unless somebody came.
#[tokio::test]
async fn s12_what_nobody_opened_in_time_is_told_then_and_what_was_opened_later() {
    let receiver = Receiver::start().await;
    let server = brief(vec![pushed_to("shop", &receiver.url)]).await;
    let (unopened, opened) = (server.ask_for("shop", "alice").await, server.ask_for("shop", "bob").await);
    assert_eq!(Phone::signed_in(&server, "bob").await.open_request().await.1.status, 200);
    server.advance(60);
    assert_eq!(told(&server).await, 1);
    assert_eq!(errors(&receiver), [expired(&unopened)]);
    server.advance(LIFETIME - 60 - 1);
    assert_eq!(told(&server).await, 0);
    server.advance(1);
    assert_eq!(told(&server).await, 1);
    assert_eq!(errors(&receiver), [expired(&unopened), expired(&opened)]);
}

/// Who may not learn who exists hears of the end at the same moment, of whomever it asked for.
#[tokio::test]
async fn s12_the_moment_of_the_end_tells_nothing_of_people() {
    let receiver = Receiver::start().await;
    let stranger = Client { tandem_user_hints: UserHints::Conceal, ..pushed_to("stranger", &receiver.url) };
    let server = brief(vec![stranger]).await;
    let mut ids = Vec::new();
    for username in ["alice", "bob", "nobody"] {
        let form = [
            ("scope", "openid"),
            ("login_hint", username),
            ("client_notification_token", NOTIFICATION_TOKEN),
        ];
        ids.push(auth_req_id(&server.post_as("stranger", ASK, &form).await));
    }
    // One of them looks at it, and says nothing.
    assert_eq!(Phone::signed_in(&server, "bob").await.open_request().await.1.status, 200);
    server.advance(LIFETIME - 1);
    assert_eq!(told(&server).await, 0);
    server.advance(1);
    assert_eq!(told(&server).await, 3);
    let (mut heard, mut all) = (errors(&receiver), ids.iter().map(|id| expired(id)).collect::<Vec<_>>());
    heard.sort();
    all.sort();
    assert_eq!(heard, all);
}

/// A minute to open it, the rest to decide.
async fn brief(clients: Vec<Client>) -> TestServer {
    TestServer::with(|config| {
        let brief = json!({ "longest": 60, "longest_at_risk": 60, "time_to_decide": 120 });
        config.policy = policy(json!({ "short_lived_codes": brief }));
        with_till(config);
        allow_loopback(config);
        config.clients.extend(clients);
    })
    .await
}
