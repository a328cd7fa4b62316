//! What does the server say of itself? (RFC 8414, RFC 7517)

use crate::support::{ISSUER, TestServer};

#[tokio::test]
async fn the_issuer_is_exact_and_every_address_lies_below_it() {
    let server = TestServer::start().await;
    let json = server.get("/.well-known/openid-configuration").await.json();
    assert_eq!(json["issuer"], ISSUER);
    for (name, value) in json.as_object().unwrap() {
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with(ISSUER), "{name}");
        }
    }
}

#[tokio::test]
async fn the_keys_are_public_and_named() {
    let server = TestServer::start().await;
    let json = server.get("/jwks").await.json();
    let keys = json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    for key in keys {
        assert_eq!(key["use"], "sig");
        assert!(key["kid"].is_string() && key["alg"].is_string());
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|name| key.get(name).is_none()));
    }
}

#[tokio::test]
async fn rotated_keys_stay_published_until_their_tokens_die() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let access = tokens["access_token"].as_str().unwrap();
    let app = &server.app;
    app.keys
        .rotate(
            &app.store,
            &app.algorithms(),
            tandem_server::app::longest_token(&app.config, &app.clients),
            server.now(),
        )
        .await
        .unwrap();
    assert_eq!(server.get("/jwks").await.json()["keys"].as_array().unwrap().len(), 2);
    assert!(server.is_active(access).await, "the old key still vouches");
    let refreshed = server.refresh(tokens["refresh_token"].as_str().unwrap()).await.json();
    assert!(server.is_active(refreshed["access_token"].as_str().unwrap()).await, "and the new one signs");
    server.advance(601);
    app.reload().await;
    assert_eq!(server.get("/jwks").await.json()["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_web_application_on_another_origin_may_call_without_credentials() {
    let server = TestServer::start().await;
    for path in ["/device_authorization", "/token", "/revoke", "/userinfo"] {
        let ask = axum::http::Request::options(path)
            .header("origin", "https://tv.example.org")
            .header("access-control-request-method", "POST")
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = server.send(ask).await;
        assert_eq!(answer.status, 204);
        let header =
            |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(header("access-control-allow-origin"), "*");
        assert!(header("access-control-allow-headers").contains("dpop"));
        assert_eq!(header("access-control-allow-credentials"), "");
        let answer = server.post(path, &[]).await;
        assert_eq!(answer.headers["access-control-allow-origin"], "*", "errors can be read too");
    }
    assert_eq!(server.get("/jwks").await.headers["access-control-allow-origin"], "*");
    for page in ["/", "/device", "/sign-in"] {
        assert!(
            server.get(page).await.headers.get("access-control-allow-origin").is_none(),
            "pages are not open"
        );
    }
}
