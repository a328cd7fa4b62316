//! Whose token is it? (OpenID Connect Core section 5.3, RFC 6750)

use crate::support::{Answer, Phone, TestServer};
use axum::body::Body;
use axum::http::{Request, header};

async fn userinfo(server: &TestServer, authorization: &str) -> Answer {
    let request =
        Request::get("/userinfo").header(header::AUTHORIZATION, authorization).body(Body::empty()).unwrap();
    server.send(request).await
}

#[tokio::test]
async fn each_scope_releases_its_claims() {
    let server = TestServer::start().await;
    let codes = server.device_authorization_for("openid email").await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let access = server.poll(&codes.device_code).await.json()["access_token"].as_str().unwrap().to_owned();
    let json = userinfo(&server, &format!("Bearer {access}")).await.json();
    assert_eq!(json["email"], "alice@example.com");
    assert!(json.get("name").is_none());
    assert_eq!(userinfo(&server, &format!("bearer {access}")).await.status, 200, "schemes have no case");
}

#[tokio::test]
async fn refusals_challenge() {
    let server = TestServer::start().await;
    let nothing = server.get("/userinfo").await;
    assert_eq!(nothing.status, 401);
    assert!(!nothing.header(header::WWW_AUTHENTICATE).contains("error="), "RFC 6750 section 3.1");
    let tokens = server.granted().await;
    let (access, refresh) =
        (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    for value in ["Bearer x", &format!("Bearer {refresh}"), &format!("DPoP {access}"), "Basic eDp4", "Bearer"]
    {
        let answer = userinfo(&server, value).await;
        answer.is_error(401, "invalid_token");
        assert!(answer.header(header::WWW_AUTHENTICATE).contains("error=\"invalid_token\""), "{value}");
    }
    let codes = server.device_authorization_for("profile").await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let narrow = server.poll(&codes.device_code).await.json();
    let answer = userinfo(&server, &format!("Bearer {}", narrow["access_token"].as_str().unwrap())).await;
    answer.is_error(403, "insufficient_scope");
    server.advance(601);
    userinfo(&server, &format!("Bearer {access}")).await.is_error(401, "invalid_token");
}

#[tokio::test]
async fn a_revoked_family_is_refused_at_once() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    assert_eq!(userinfo(&server, &bearer).await.status, 200);
    server
        .post("/revoke", &[("client_id", "tv"), ("token", tokens["refresh_token"].as_str().unwrap())])
        .await;
    userinfo(&server, &bearer).await.is_error(401, "invalid_token");
}
