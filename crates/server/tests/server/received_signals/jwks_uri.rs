//! The keys of a transmitter that publishes them (SSF 1.0 section 7.1: `jwks_uri` of its metadata).

use super::*;
use crate::support::receiver::{Behaviour, Receiver, allow_loopback};

async fn server_reading(page: &Receiver) -> TestServer {
    let address = page.url.clone();
    server_with(&Key::new(), |config| {
        allow_loopback(config);
        let transmitter = &mut config.ssf_receiver.transmitters[0];
        (transmitter.jwks, transmitter.jwks_uri) = (None, Some(address));
    })
    .await
}

fn published(kid: &str, key: &Key) -> Behaviour {
    let mut jwk = key.jwk();
    jwk["kid"] = json!(kid);
    Behaviour::Document(json!({ "keys": [jwk] }).to_string())
}

fn signed(server: &TestServer, kid: &str, key: &Key) -> String {
    let mut header = header();
    header["kid"] = json!(kid);
    key.jws(&header, &claims(server, &json!({})))
}

#[tokio::test]
async fn a_transmitter_changes_its_keys_by_itself() {
    let (page, old, new) = (Receiver::start().await, Key::new(), Key::new());
    let server = server_reading(&page).await;
    page.then([published("old", &old)]);
    is_accepted(&push(&server, &signed(&server, "old", &old)).await);
    is_accepted(&push(&server, &signed(&server, "old", &old)).await);
    assert_eq!(page.calls().len(), 1);
    // Made up, or by another key: nobody looks again at once.
    is_refused(&push(&server, &signed(&server, "made up", &new)).await, "invalid_key");
    is_refused(&push(&server, &signed(&server, "old", &new)).await, "invalid_key");
    assert_eq!(page.calls().len(), 1);
    server.advance(30);
    page.then([published("new", &new)]);
    is_accepted(&push(&server, &signed(&server, "new", &new)).await);
    is_refused(&push(&server, &signed(&server, "old", &old)).await, "invalid_key");
    assert_eq!(page.calls().len(), 2);
    assert_eq!(recorded(&server).await.len(), 3);
}

/// A transmitter does not send again what was refused (RFC 8935 section 2.4); what is unavailable it does.
#[tokio::test]
async fn a_token_is_not_lost_because_of_keys_that_cannot_be_read_just_now() {
    let (page, key) = (Receiver::start().await, Key::new());
    let server = server_reading(&page).await;
    let token = signed(&server, "k1", &key);
    page.then([Behaviour::Status(500)]);
    let answer = push(&server, &token).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.header(header::RETRY_AFTER).parse::<u64>().unwrap() > 0);
    assert!(recorded(&server).await.is_empty());
    server.advance(30);
    page.then([published("k1", &key)]);
    is_accepted(&push(&server, &token).await);
}

#[tokio::test]
async fn what_is_no_token_makes_nobody_look_twice() {
    let (page, key) = (Receiver::start().await, Key::new());
    let server = server_reading(&page).await;
    page.then([published("k1", &key)]);
    is_accepted(&push(&server, &signed(&server, "k1", &key)).await);
    server.advance(60);
    is_refused(&push(&server, "no.token").await, "invalid_request");
    assert_eq!(page.calls().len(), 1);
}
