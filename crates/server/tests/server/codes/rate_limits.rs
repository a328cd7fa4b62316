//! Who may try how often, and does a restart forget it? (BCP 6.1.11)

use crate::support::ciba::{NOTIFICATION_TOKEN, pinged, with_till};
use crate::support::receiver::{Receiver, allow_loopback};
use crate::support::{Answer, PASSWORD, Phone, TestServer};
use axum::http::header::RETRY_AFTER;
use tandem_server::config::RateLimit;

#[track_caller]
fn wait(answer: &Answer) -> u64 {
    answer.header(RETRY_AFTER).parse().unwrap()
}

/// R6.11: polls, by client and by address; the client hears what it understands.
#[tokio::test]
async fn polls_are_limited_by_client_and_by_address() {
    for by_client in [true, false] {
        let server = TestServer::with(|config| {
            let (strict, off) = (RateLimit::of(2, 6), RateLimit::OFF);
            config.rate_limits.poll_client = if by_client { strict } else { off };
            config.rate_limits.poll_address = if by_client { off } else { strict };
        })
        .await;
        let (one, two) = (server.device_authorization().await, server.device_authorization().await);
        server.poll(&one.device_code).await.is_error(400, "authorization_pending");
        server.poll(&two.device_code).await.is_error(400, "authorization_pending");
        server.advance(5);
        let slowed = server.poll(&one.device_code).await;
        slowed.is_error(400, "slow_down");
        server.advance(wait(&slowed));
        server.poll(&one.device_code).await.is_error(400, "authorization_pending");
    }
}

/// R6.11, off.
#[tokio::test]
async fn without_limits_polls_go_on() {
    let server = TestServer::with(|config| {
        config.rate_limits.poll_client = RateLimit::OFF;
        config.rate_limits.poll_address = RateLimit::OFF;
    })
    .await;
    let codes = server.device_authorization().await;
    for _ in 0..500 {
        server.advance(1);
        let polled = server.poll("no such code").await;
        polled.is_error(400, "invalid_grant");
    }
    Phone::signed_in(&server, "alice").await.type_code(&codes.user_code).await.location();
}

/// R6.11: codes opened from one address, and by one person.
#[tokio::test]
async fn openings_are_limited_by_address_and_by_person() {
    for by_person in [true, false] {
        let server = TestServer::with(|config| {
            let (strict, off) = (RateLimit::of(2, 1), RateLimit::OFF);
            config.rate_limits.present_person = if by_person { strict } else { off };
            config.rate_limits.present_address = if by_person { off } else { strict };
        })
        .await;
        let alice = Phone::signed_in(&server, "alice").await;
        for _ in 0..2 {
            assert_eq!(alice.open(&server.device_authorization().await.user_code).await.status, 200);
        }
        let codes = server.device_authorization().await;
        let slowed = alice.open(&codes.user_code).await;
        assert_eq!(slowed.status, 429, "{}", slowed.body);
        assert!(wait(&slowed) <= 60);
        // Who has another name, or comes from elsewhere, is not meant.
        let other = if by_person {
            Phone::signed_in(&server, "bob").await
        } else {
            let elsewhere = Phone::at(&server, "203.0.113.4");
            elsewhere.sign_in("alice", PASSWORD).await;
            elsewhere
        };
        assert_eq!(other.open(&server.device_authorization().await.user_code).await.status, 200);
        server.advance(wait(&slowed));
        assert_eq!(alice.get("/device/decision").await.status, 200, "the code was not spent");
    }
}

/// R6.11: backchannel requests from one address.
#[tokio::test]
async fn backchannel_requests_are_limited_by_address() {
    let server = TestServer::with(|config| {
        with_till(config);
        config.rate_limits.ask_address = RateLimit::of(1, 1);
    })
    .await;
    server.ask().await;
    let form = [("scope", "openid"), ("login_hint", "bob")];
    let refused = server.ask_as("till", &form).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    server.advance(wait(&refused));
    assert_eq!(server.ask_as("till", &form).await.status, 200);
}

/// R6.11: callbacks to one client; what is beyond waits, and comes.
#[tokio::test]
async fn callbacks_beyond_the_limit_wait() {
    let receiver = Receiver::start().await;
    let server = TestServer::with(|config| {
        with_till(config);
        allow_loopback(config);
        config.clients.push(pinged("shop", &receiver.url));
        config.rate_limits.callback_client = RateLimit::of(1, 1);
    })
    .await;
    for username in ["alice", "bob"] {
        let form = [
            ("scope", "openid"),
            ("login_hint", username),
            ("client_notification_token", NOTIFICATION_TOKEN),
        ];
        assert_eq!(server.ask_as("shop", &form).await.status, 200);
        server.answered(username, "deny").await;
    }
    assert_eq!(server.deliver().await, 1, "the second one waits");
    assert_eq!(server.deliver().await, 0);
    let wait = server.next_callback_in().await.expect("it waits");
    assert!((1..=60).contains(&wait), "{wait}");
    server.advance(wait + 1);
    assert_eq!(server.deliver().await, 1);
    assert_eq!(server.next_callback_in().await, None);
}

/// R6.11: a restart gives nobody new tries.
#[tokio::test]
async fn limits_outlive_a_restart() {
    let server = TestServer::with(|config| {
        config.rate_limits.guess_address = RateLimit::of(3, 1);
        config.rate_limits.guess_session = RateLimit::OFF;
        config.rate_limits.initiate_address = RateLimit::of(2, 1);
    })
    .await;
    for _ in 0..3 {
        assert_eq!(Phone::new(&server).type_code("BCDF-BCDF").await.status, 404);
    }
    for _ in 0..2 {
        server.device_authorization().await;
    }
    let server = server.restart().await;
    assert_eq!(Phone::new(&server).type_code("BCDF-BCDF").await.status, 429);
    assert_eq!(Phone::at(&server, "203.0.113.9").type_code("BCDF-BCDF").await.status, 404);
    server
        .post("/device_authorization", &[("client_id", "tv")])
        .await
        .is_error(429, "temporarily_unavailable");
    server.advance(60);
    let server = server.restart().await;
    assert_eq!(Phone::new(&server).type_code("BCDF-BCDF").await.status, 404, "one try was won back");
    assert_eq!(Phone::new(&server).type_code("BCDF-BCDF").await.status, 429);
}

/// R6.11: the same without an orderly end, since rows are written every few seconds.
#[tokio::test]
async fn what_was_kept_outlives_a_crash() {
    let server = TestServer::with(|config| config.rate_limits.initiate_address = RateLimit::of(1, 1)).await;
    server.device_authorization().await;
    server.app.limits.keep(&server.app.store, server.now()).await.unwrap();
    let rows = server.app.store.rate_buckets(server.now()).await.unwrap();
    let row = rows.iter().find(|row| row.limiter == "initiate_address").expect("a row");
    assert!(row.full_at > server.now());
    // Nobody can tell from it who it was: it is not the plain digest of the address.
    let plain = tandem_core::digest::Digest::of(&[192, 0, 2, 10]);
    assert_ne!(row.key.to_be_bytes(), plain.as_bytes()[..8]);
}
