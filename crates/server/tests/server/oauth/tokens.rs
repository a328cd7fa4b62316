//! What is in the tokens? (RFC 9068, OpenID Connect Core section 2)

use crate::support::{ISSUER, START, TestServer, claims_of};

#[tokio::test]
async fn rfc9068_the_access_token_has_every_required_claim() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let access = tokens["access_token"].as_str().unwrap();
    let claims = claims_of(access);
    let now = START.as_secs();
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], ISSUER);
    assert_eq!(claims["client_id"], "tv");
    assert_eq!(claims["iat"], now);
    assert_eq!(claims["exp"], now + 600);
    assert_eq!(claims["auth_time"], now);
    assert_eq!(claims["scope"], "openid profile email offline_access");
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert!(claims["sub"].is_string() && claims["jti"].is_string());
    let header = jsonwebtoken::decode_header(access).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
}

#[tokio::test]
async fn the_id_token_is_for_the_client_and_hashes_the_access_token() {
    let server = TestServer::start().await;
    let form = [("client_id", "tv"), ("scope", "openid"), ("nonce", "n-0S6_WzA2Mj")];
    let codes = crate::support::Codes::read(&server.post("/device_authorization", &form).await);
    crate::support::Phone::signed_in(&server, "bob").await.allow(&codes.user_code).await;
    let tokens = server.poll(&codes.device_code).await.json();
    let claims = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "tv");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    let hash = tandem_core::jose::at_hash(
        tandem_core::jose::Algorithm::ES256,
        tokens["access_token"].as_str().unwrap(),
    );
    assert_eq!(claims["at_hash"], hash);
    assert!(tokens.get("refresh_token").is_none(), "offline_access was not asked for");
}

#[tokio::test]
async fn a_foreign_library_verifies_both_through_the_published_keys() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(server.get("/jwks").await.json()).unwrap();
    for (name, audience) in [("access_token", ISSUER), ("id_token", "tv")] {
        let token = tokens[name].as_str().unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(header.alg);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).unwrap();
    }
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let server = TestServer::start().await;
    let codes = server.device_authorization_for("profile").await;
    crate::support::Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let tokens = server.poll(&codes.device_code).await.json();
    assert!(tokens.get("id_token").is_none());
    assert_eq!(tokens["scope"], "profile");
}
