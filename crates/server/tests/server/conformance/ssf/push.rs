//! RFC 8935: how a token is posted, and what its answers mean.

use crate::shared_signals::{PUSH, transmitter, with_receivers};
use crate::support::TestServer;
use crate::support::receiver::{Behaviour, Receiver};
use serde_json::json;

#[tokio::test]
async fn a_post_has_its_headers_and_the_token_alone() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    let header = "Bearer  kept-as-it-is==";
    let delivery = json!({ "method": PUSH, "endpoint_url": receiver.url, "authorization_header": header });
    server.stream(&delivery).await;
    server.signed_out(&["alice"]).await;
    assert_eq!(server.push().await, 1);
    let call = receiver.calls().remove(0);
    assert_eq!(call.path, receiver.url.path());
    assert_eq!(call.headers["content-type"], "application/secevent+jwt");
    assert_eq!(call.headers["accept"], "application/json");
    assert_eq!(call.headers["authorization"], header, "verbatim");
    assert_eq!(call.headers.get("cookie"), None);
    assert_eq!(std::str::from_utf8(&call.body).unwrap().split('.').count(), 3);
}

#[tokio::test]
async fn without_an_authorization_header_none_is_sent() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    server.push().await;
    assert_eq!(receiver.calls()[0].headers.get("authorization"), None);
}

#[tokio::test]
async fn an_accepted_token_is_never_sent_again() {
    for behaviour in [Behaviour::Status(202), Behaviour::Status(200), Behaviour::Body(100_000)] {
        let receiver = Receiver::start().await;
        let server = transmitter().await;
        server.pushed(&receiver.url).await;
        server.signed_out(&["alice"]).await;
        receiver.then([behaviour.clone()]);
        assert_eq!(server.push().await, 1);
        server.advance(3600);
        assert_eq!(server.push().await, 0, "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_refused_token_is_recorded_and_never_sent_again() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    receiver.then([Behaviour::Status(400)]);
    assert_eq!(server.push().await, 1);
    server.advance(3600);
    assert_eq!(server.push().await, 0);
    assert_eq!(server.events().await[0], "set_refused");
}

/// Section 2.4: `err` is kept as one plain word, whatever the receiver makes of it; the description is not.
#[tokio::test]
async fn of_a_refusal_the_code_is_recorded_and_nothing_that_steers_a_terminal_or_fills_the_disk() {
    let long = "x".repeat(3000);
    let endless = json!({ "description": "y".repeat(100_000), "err": "invalid_key" }).to_string();
    for (body, word) in [
        (
            json!({ "err": "invalid_key", "description": "The \u{1b}[2Jkey\nis not ours." }).to_string(),
            "invalid_key",
        ),
        (json!({ "err": "\u{7}invalid\u{1b}[31m_issuer\r\n" }).to_string(), "invalid31m_issuer"),
        (json!({ "err": long }).to_string(), &long[..64]),
        (json!({ "err": 7 }).to_string(), "unnamed"),
        ("<html>Bad request</html>".to_owned(), "unnamed"),
        (endless, "unnamed"),
    ] {
        let receiver = Receiver::start().await;
        let server = transmitter().await;
        let stream = server.pushed(&receiver.url).await;
        server.signed_out(&["alice"]).await;
        server.signed_out(&["alice"]).await;
        receiver.then([Behaviour::Refusal(body.clone())]);
        assert_eq!(server.push().await, 2, "what follows is sent all the same");
        let event = server.app.store.events(1, None).await.unwrap().remove(0).event;
        assert_eq!((event.kind.as_str(), event.client_id.as_deref()), ("set_refused", Some("shop")));
        assert_eq!(event.detail.unwrap(), format!("1 in stream {stream}: {word}"), "{body:.80}");
        server.advance(100_000);
        assert_eq!((server.push().await, receiver.calls().len()), (0, 2), "never again");
    }
}

#[tokio::test]
async fn a_receiver_that_errs_or_asks_for_time_is_tried_again_later() {
    let receiver = Receiver::start().await;
    let server = transmitter().await;
    server.pushed(&receiver.url).await;
    server.signed_out(&["alice"]).await;
    receiver.then([Behaviour::Status(500), Behaviour::Status(401), Behaviour::Later(429, 60)]);
    for (wait, tried) in [(0, 1), (1, 1), (1, 0), (1, 1), (59, 0), (1, 1), (3600, 0)] {
        server.advance(wait);
        assert_eq!(server.push().await, tried, "after {wait} more");
    }
    assert_eq!(receiver.calls().len(), 4);
}

/// A name says nothing of where it leads: it is looked at when it is called.
#[tokio::test]
async fn a_name_that_leads_into_our_own_network_is_not_called() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = TestServer::with(|config| {
        with_receivers(config);
        config.outgoing.allow_private.clear();
    })
    .await;
    let url = format!("https://localhost:{}/events", listener.local_addr().unwrap().port());
    server.pushed(&url.parse().unwrap()).await;
    server.signed_out(&["alice"]).await;
    assert_eq!(server.push().await, 1);
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came");
    assert_eq!(server.app.store.deliveries_waiting().await.unwrap(), 1);
}
