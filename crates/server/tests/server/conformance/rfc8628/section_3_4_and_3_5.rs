//! Device access token request and response.

use crate::support::{DEVICE_CODE, Phone, TestServer};

#[tokio::test]
async fn s3_5_pending_until_somebody_answers_then_tokens() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    server.advance(5);
    let answer = server.poll(&codes.device_code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(tokens[name].as_str().unwrap().len() >= 43, "{name}");
    }
}

#[tokio::test]
async fn s3_5_slow_down_raises_the_interval_by_five_seconds_for_good() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(4);
    server.poll(&codes.device_code).await.is_error(400, "slow_down");
    server.advance(9);
    server.poll(&codes.device_code).await.is_error(400, "slow_down");
    server.advance(15);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(14);
    server.poll(&codes.device_code).await.is_error(400, "slow_down");
}

#[tokio::test]
async fn s3_5_a_raised_interval_outlives_a_restart() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.poll(&codes.device_code).await.is_error(400, "slow_down");
    let server = server.restart().await;
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(9);
    server.poll(&codes.device_code).await.is_error(400, "slow_down");
}

#[tokio::test]
async fn s3_5_denied_is_access_denied() {
    let server = TestServer::start().await;
    for decision in ["deny", "report"] {
        let codes = server.device_authorization().await;
        Phone::signed_in(&server, "alice").await.decide(&codes.user_code, decision).await;
        server.poll(&codes.device_code).await.is_error(400, "access_denied");
    }
}

#[tokio::test]
async fn s3_5_expired_is_expired_token_and_stays_so() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.advance(599);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "expired_token");
    server.advance(300);
    server.app.store.sweep(server.now()).await.unwrap();
    server.poll(&codes.device_code).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn s3_5_a_redeemed_code_is_invalid_grant_ever_after() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
    for wait in [0, 1, 600, 6000] {
        server.advance(wait);
        server.app.store.sweep(server.now()).await.unwrap();
        server.poll(&codes.device_code).await.is_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn s3_5_unknown_and_other_clients_codes_are_invalid_grant() {
    let server = TestServer::start().await;
    server.poll("never-issued").await.is_error(400, "invalid_grant");
    let codes = server.device_authorization().await;
    let form = [("grant_type", DEVICE_CODE), ("device_code", codes.device_code.as_str())];
    server.post_as("kiosk", "/token", &form).await.is_error(400, "invalid_grant");
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn s3_4_device_code_and_grant_type_are_required() {
    let server = TestServer::start().await;
    server
        .post("/token", &[("grant_type", DEVICE_CODE), ("client_id", "tv")])
        .await
        .is_error(400, "invalid_request");
    server.post("/token", &[("client_id", "tv")]).await.is_error(400, "invalid_request");
    let form = [("grant_type", "password"), ("client_id", "tv")];
    server.post("/token", &form).await.is_error(400, "unsupported_grant_type");
}

#[tokio::test]
async fn s3_5_the_pace_is_checked_before_expiry_denial_and_approval() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.decide(&codes.user_code, "deny").await;
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
    server.poll(&codes.device_code).await.is_error(400, "slow_down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s3_5_fifty_concurrent_redemptions_have_one_winner() {
    let server = std::sync::Arc::new(TestServer::start().await);
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (server, code) = (std::sync::Arc::clone(&server), codes.device_code.clone());
        racers.spawn(async move { server.poll(&code).await });
    }
    let answers = racers.join_all().await;
    let winners = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(winners, 1);
    for loser in answers.iter().filter(|answer| answer.status != 200) {
        assert!(
            ["invalid_grant", "slow_down"].contains(&loser.json()["error"].as_str().unwrap()),
            "{}",
            loser.body
        );
    }
}
