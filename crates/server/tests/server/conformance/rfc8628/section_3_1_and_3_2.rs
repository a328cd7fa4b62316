//! Device authorization request and response.

use crate::support::{ISSUER, SECRET, TestServer, basic, form_request};
use axum::http::header;

const PATH: &str = "/device_authorization";

#[tokio::test]
async fn s3_2_the_response_has_every_member_and_may_not_be_cached() {
    let server = TestServer::start().await;
    let answer = server.post(PATH, &[("client_id", "tv"), ("scope", "openid")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    let json = answer.json();
    assert_eq!(json["device_code"].as_str().unwrap().len(), 46, "256 bits, and two bytes of the time");
    let user_code = json["user_code"].as_str().unwrap();
    assert_eq!(json["verification_uri"], format!("{ISSUER}/device"));
    assert_eq!(json["verification_uri_complete"], format!("{ISSUER}/device?user_code={user_code}"));
    assert_eq!(json["expires_in"], 600);
    assert_eq!(json["interval"], 5);
    assert_eq!(json.as_object().unwrap().len(), 6);
}

#[tokio::test]
async fn s3_1_a_public_client_must_send_its_client_id() {
    let server = TestServer::start().await;
    server.post(PATH, &[("scope", "openid")]).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn s3_1_a_confidential_client_authenticates_as_at_the_token_endpoint() {
    let server = TestServer::start().await;
    assert_eq!(server.post_as("kiosk", PATH, &[("scope", "openid")]).await.status, 200);
    server.post(PATH, &[("client_id", "kiosk")]).await.is_error(401, "invalid_client");
    let mut wrong = form_request(PATH, &[]);
    wrong.headers_mut().insert(header::AUTHORIZATION, basic("kiosk", "wrong").parse().unwrap());
    let answer = server.send(wrong).await;
    answer.is_error(401, "invalid_client");
    assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Basic"));
}

#[tokio::test]
async fn s3_1_without_a_scope_the_client_asks_for_all_of_its_own() {
    let server = TestServer::start().await;
    let codes = crate::support::Codes::read(&server.post(PATH, &[("client_id", "tv")]).await);
    crate::support::Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let tokens = server.poll(&codes.device_code).await.json();
    assert_eq!(tokens["scope"], "openid profile email offline_access");
}

#[tokio::test]
async fn s3_1_errors_are_those_of_rfc_6749_section_5_2() {
    let server = TestServer::start().await;
    for (form, status, error) in [
        (&[("client_id", "nobody")][..], 401, "invalid_client"),
        (&[("client_id", "tv"), ("scope", "openid admin")], 400, "invalid_scope"),
        (&[("client_id", "tv"), ("scope", "open\"id")], 400, "invalid_scope"),
        (&[("client_id", "tv"), ("client_id", "tv")], 400, "invalid_request"),
        (&[("client_id", "tv"), ("client_secret", SECRET)], 401, "invalid_client"),
    ] {
        server.post(PATH, form).await.is_error(status, error);
    }
}

#[tokio::test]
async fn s3_1_unknown_parameters_are_ignored() {
    let server = TestServer::start().await;
    let form =
        [("client_id", "tv"), ("scope", "openid"), ("colour", "green"), ("tandem_device_type", "toaster")];
    assert_eq!(server.post(PATH, &form).await.status, 200);
}

#[tokio::test]
async fn s3_1_a_client_without_the_grant_is_unauthorized() {
    let server = TestServer::with(|config| {
        config.clients[0].grant_types = vec![tandem_server::config::GrantType::RefreshToken];
    })
    .await;
    server.post(PATH, &[("client_id", "tv")]).await.is_error(400, "unauthorized_client");
}

#[tokio::test]
async fn s3_2_codes_of_different_requests_differ() {
    let server = TestServer::start().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let codes = server.device_authorization().await;
        assert!(seen.insert(codes.device_code) && seen.insert(codes.user_code));
    }
}
