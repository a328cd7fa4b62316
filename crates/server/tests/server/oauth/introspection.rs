//! Who may ask whether a token is good? (RFC 7662)

use crate::support::{Codes, DEVICE_CODE, ISSUER, Phone, TestServer};

#[tokio::test]
async fn s2_2_an_active_token_tells_what_it_is() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let json = server
        .post_as("api", "/introspect", &[("token", tokens["access_token"].as_str().unwrap())])
        .await
        .json();
    assert_eq!(json["active"], true);
    assert_eq!(json["client_id"], "tv");
    assert_eq!(json["iss"], ISSUER);
    assert_eq!(json["aud"], ISSUER);
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["scope"], "openid profile email offline_access");
    let refresh =
        server.post_as("api", "/introspect", &[("token", tokens["refresh_token"].as_str().unwrap())]).await;
    assert_eq!(refresh.json()["active"], true);
}

#[tokio::test]
async fn s2_1_callers_authenticate() {
    let server = TestServer::start().await;
    server.post("/introspect", &[("token", "x")]).await.is_error(401, "invalid_client");
    server.post("/introspect", &[("token", "x"), ("client_id", "tv")]).await.is_error(401, "invalid_client");
    server.post_as("api", "/introspect", &[]).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn s2_2_whatever_is_not_good_says_inactive_and_no_more() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let mut forged = access.clone();
    forged.replace_range(access.len() - 4.., "AAAA");
    for token in ["x", "a.b.c", forged.as_str(), &"x".repeat(5000), tokens["id_token"].as_str().unwrap()] {
        let answer = server.post_as("api", "/introspect", &[("token", token)]).await;
        assert_eq!(answer.body, r#"{"active":false}"#, "{token}");
    }
    let stranger = server.post_as("kiosk", "/introspect", &[("token", &access)]).await;
    assert_eq!(stranger.body, r#"{"active":false}"#, "another client without the right to introspect");
    server.advance(600);
    assert!(!server.is_active(&access).await, "expired");
}

#[tokio::test]
async fn opaque_tokens_are_read_and_expire_too() {
    let server = TestServer::start().await;
    let codes =
        Codes::read(&server.post_as("kiosk", "/device_authorization", &[("scope", "openid email")]).await);
    Phone::signed_in(&server, "bob").await.allow(&codes.user_code).await;
    let form = [("grant_type", DEVICE_CODE), ("device_code", codes.device_code.as_str())];
    let tokens = server.post_as("kiosk", "/token", &form).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert!(!access.contains('.'), "{access}");
    let own = server.post_as("kiosk", "/introspect", &[("token", access)]).await.json();
    assert_eq!((&own["active"], &own["scope"]), (&true.into(), &"openid email".into()));
    assert!(server.is_active(access).await);
    server.advance(600);
    assert!(!server.is_active(access).await);
}
