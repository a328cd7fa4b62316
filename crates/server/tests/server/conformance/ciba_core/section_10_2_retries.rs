//! Section 10.2: a client that is not there. How often it is called, how long, and what it hears in the end.

use crate::support::TestServer;
use crate::support::ciba::{NOTIFICATION_TOKEN, auth_req_id, pinged};
use crate::support::receiver::Behaviour;
use serde_json::json;

/// `shop` asks for alice for so many seconds, and she says yes.
async fn approved_for(server: &TestServer, seconds: &str) -> String {
    let form = [
        ("scope", "openid"),
        ("login_hint", "alice"),
        ("client_notification_token", NOTIFICATION_TOKEN),
        ("requested_expiry", seconds),
    ];
    let id = auth_req_id(&server.ask_as("shop", &form).await);
    server.answered("alice", "allow").await;
    id
}

/// Delivers until nothing waits any more; the waits between the tries.
async fn waits(server: &TestServer) -> Vec<u64> {
    let mut waits = Vec::new();
    assert_eq!(server.deliver().await, 1);
    while let Some(wait) = server.next_callback_in().await {
        if wait > 0 {
            server.advance(wait - 1);
            assert_eq!(server.deliver().await, 0, "not before its time");
            server.advance(1);
        }
        assert_eq!(server.deliver().await, 1);
        waits.push(wait);
        assert!(waits.len() < 100, "it ends some time");
    }
    waits
}

#[tokio::test]
async fn a_server_error_is_tried_again_ever_more_slowly_and_not_for_ever() {
    for status in [500, 502, 503, 429] {
        let (server, receiver) = TestServer::with_ping().await;
        receiver.then(std::iter::repeat_n(Behaviour::Status(status), 50));
        let id = approved_for(&server, "600").await;
        assert_eq!(waits(&server).await, [1, 2, 4, 8, 16, 32, 64], "{status}");
        assert_eq!(receiver.calls().len(), 8);
        assert_eq!(server.events().await[0], "callback_given_up");
        assert_eq!(server.collect_as("shop", &id).await.status, 200);
    }
}

#[tokio::test]
async fn nothing_is_sent_past_the_end_of_the_request() {
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then(std::iter::repeat_n(Behaviour::Status(503), 50));
    approved_for(&server, "10").await;
    assert_eq!(waits(&server).await, [1, 2, 4]);
    assert_eq!(receiver.calls().len(), 4);
}

#[tokio::test]
async fn a_ping_that_is_late_because_the_server_was_down_is_not_tried_for_long() {
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then(std::iter::repeat_n(Behaviour::Status(503), 50));
    let id = approved_for(&server, "60").await;
    let server = server.restart().await;
    server.advance(3600);
    assert!(server.deliver().await <= 1);
    assert_eq!(server.next_callback_in().await, None);
    assert!(receiver.calls().len() <= 1);
    server.collect_as("shop", &id).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn retry_after_is_heeded() {
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then([Behaviour::Later(503, 30), Behaviour::Later(429, 40), Behaviour::Later(503, 0)]);
    approved_for(&server, "600").await;
    assert_eq!(waits(&server).await, [30, 40, 4]);
    assert_eq!(receiver.calls().len(), 4);
    assert!(!server.events().await.contains(&"callback_given_up".to_owned()));
}

#[tokio::test]
async fn who_asks_for_more_time_than_there_is_is_not_called_again() {
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then([Behaviour::Later(503, 3600)]);
    let id = approved_for(&server, "120").await;
    assert!(waits(&server).await.is_empty());
    assert_eq!(receiver.calls().len(), 1);
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
}

#[tokio::test]
async fn where_nobody_listens_it_is_tried_again() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = url::Url::parse(&format!("http://{}/ciba", socket.local_addr().unwrap())).unwrap();
    drop(socket);
    let server = TestServer::with_askers([pinged("shop", &dead)]).await;
    let id = approved_for(&server, "60").await;
    assert_eq!(waits(&server).await, [1, 2, 4, 8, 16]);
    assert_eq!(server.events().await[0], "callback_given_up");
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
}

#[tokio::test]
async fn a_client_that_was_down_for_a_minute_is_told_exactly_once() {
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then(std::iter::repeat_n(Behaviour::Status(503), 6));
    let id = approved_for(&server, "600").await;
    let waited: u64 = waits(&server).await.iter().sum();
    assert_eq!(waited, 63);
    let calls = receiver.calls();
    assert_eq!(calls.len(), 7, "six in vain, and the one that was accepted");
    assert!(calls.iter().all(|call| call.json() == json!({ "auth_req_id": id })), "each says the same");
    server.advance(60);
    assert_eq!(server.deliver().await, 0);
    assert!(!server.events().await.contains(&"callback_given_up".to_owned()));
    assert_eq!(server.collect_as("shop", &id).await.status, 200);
}

#[tokio::test]
async fn tries_are_counted_across_a_restart() {
    let (server, receiver) = TestServer::with_ping().await;
    receiver.then(std::iter::repeat_n(Behaviour::Status(503), 50));
    approved_for(&server, "600").await;
    for wait in [1, 2, 4] {
        assert_eq!(server.deliver().await, 1);
        assert_eq!(server.next_callback_in().await, Some(wait));
        server.advance(wait);
    }
    let server = server.restart().await;
    assert_eq!(waits(&server).await, [8, 16, 32, 64]);
    assert_eq!(receiver.calls().len(), 8);
}
