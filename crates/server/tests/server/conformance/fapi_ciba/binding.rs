//! Do the tokens work for nobody but the client? (FAPI-CIBA with DPoP or mutual TLS)

use super::{Bank, certificate, certificate_bound, fapi, server, showing};
use crate::support::ciba::{CIBA, auth_req_id, pinged};
use crate::support::receiver::Receiver;
use crate::support::{Answer, ISSUER, Key, claims_of};
use axum::body::Body;
use axum::http::{Request, header};
use rcgen::KeyPair;
use serde_json::{Value, json};
use tandem_server::config::Client;

async fn userinfo(bank: &Bank, authorization: &str, prepare: impl FnOnce(&mut Request<Body>)) -> Answer {
    let request = Request::get("/userinfo").header(header::AUTHORIZATION, authorization);
    let mut request = request.body(Body::empty()).unwrap();
    prepare(&mut request);
    bank.server.send(request).await
}

fn access(tokens: &Value) -> &str {
    tokens["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_client_bound_by_dpop_gets_nothing_without_a_proof() {
    let bank = Bank::start().await;
    let id = bank.approved().await;
    bank.poll_with(&id, |_| {}).await.is_error(400, "invalid_request");
    bank.server.advance(5);
    let wrong = Key::new().proof("GET", &format!("{ISSUER}/token"), bank.server.now().as_secs(), &json!({}));
    let answer =
        bank.poll_with(&id, |request| drop(request.headers_mut().insert("dpop", wrong.parse().unwrap())));
    answer.await.is_error(400, "invalid_dpop_proof");
    // Nothing was spent, and nothing was bound.
    let key = Key::new();
    let tokens = bank.poll(&id, &key).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(claims_of(access(&tokens))["cnf"], json!({ "jkt": key.thumbprint() }));
}

#[tokio::test]
async fn a_token_bound_by_dpop_works_with_its_key_only() {
    use base64::Engine as _;
    let bank = Bank::start().await;
    let key = Key::new();
    let tokens = bank.poll(&bank.approved().await, &key).await.json();
    let token = access(&tokens);
    let ath = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes()));
    let use_with = async |key: &Key| {
        let now = bank.server.now().as_secs();
        let proof = key.proof("GET", &format!("{ISSUER}/userinfo"), now, &json!({ "ath": ath }));
        let dpop =
            |request: &mut Request<Body>| drop(request.headers_mut().insert("dpop", proof.parse().unwrap()));
        userinfo(&bank, &format!("DPoP {token}"), dpop).await.status
    };
    assert_eq!(use_with(&key).await, 200);
    assert_eq!(use_with(&Key::new()).await, 401);
    assert_eq!(userinfo(&bank, &format!("Bearer {token}"), |_| {}).await.status, 401);
    assert_eq!(userinfo(&bank, &format!("DPoP {token}"), |_| {}).await.status, 401);
}

#[tokio::test]
async fn a_key_that_was_shown_when_asking_is_the_only_one_that_collects() {
    let bank = Bank::start().await;
    let key = Key::new();
    let ask = crate::support::ciba::ASK;
    let proof = key.proof("POST", &format!("{ISSUER}{ask}"), bank.server.now().as_secs(), &json!({}));
    let request = bank.key.sign(&bank.claims());
    let dpop =
        |request: &mut Request<Body>| drop(request.headers_mut().insert("dpop", proof.parse().unwrap()));
    let id = auth_req_id(&bank.post(ask, &[("request", &request)], dpop).await);
    bank.server.answered("alice", "allow").await;
    bank.poll(&id, &Key::new()).await.is_error(400, "invalid_grant");
    bank.server.advance(5);
    assert_eq!(bank.poll(&id, &key).await.status, 200);
}

#[tokio::test]
async fn s5_2_2_a_client_bound_by_certificate_gets_nothing_without_one() {
    let bank = Bank::with(certificate_bound).await;
    let id = bank.approved().await;
    bank.poll_with(&id, |_| {}).await.is_error(400, "invalid_request");
    bank.server.advance(5);
    // A proof is not what it registered.
    bank.poll(&id, &Key::new()).await.is_error(400, "invalid_request");
    bank.server.advance(5);
    let mine = certificate(&KeyPair::generate().unwrap());
    let tokens = bank.poll_with(&id, showing(&mine)).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let bound = json!({ "x5t#S256": mine.certificate.thumbprint() });
    assert_eq!(claims_of(access(&tokens))["cnf"], bound);
    let seen = bank.server.post_as("api", "/introspect", &[("token", access(&tokens))]).await.json();
    assert_eq!(seen["cnf"], bound);
}

#[tokio::test]
async fn s5_2_2_a_token_bound_by_certificate_works_with_that_one_only() {
    let bank = Bank::with(certificate_bound).await;
    let id = bank.approved().await;
    let (mine, other) =
        (certificate(&KeyPair::generate().unwrap()), certificate(&KeyPair::generate().unwrap()));
    let tokens = bank.poll_with(&id, showing(&mine)).await.json();
    let bearer = format!("Bearer {}", access(&tokens));
    assert_eq!(userinfo(&bank, &bearer, showing(&mine)).await.status, 200);
    userinfo(&bank, &bearer, showing(&other)).await.is_error(401, "invalid_token");
    userinfo(&bank, &bearer, |_| {}).await.is_error(401, "invalid_token");
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    for status in [
        bank.post("/token", &refresh, |_| {}).await.status,
        bank.post("/token", &refresh, showing(&other)).await.status,
    ] {
        assert_eq!(status, 400);
    }
    let fresh = bank.post("/token", &refresh, showing(&mine)).await;
    assert_eq!(fresh.status, 200, "{}", fresh.body);
    let bound = json!({ "x5t#S256": mine.certificate.thumbprint() });
    assert_eq!(claims_of(access(&fresh.json()))["cnf"], bound);
}

#[tokio::test]
async fn a_token_is_never_taken_from_the_address() {
    let bank = Bank::with(certificate_bound).await;
    let id = bank.approved().await;
    let mine = certificate(&KeyPair::generate().unwrap());
    let tokens = bank.poll_with(&id, showing(&mine)).await.json();
    let request = Request::get(format!("/userinfo?access_token={}", access(&tokens)));
    let mut request = request.body(Body::empty()).unwrap();
    showing(&mine)(&mut request);
    assert_eq!(bank.server.send(request).await.status, 401);
}

#[tokio::test]
async fn ping_works_in_the_profile_and_its_tokens_are_bound_alike() {
    let (receiver, key) = (Receiver::start().await, Key::new());
    let ping = pinged("bank", &receiver.url);
    let client = Client {
        backchannel_token_delivery_mode: ping.backchannel_token_delivery_mode,
        backchannel_client_notification_endpoint: ping.backchannel_client_notification_endpoint,
        ..fapi("bank", &[key.jwk()])
    };
    let bank = Bank { server: server([client]).await, key };
    bank.ask(&bank.claims()).await.is_error(400, "invalid_request");
    let mut claims = bank.claims();
    claims["client_notification_token"] = crate::support::ciba::NOTIFICATION_TOKEN.into();
    let id = auth_req_id(&bank.ask(&claims).await);
    bank.server.answered("alice", "allow").await;
    assert_eq!(bank.server.deliver().await, 1);
    assert_eq!(receiver.calls()[0].json(), json!({ "auth_req_id": id }));
    bank.poll_with(&id, |_| {}).await.is_error(400, "invalid_request");
    bank.server.advance(5);
    let key = Key::new();
    let tokens = bank.poll(&id, &key).await.json();
    assert_eq!(claims_of(access(&tokens))["cnf"], json!({ "jkt": key.thumbprint() }));
}

#[tokio::test]
async fn a_request_is_collected_by_its_own_client_only() {
    let (key, others) = (Key::new(), Key::new());
    let clients = [fapi("bank", &[key.jwk()]), fapi("other", &[others.jwk()])];
    let bank = Bank { server: server(clients).await, key };
    let id = bank.approved().await;
    let claims = super::assertion_claims("other", &bank.server, &json!(ISSUER));
    let (assertion, proof) = (others.sign(&claims), bank.proof(&Key::new()));
    let form = [
        super::ASSERTION,
        ("client_assertion", assertion.as_str()),
        ("grant_type", CIBA),
        ("auth_req_id", &id),
    ];
    let mut request = crate::support::form_request("/token", &form);
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    bank.server.send(request).await.is_error(400, "invalid_grant");
    assert_eq!(bank.poll(&id, &Key::new()).await.status, 200);
}
