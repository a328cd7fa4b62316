//! Are tokens bound to the key that was proved? (RFC 9449)

use crate::support::{Answer, Codes, DEVICE_CODE, ISSUER, Key, Phone, START, TestServer, form_request};
use axum::body::Body;
use axum::http::{HeaderName, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tandem_core::digest::Digest;
use tandem_server::config::DpopNonce;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

async fn post(server: &TestServer, path: &str, form: &[(&str, &str)], proof: &str) -> Answer {
    let mut request = form_request(path, form);
    request.headers_mut().insert(DPOP, proof.parse().unwrap());
    server.send(request).await
}

fn proof(server: &TestServer, key: &Key, path: &str, extra: &Value) -> String {
    key.proof("POST", &format!("{ISSUER}{path}"), server.now().as_secs(), extra)
}

async fn codes(server: &TestServer, client_id: &str) -> Codes {
    let form = [("client_id", client_id), ("scope", "openid offline_access")];
    let codes = Codes::read(&server.post("/device_authorization", &form).await);
    Phone::signed_in(server, "alice").await.allow(&codes.user_code).await;
    codes
}

async fn poll(server: &TestServer, client_id: &str, code: &str, key: &Key) -> Answer {
    let form = [("grant_type", DEVICE_CODE), ("client_id", client_id), ("device_code", code)];
    post(server, "/token", &form, &proof(server, key, "/token", &json!({}))).await
}

async fn userinfo(server: &TestServer, scheme: &str, access: &str, proof: Option<&str>) -> Answer {
    let mut request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("{scheme} {access}"));
    if let Some(proof) = proof {
        request = request.header(DPOP, proof);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn s5_a_proof_binds_every_token_of_the_family() {
    let server = TestServer::start().await;
    let key = Key::new();
    let code = codes(&server, "tv").await;
    let tokens = poll(&server, "tv", &code.device_code, &key).await.json();
    assert_eq!(tokens["token_type"], "DPoP");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(crate::support::claims_of(access)["cnf"]["jkt"], key.thumbprint());
    let seen = server.post_as("api", "/introspect", &[("token", access)]).await.json();
    assert_eq!((&seen["token_type"], &seen["cnf"]["jkt"]), (&"DPoP".into(), &key.thumbprint().into()));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", refresh)];
    server.post("/token", &form).await.is_error(400, "invalid_grant");
    post(&server, "/token", &form, &proof(&server, &Key::new(), "/token", &json!({})))
        .await
        .is_error(400, "invalid_grant");
    assert_eq!(post(&server, "/token", &form, &proof(&server, &key, "/token", &json!({}))).await.status, 200);
}

#[tokio::test]
async fn s5_2_a_client_that_must_use_it_cannot_go_without() {
    let server = TestServer::start().await;
    let code = codes(&server, "dpop").await;
    let form =
        [("grant_type", DEVICE_CODE), ("client_id", "dpop"), ("device_code", code.device_code.as_str())];
    server.post("/token", &form).await.is_error(400, "invalid_request");
    server.advance(5);
    assert_eq!(poll(&server, "dpop", &code.device_code, &Key::new()).await.status, 200);
}

#[tokio::test]
async fn a_key_shown_at_the_device_authorization_endpoint_is_pinned() {
    let server = TestServer::start().await;
    let key = Key::new();
    let first = proof(&server, &key, "/device_authorization", &json!({}));
    let form = [("client_id", "tv"), ("scope", "openid")];
    let codes = Codes::read(&post(&server, "/device_authorization", &form, &first).await);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    poll(&server, "tv", &codes.device_code, &Key::new()).await.is_error(400, "invalid_grant");
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "invalid_request");
    server.advance(5);
    let tokens = poll(&server, "tv", &codes.device_code, &key).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
}

#[tokio::test]
async fn s4_3_every_part_of_a_proof_is_checked() {
    let server = TestServer::start().await;
    let (key, now) = (Key::new(), START.as_secs());
    let htu = format!("{ISSUER}/token");
    let good = json!({ "jti": "a", "htm": "POST", "htu": htu, "iat": now });
    for (name, value) in [
        ("htm", json!("GET")),
        ("htu", json!(format!("{ISSUER}/userinfo"))),
        ("htu", json!("https://evil.example.com/token")),
        ("iat", json!(now - 3600)),
        ("iat", json!(now + 3600)),
        ("jti", Value::Null),
        ("iat", Value::Null),
    ] {
        let mut claims = good.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        let form = [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", "x")];
        let code = server.device_authorization().await.device_code;
        let form = [form[0], form[1], ("device_code", code.as_str())];
        post(&server, "/token", &form, &key.proof_of(&claims)).await.is_error(400, "invalid_dpop_proof");
    }
}

#[tokio::test]
async fn s4_3_a_proof_works_once_and_alone() {
    let server = TestServer::start().await;
    let key = Key::new();
    let code = server.device_authorization().await.device_code;
    let form = [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", code.as_str())];
    let once = proof(&server, &key, "/token", &json!({}));
    post(&server, "/token", &form, &once).await.is_error(400, "authorization_pending");
    server.advance(5);
    post(&server, "/token", &form, &once).await.is_error(400, "invalid_dpop_proof");
    let mut twice = form_request("/token", &form);
    for _ in 0..2 {
        twice.headers_mut().append(DPOP, proof(&server, &key, "/token", &json!({})).parse().unwrap());
    }
    server.send(twice).await.is_error(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn s8_a_nonce_is_demanded_given_and_accepted() {
    let server = TestServer::with(|config| config.dpop.nonce = DpopNonce::Required).await;
    let key = Key::new();
    let code = server.device_authorization().await;
    let form = [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", code.device_code.as_str())];
    let asked = post(&server, "/token", &form, &proof(&server, &key, "/token", &json!({}))).await;
    asked.is_error(400, "use_dpop_nonce");
    let nonce = asked.header(NONCE).to_owned();
    let with_nonce = proof(&server, &key, "/token", &json!({ "nonce": nonce }));
    let answer = post(&server, "/token", &form, &with_nonce).await;
    answer.is_error(400, "authorization_pending");
    assert!(!answer.header(NONCE).is_empty(), "the next nonce comes with every answer");
    server.advance(600);
    let stale = proof(&server, &key, "/token", &json!({ "nonce": nonce }));
    post(&server, "/token", &form, &stale).await.is_error(400, "use_dpop_nonce");
}

#[tokio::test]
async fn s7_userinfo_needs_the_proof_of_the_tokens_own_key_and_of_the_token() {
    let server = TestServer::start().await;
    let key = Key::new();
    let code = codes(&server, "tv").await;
    let tokens = poll(&server, "tv", &code.device_code, &key).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let ath = URL_SAFE_NO_PAD.encode(Digest::of(access.as_bytes()).as_bytes());
    let htu = format!("{ISSUER}/userinfo");
    let now = server.now().as_secs();
    let proof = |key: &Key, extra: &Value| key.proof("GET", &htu, now, extra);
    let good = proof(&key, &json!({ "ath": ath }));
    assert_eq!(userinfo(&server, "DPoP", access, Some(&good)).await.status, 200);
    for (scheme, proof) in [
        ("Bearer", Some(proof(&key, &json!({ "ath": ath })))),
        ("DPoP", None),
        ("DPoP", Some(proof(&key, &json!({})))),
        ("DPoP", Some(proof(&key, &json!({ "ath": "AAAA" })))),
        ("DPoP", Some(proof(&Key::new(), &json!({ "ath": ath })))),
        ("DPoP", Some(good.clone())),
    ] {
        let answer = userinfo(&server, scheme, access, proof.as_deref()).await;
        assert_eq!(answer.status, 401, "{scheme} {proof:?} {}", answer.body);
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("DPoP"));
    }
}

#[tokio::test]
async fn after_a_restart_old_proofs_need_a_nonce() {
    let server = TestServer::start().await;
    let key = Key::new();
    let code = server.device_authorization().await;
    let form = [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", code.device_code.as_str())];
    let seen = proof(&server, &key, "/token", &json!({}));
    post(&server, "/token", &form, &seen).await.is_error(400, "authorization_pending");
    server.advance(10);
    let server = server.restart().await;
    let asked = post(&server, "/token", &form, &seen).await;
    asked.is_error(400, "use_dpop_nonce");
    let nonce = asked.header(NONCE).to_owned();
    let fresh = proof(&server, &key, "/token", &json!({ "nonce": nonce }));
    post(&server, "/token", &form, &fresh).await.is_error(400, "authorization_pending");
}
