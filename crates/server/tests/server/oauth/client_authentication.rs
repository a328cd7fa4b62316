//! Who is let in at the token endpoint? (RFC 6749 section 2.3, RFC 7523)

use crate::support::{DEVICE_CODE, ISSUER, Key, SECRET, START, TestServer, basic, form_request};
use axum::http::header;
use serde_json::{Value, json};
use tandem_server::config::{AssertionAudience, AuthMethod, Client, GrantType, Secret};

const POLL: [(&str, &str); 2] = [("grant_type", DEVICE_CODE), ("device_code", "x")];
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A call whose client authentication holds gets as far as the unknown device code.
const AUTHENTICATED: (u16, &str) = (400, "invalid_grant");

async fn with_basic(server: &TestServer, value: &str, more: &[(&str, &str)]) -> crate::support::Answer {
    let mut request = form_request("/token", &[&POLL, more].concat());
    request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
    server.send(request).await
}

#[tokio::test]
async fn basic_must_be_right_in_every_part() {
    let server = TestServer::start().await;
    for (value, (status, error)) in [
        (basic("kiosk", SECRET), AUTHENTICATED),
        (basic("kiosk", "wrong"), (401, "invalid_client")),
        (basic("kiosk", ""), (401, "invalid_client")),
        (basic("nobody", SECRET), (401, "invalid_client")),
        (basic("tv", SECRET), (401, "invalid_client")),
        ("Basic !!!".to_owned(), (401, "invalid_client")),
        ("Bearer abc".to_owned(), (401, "invalid_client")),
        ("Basic".to_owned(), (401, "invalid_client")),
    ] {
        with_basic(&server, &value, &[]).await.is_error(status, error);
    }
    with_basic(&server, &basic("kiosk", SECRET), &[("client_id", "kiosk")])
        .await
        .is_error(400, "invalid_grant");
    with_basic(&server, &basic("kiosk", SECRET), &[("client_id", "api")])
        .await
        .is_error(401, "invalid_client");
    with_basic(&server, &basic("kiosk", SECRET), &[("client_secret", SECRET)])
        .await
        .is_error(400, "invalid_request");
}

#[tokio::test]
async fn a_secret_counts_only_by_the_registered_method() {
    let server = TestServer::with(|config| {
        config.clients.push(Client {
            token_endpoint_auth_method: AuthMethod::ClientSecretPost,
            client_secret: Some(Secret::new(SECRET.to_owned())),
            grant_types: vec![GrantType::DeviceCode],
            ..Client::new("poster")
        });
    })
    .await;
    let post = |id, secret| [POLL[0], POLL[1], ("client_id", id), ("client_secret", secret)];
    server.post("/token", &post("poster", SECRET)).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    server.post("/token", &post("poster", "wrong")).await.is_error(401, "invalid_client");
    server.post("/token", &post("kiosk", SECRET)).await.is_error(401, "invalid_client");
    with_basic(&server, &basic("poster", SECRET), &[]).await.is_error(401, "invalid_client");
}

async fn keyed(audience: AssertionAudience) -> (TestServer, Key) {
    let key = Key::new();
    let jwks = json!({ "keys": [key.jwk()] });
    let server = TestServer::with(|config| {
        config.clients.push(Client {
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            jwks: jwks.as_object().cloned(),
            grant_types: vec![GrantType::DeviceCode],
            tandem_client_assertion_audience: audience,
            ..Client::new("keyed")
        });
    })
    .await;
    (server, key)
}

fn claims(jti: &str) -> Value {
    let now = START.as_secs();
    json!({ "iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60 })
}

async fn assert_with(server: &TestServer, assertion: &str) -> crate::support::Answer {
    let form = [POLL[0], POLL[1], ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
    server.post("/token", &form).await
}

#[tokio::test]
async fn private_key_jwt_holds_once() {
    let (server, key) = keyed(AssertionAudience::Any).await;
    let assertion = key.sign(&claims("one"));
    assert_with(&server, &assertion).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    assert_with(&server, &assertion).await.is_error(401, "invalid_client");
    let server = server.restart().await;
    assert_with(&server, &assertion).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn private_key_jwt_may_name_the_token_endpoint_unless_the_client_says_issuer_only() {
    let mut wide = claims("two");
    wide["aud"] = json!([format!("{ISSUER}/token")]);
    let (server, key) = keyed(AssertionAudience::Any).await;
    assert_with(&server, &key.sign(&wide)).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    let (server, key) = keyed(AssertionAudience::Issuer).await;
    assert_with(&server, &key.sign(&wide)).await.is_error(401, "invalid_client");
    assert_with(&server, &key.sign(&claims("three"))).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
}

#[tokio::test]
async fn private_key_jwt_is_refused_with_any_claim_wrong() {
    let (server, key) = keyed(AssertionAudience::Any).await;
    let now = START.as_secs();
    for (name, value) in [
        ("iss", json!("tv")),
        ("sub", json!("tv")),
        ("sub", Value::Null),
        ("aud", json!("https://other.example.com")),
        ("aud", Value::Null),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 3600)),
        ("exp", Value::Null),
        ("jti", Value::Null),
        ("nbf", json!(now + 3600)),
    ] {
        let mut wrong = claims(&format!("{name}-{value}"));
        match value {
            Value::Null => drop(wrong.as_object_mut().unwrap().remove(name)),
            value => wrong[name] = value,
        }
        assert_with(&server, &key.sign(&wrong)).await.is_error(401, "invalid_client");
    }
    assert_with(&server, &Key::new().sign(&claims("foreign"))).await.is_error(401, "invalid_client");
    assert_with(&server, "not.a.jwt").await.is_error(401, "invalid_client");
    let form = [POLL[0], POLL[1], ("client_assertion", "x")];
    server.post("/token", &form).await.is_error(400, "invalid_request");
}
