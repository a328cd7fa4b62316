//! Discovery metadata, security considerations, usability.

use crate::support::{Codes, Phone, TestServer};
use tandem_server::config::RateLimit;

#[tokio::test]
async fn s4_the_metadata_names_the_endpoint_and_the_grant() {
    let server = TestServer::start().await;
    let json = server.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(json["device_authorization_endpoint"], "https://id.example.com/device_authorization");
    let grants = json["grant_types_supported"].as_array().unwrap();
    assert!(grants.iter().any(|grant| grant == crate::support::DEVICE_CODE));
    assert_eq!(json, server.get("/.well-known/openid-configuration").await.json());
}

#[tokio::test]
async fn s5_1_guessing_is_limited_by_session_and_by_address() {
    let server = TestServer::with(|config| {
        config.rate_limits.guess_session = RateLimit::of(3, 1);
        config.rate_limits.guess_address = RateLimit::of(5, 1);
    })
    .await;
    let guess = async |phone: &Phone<'_>| {
        let csrf = phone.get("/device").await.field("csrf");
        phone.post("/device", &[("user_code", "BCDF-BCDF"), ("csrf", &csrf)]).await
    };
    let phone = Phone::signed_in(&server, "alice").await;
    for _ in 0..3 {
        assert_eq!(guess(&phone).await.status, 404);
    }
    let slowed = guess(&phone).await;
    assert_eq!(slowed.status, 429);
    assert!(slowed.header(axum::http::header::RETRY_AFTER).parse::<u64>().unwrap() <= 60);
    let second = Phone::new(&server);
    for _ in 0..2 {
        assert_eq!(guess(&second).await.status, 404, "another session of the same address");
    }
    assert_eq!(guess(&Phone::new(&server)).await.status, 429, "the address is slowed now");
    assert_eq!(guess(&Phone::at(&server, "203.0.113.9")).await.status, 404, "another address is not");
    let codes = server.device_authorization().await;
    let csrf = phone.get("/device").await.field("csrf");
    let right = phone.post("/device", &[("user_code", &codes.user_code), ("csrf", &csrf)]).await;
    assert_eq!(right.status, 429, "a right code does not pass either, or guessing would go on");
    server.advance(61);
    assert_eq!(guess(&phone).await.status, 404);
}

#[tokio::test]
async fn s5_1_all_guesses_together_have_a_budget() {
    let server = TestServer::with(|config| {
        config.device_authorization.guess_budget = 10;
        config.rate_limits.guess_session = RateLimit::OFF;
        config.rate_limits.guess_address = RateLimit::OFF;
    })
    .await;
    let mut answers = Vec::new();
    for _ in 0..12 {
        let phone = Phone::at(&server, "203.0.113.77");
        let csrf = phone.get("/device").await.field("csrf");
        answers.push(phone.post("/device", &[("user_code", "BCDF-BCDF"), ("csrf", &csrf)]).await.status);
    }
    assert_eq!(answers.iter().filter(|status| **status == 404).count(), 10);
    assert_eq!(answers.last(), Some(&429));
}

#[tokio::test]
async fn s5_initiation_is_limited_by_client_and_by_address() {
    let server = TestServer::with(|config| {
        config.rate_limits.initiate_address = RateLimit::of(2, 1);
    })
    .await;
    for _ in 0..2 {
        server.device_authorization().await;
    }
    let refused = server.post("/device_authorization", &[("client_id", "tv")]).await;
    refused.is_error(429, "temporarily_unavailable");
    let wait: u64 = refused.header(axum::http::header::RETRY_AFTER).parse().unwrap();
    server.advance(wait);
    Codes::read(&server.post("/device_authorization", &[("client_id", "tv")]).await);
}

#[tokio::test]
async fn s6_1_user_codes_are_eight_letters_of_base_20_and_compare_loosely() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    assert_eq!(codes.user_code.len(), 9);
    assert!(codes.user_code.bytes().all(|b| b"BCDFGHJKLMNPQRSTVWXZ-".contains(&b)));
    let loose = format!(" {} ", codes.user_code.to_lowercase().replace('-', " . "));
    let phone = Phone::signed_in(&server, "alice").await;
    assert_eq!(phone.open(&loose).await.status, 200);
}

#[tokio::test]
async fn s6_1_a_wrong_alphabet_or_length_is_refused_with_the_letters_that_occur() {
    let server = TestServer::start().await;
    let phone = Phone::new(&server);
    for code in ["AEIO-UAEI", "1234-5678", "BCDF", "BCDF-BCDF-B", "", "電電電電"] {
        let csrf = phone.get("/device").await.field("csrf");
        let answer = phone.post("/device", &[("user_code", code), ("csrf", &csrf)]).await;
        assert_eq!(answer.status, 400, "{code}");
        assert!(answer.body.contains("BCDFGHJKLMNPQRSTVWXZ"), "{code}");
    }
}
