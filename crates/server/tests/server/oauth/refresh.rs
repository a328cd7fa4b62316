//! How does a family go on? (RFC 6749 section 6, RFC 9700 section 4.14.2)

use crate::support::TestServer;
use std::sync::Arc;

#[tokio::test]
async fn each_refresh_rotates_the_token_and_may_narrow_the_scope() {
    let server = TestServer::start().await;
    let first = server.granted().await;
    let second = server.refresh(first["refresh_token"].as_str().unwrap()).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "tv"),
        ("refresh_token", second["refresh_token"].as_str().unwrap()),
        ("scope", "openid"),
    ];
    let third = server.post("/token", &form).await.json();
    assert_eq!(third["scope"], "openid");
    let fourth = server.refresh(third["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(
        fourth["scope"], "openid profile email offline_access",
        "narrowing binds one access token only"
    );
}

#[tokio::test]
async fn reuse_kills_the_whole_family() {
    let server = TestServer::start().await;
    let first = server.granted().await;
    let old = first["refresh_token"].as_str().unwrap();
    let second = server.refresh(old).await.json();
    server.refresh(old).await.is_error(400, "invalid_grant");
    assert!(!server.is_active(first["access_token"].as_str().unwrap()).await);
    assert!(!server.is_active(second["access_token"].as_str().unwrap()).await);
    server.refresh(second["refresh_token"].as_str().unwrap()).await.is_error(400, "invalid_grant");
    let events = server.app.store.events(10, None).await.unwrap();
    assert!(events.iter().any(|event| event.event.kind == "refresh_token_reused"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_racers_one_wins_and_the_family_ends() {
    let server = Arc::new(TestServer::start().await);
    let token = server.granted().await["refresh_token"].as_str().unwrap().to_owned();
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (server, token) = (Arc::clone(&server), token.clone());
        racers.spawn(async move { server.refresh(&token).await });
    }
    let answers = racers.join_all().await;
    let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(winners.len(), 1);
    assert!(!server.is_active(winners[0].json()["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_family_has_an_absolute_end() {
    let server = TestServer::with(|config| config.tokens.refresh_token_lifetime = 1000).await;
    let first = server.granted().await;
    server.advance(999);
    let second = server.refresh(first["refresh_token"].as_str().unwrap()).await;
    assert_eq!(second.status, 200);
    server.advance(1);
    server.refresh(second.json()["refresh_token"].as_str().unwrap()).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn wrong_tokens_and_clients_and_scopes_are_refused_and_cost_the_family_nothing() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    server.refresh("x").await.is_error(400, "invalid_grant");
    server.refresh(tokens["access_token"].as_str().unwrap()).await.is_error(400, "invalid_grant");
    let other = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    server.post_as("kiosk", "/token", &other).await.is_error(400, "invalid_grant");
    server
        .post("/token", &[("grant_type", "refresh_token"), ("client_id", "tv")])
        .await
        .is_error(400, "invalid_request");
    let wide = [other[0], other[1], ("client_id", "tv"), ("scope", "openid admin")];
    server.post("/token", &wide).await.is_error(400, "invalid_scope");
    assert_eq!(server.refresh(refresh).await.status, 200);
}
