//! Section 10.2: the ping. What it says, when it is sent, and what becomes of what the client answers.

use crate::support::ciba::{NOTIFICATION_TOKEN, pinged, with_till};
use crate::support::receiver::{Behaviour, Receiver};
use crate::support::{Phone, TestServer};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tandem_server::ciba::callbacks;
use tandem_server::config::Config;
use tracing_subscriber::fmt::MakeWriter;

#[tokio::test]
async fn a_ping_names_the_request_and_proves_who_calls_and_says_no_more() {
    let (server, receiver) = TestServer::with_ping().await;
    let id = server.ask_for("shop", "alice").await;
    assert_eq!(server.deliver().await, 0, "nobody has answered");
    server.answered("alice", "allow").await;
    assert_eq!(server.deliver().await, 1);
    let calls = receiver.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].path, receiver.url.path());
    assert_eq!(calls[0].headers["authorization"], format!("Bearer {NOTIFICATION_TOKEN}"));
    assert_eq!(calls[0].headers["content-type"], "application/json");
    assert_eq!(calls[0].headers.get("cookie"), None);
    assert_eq!(calls[0].json(), json!({ "auth_req_id": id }));
    let tokens = server.collect_as("shop", &id).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
}

#[tokio::test]
async fn a_no_is_pinged_like_a_yes() {
    let (server, receiver) = TestServer::with_ping().await;
    for (username, decision) in [("alice", "deny"), ("bob", "report")] {
        let id = server.ask_for("shop", username).await;
        server.answered(username, decision).await;
        assert_eq!(server.deliver().await, 1);
        assert_eq!(receiver.calls().last().unwrap().json(), json!({ "auth_req_id": id }));
        server.collect_as("shop", &id).await.is_error(400, "access_denied");
    }
}

#[tokio::test]
async fn a_ping_client_may_poll_before_the_ping_leaves() {
    let (server, receiver) = TestServer::with_ping().await;
    let id = server.ask_for("shop", "alice").await;
    server.collect_as("shop", &id).await.is_error(400, "authorization_pending");
    server.answered("alice", "allow").await;
    server.advance(5);
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
    // The ping still leaves, and gives nothing a second time.
    assert_eq!(server.deliver().await, 1);
    assert_eq!(receiver.calls()[0].json(), json!({ "auth_req_id": id }));
    server.collect_as("shop", &id).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_error_is_final_and_costs_the_client_nothing() {
    for status in [400, 401, 403, 404, 410] {
        let (server, receiver) = TestServer::with_ping().await;
        receiver.then([Behaviour::Status(status)]);
        let id = server.approved("shop").await;
        assert_eq!(server.deliver().await, 1);
        assert_eq!(server.next_callback_in().await, None, "{status}");
        server.advance(60);
        assert_eq!(server.deliver().await, 0);
        assert_eq!(receiver.calls().len(), 1, "{status}: tried once");
        assert_eq!(server.events().await[0], "callback_given_up");
        assert_eq!(server.collect_as("shop", &id).await.status, 200, "{status}: still redeemable");
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let (server, receiver) = TestServer::with_ping().await;
    let elsewhere = Receiver::start().await;
    receiver.then([
        Behaviour::Redirect(elsewhere.url.to_string()),
        Behaviour::Redirect(elsewhere.url.to_string()),
    ]);
    let id = server.approved("shop").await;
    server.deliver().await;
    server.advance(60);
    assert_eq!(server.deliver().await, 0);
    assert_eq!(receiver.calls().len(), 1);
    assert!(elsewhere.calls().is_empty());
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
}

#[tokio::test]
async fn what_the_client_answers_beside_its_status_is_nobodys_business() {
    for behaviour in [Behaviour::Status(200), Behaviour::Status(204), Behaviour::Body(1 << 20)] {
        let (server, receiver) = TestServer::with_ping().await;
        receiver.then([behaviour]);
        let id = server.approved("shop").await;
        assert_eq!(server.deliver().await, 1);
        assert_eq!(server.next_callback_in().await, None);
        assert!(!server.events().await.contains(&"callback_given_up".to_owned()));
        assert_eq!(server.collect_as("shop", &id).await.status, 200);
    }
}

#[tokio::test]
async fn a_client_that_hangs_holds_no_other_back() {
    let (hanging, well) = (Receiver::start().await, Receiver::start().await);
    let server = TestServer::with_askers([pinged("hanging", &hanging.url), pinged("shop", &well.url)]).await;
    hanging.then([Behaviour::Silence]);
    server.approved("hanging").await;
    let id = server.approved("shop").await;
    let app = Arc::clone(&server.app);
    let delivery = tokio::spawn(async move { callbacks::deliver_due(&app).await });
    hanging.wait_for(1).await;
    assert_eq!(well.wait_for(1).await[0].json(), json!({ "auth_req_id": id }));
    assert!(!delivery.is_finished(), "one of them still waits");
    delivery.abort();
}

#[tokio::test]
async fn a_client_that_hangs_does_not_hold_back_what_comes_later_either() {
    let (hanging, well) = (Receiver::start().await, Receiver::start().await);
    let server = TestServer::with_askers([pinged("hanging", &hanging.url), pinged("shop", &well.url)]).await;
    hanging.then([Behaviour::Silence, Behaviour::Silence]);
    let running = tokio::spawn(callbacks::run(Arc::clone(&server.app)));
    server.approved("hanging").await;
    hanging.wait_for(1).await;
    let id = server.approved("shop").await;
    // Half of the time after which the hanging one is given up.
    let calls =
        tokio::time::timeout(Duration::from_secs(5), well.wait_for(1)).await.expect("it is not held back");
    assert_eq!(calls[0].json(), json!({ "auth_req_id": id }));
    assert_eq!(hanging.calls().len(), 1, "and what is under way is not begun again");
    running.abort();
}

#[tokio::test]
async fn the_server_sends_by_itself_what_is_due() {
    let (server, receiver) = TestServer::with_ping().await;
    let running = tokio::spawn(callbacks::run(Arc::clone(&server.app)));
    for (username, count) in [("alice", 1), ("bob", 2)] {
        let id = server.ask_for("shop", username).await;
        server.answered(username, "allow").await;
        let calls = receiver.wait_for(count).await;
        assert_eq!(calls.last().unwrap().json(), json!({ "auth_req_id": id }));
    }
    running.abort();
}

#[tokio::test]
async fn an_accepted_ping_is_never_sent_again() {
    let (server, receiver) = TestServer::with_ping().await;
    server.approved("shop").await;
    assert_eq!(server.deliver().await, 1);
    assert_eq!(server.deliver().await, 0);
    let server = server.restart().await;
    assert_eq!(server.deliver().await, 0);
    server.advance(60);
    assert_eq!(server.deliver().await, 0);
    assert_eq!(receiver.calls().len(), 1);
}

#[tokio::test]
async fn a_ping_survives_a_restart_between_the_answer_and_its_leaving() {
    let (server, receiver) = TestServer::with_ping().await;
    let approved = server.approved("shop").await;
    let denied = server.ask_for("shop", "bob").await;
    server.answered("bob", "deny").await;
    let server = server.restart().await;
    assert_eq!(server.deliver().await, 2);
    let mut told: Vec<_> = receiver.calls().iter().map(|call| call.json()["auth_req_id"].clone()).collect();
    told.sort_by_key(|id| *id != approved);
    assert_eq!(told, [json!(approved), json!(denied)]);
    assert_eq!(server.collect_as("shop", &approved).await.status, 200);
}

#[tokio::test]
async fn an_address_that_the_operator_does_not_allow_is_never_called() {
    let receiver = Receiver::start().await;
    let server = TestServer::with(|config: &mut Config| {
        with_till(config);
        config.clients.push(pinged("shop", &receiver.url));
    })
    .await;
    let id = server.approved("shop").await;
    assert_eq!(server.deliver().await, 1);
    assert!(receiver.calls().is_empty());
    assert_eq!(server.next_callback_in().await, None, "another try would not mend it");
    let event = server.app.store.events(1, None).await.unwrap().remove(0).event;
    assert_eq!((event.kind.as_str(), event.client_id.as_deref()), ("callback_given_up", Some("shop")));
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Output {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that lies in a folder.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { bytes_below(&path) } else { std::fs::read(path).unwrap() })
        .collect()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn the_notification_token_and_the_auth_req_id_are_neither_logged_nor_kept_in_clear() {
    let output = Output::default();
    // While there is only one subscriber, a thread without it that comes to a line first has it silenced for all.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tandem_server::edge::log::subscriber(
        tandem_server::config::LogFormat::Human,
        "test",
        "trace",
        output.clone(),
        false,
    );
    let guard = tracing::subscriber::set_default(subscriber.unwrap());
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then([Behaviour::Status(503), Behaviour::Status(401)]);
    let id = server.approved("shop").await;
    let server = server.restart().await;
    let waiting = server.ask_for("shop", "bob").await;
    server.deliver().await;
    let stored = bytes_below(&server.app.config.data_dir);
    server.advance(1);
    server.deliver().await;
    let kept = [stored, bytes_below(&server.app.config.data_dir)].concat();
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
    Phone::signed_in(&server, "bob").await.answer_request("report", &[]).await;
    drop(guard);
    let logged = output.0.lock().unwrap().clone();
    assert_eq!(receiver.calls().len(), 2);
    assert!(has(&kept, "shop") && has(&kept, "W4SCT"), "what is no secret is found");
    assert!(has(&logged, "a callback was given up") && has(&logged, "shop"));
    for secret in [NOTIFICATION_TOKEN, &id, &waiting] {
        assert!(!has(&kept, secret), "{secret} is in the store");
        assert!(!has(&logged, secret), "{secret} is in the log");
    }
}
