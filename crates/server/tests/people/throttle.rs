//! How often may a password be guessed?

use super::support::{Answer, PASSWORD, Server};
use axum::http::header;
use std::task::Poll;
use tandem_server::config::RateLimit;

#[track_caller]
fn retry_after(answer: &Answer) -> u64 {
    answer.is(429).says("Too many tries");
    answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap()
}

async fn server(account: RateLimit, address: RateLimit) -> Server {
    Server::with(|config| {
        config.rate_limits.sign_in_account = account;
        config.rate_limits.sign_in_address = address;
    })
    .await
}

#[tokio::test]
async fn an_account_is_throttled_wherever_the_guesses_come_from() {
    let server = server(RateLimit::of(3, 2), RateLimit::OFF).await;
    for address in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
        server.browser_at(address).sign_in("alice", "wrong").await.is(403);
    }
    let elsewhere = server.browser_at("192.0.2.4");
    let wait = retry_after(&elsewhere.sign_in("alice", PASSWORD).await);
    assert_eq!(wait, 30, "two tries a minute come back");
    retry_after(&elsewhere.sign_in(" Alice", PASSWORD).await);
    assert!(!elsewhere.is_signed_in().await, "the right password does not help");
    elsewhere.sign_in("bob", PASSWORD).await.leads_to("/account");
    assert_eq!(server.events().await, ["sign_in_failed", "sign_in"], "recorded once, not with every try");

    server.advance(wait - 1);
    retry_after(&server.browser().sign_in("alice", PASSWORD).await);
    server.advance(1);
    server.browser().sign_in("alice", PASSWORD).await.leads_to("/account");
}

#[tokio::test]
async fn an_address_is_throttled_whomever_it_tries() {
    let server = server(RateLimit::OFF, RateLimit::of(3, 6)).await;
    let guesser = server.browser_at("2001:db8::1");
    for username in ["alice", "bob", "nobody"] {
        guesser.sign_in(username, "wrong").await.is(403);
    }
    let wait = retry_after(&guesser.sign_in("alice", PASSWORD).await);
    assert_eq!(wait, 10);
    retry_after(&server.browser_at("2001:db8::ffff").sign_in("bob", PASSWORD).await);
    server.browser_at("2001:db8:0:1::1").sign_in("alice", PASSWORD).await.leads_to("/account");
    server.advance(wait);
    guesser.sign_in("alice", PASSWORD).await.leads_to("/account");
}

#[tokio::test]
async fn unknown_accounts_are_throttled_like_known_ones() {
    let server = server(RateLimit::of(2, 2), RateLimit::OFF).await;
    let mut answers = Vec::new();
    for username in ["alice", "nobody"] {
        for _ in 0..2 {
            server.browser().sign_in(username, "wrong").await.is(403);
        }
        let refused = server.browser().sign_in(username, "wrong").await;
        retry_after(&refused);
        let csrf = refused.field("csrf");
        answers.push(refused.body.replace(username, "x").replace(&csrf, "y"));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn signing_in_costs_nothing() {
    let server = server(RateLimit::of(2, 1), RateLimit::of(2, 1)).await;
    for _ in 0..10 {
        server.browser().sign_in("alice", PASSWORD).await.leads_to("/account");
    }
}

#[tokio::test]
async fn a_thousand_guesses_at_once_are_no_way_around() {
    let server = Server::with(|config| {
        config.rate_limits.sign_in_account = RateLimit::of(5, 1);
        config.rate_limits.sign_in_address = RateLimit::OFF;
        config.users.password_hash_concurrency = 1;
    })
    .await;
    let browser = server.browser();
    let csrf = browser.csrf().await;
    let form = [("csrf", csrf.as_str()), ("username", "alice"), ("password", "wrong")];
    let mut tries: Vec<_> = (0..100).map(|_| Some(Box::pin(browser.post("/sign-in", &form)))).collect();
    let mut statuses = Vec::new();
    // All of them are under way together.
    std::future::poll_fn(|context| {
        for slot in &mut tries {
            let Some(Poll::Ready(answer)) = slot.as_mut().map(|one| one.as_mut().poll(context)) else {
                continue;
            };
            statuses.push(answer.status.as_u16());
            *slot = None;
        }
        if tries.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(403), count(429)), (5, 95), "{statuses:?}");
}
