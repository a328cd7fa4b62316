//! Section 10.3: tokens that are pushed. Section 12: a push without tokens.

use crate::support::ciba::{ASK, NOTIFICATION_TOKEN, auth_req_id, pushed_to};
use crate::support::receiver::{Behaviour, Receiver};
use crate::support::{
    Answer, ISSUER, Key, SECRET, TestServer, basic, claims_of, form_request, left_half, verified_claims,
};
use axum::http::{Request, header};
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;
use tandem_core::oauth::token_family::Revocation;
use tandem_server::config::{Client, GrantType};

const AUTH_REQ_ID: &str = "urn:openid:params:jwt:claim:auth_req_id";
const RT_HASH: &str = "urn:openid:params:jwt:claim:rt_hash";

async fn userinfo(server: &TestServer, access_token: &Value) -> Answer {
    let bearer = format!("Bearer {}", access_token.as_str().unwrap());
    let request = Request::get("/userinfo").header(header::AUTHORIZATION, bearer);
    server.send(request.body(axum::body::Body::empty()).unwrap()).await
}

async fn refresh(server: &TestServer, refresh_token: &Value) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str().unwrap())];
    server.post_as("shop", "/token", &form).await
}

/// What the endpoint was sent last.
fn last(receiver: &Receiver) -> Value {
    receiver.calls().last().unwrap().json()
}

#[tokio::test]
async fn s10_3_1_the_tokens_come_with_the_name_of_their_request_and_work() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.approved("shop").await;
    assert_eq!(server.deliver().await, 1);
    let calls = receiver.calls();
    assert_eq!(calls[0].headers["authorization"], format!("Bearer {NOTIFICATION_TOKEN}"));
    assert_eq!(calls[0].headers["content-type"], "application/json");
    let body = calls[0].json();
    assert_eq!(body["auth_req_id"], id);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(body["scope"], "openid profile offline_access");
    assert_eq!(body.get("error"), None);
    assert_eq!(userinfo(&server, &body["access_token"]).await.json()["name"], "alice of the test");
    let fresh = refresh(&server, &body["refresh_token"]).await;
    assert_eq!(fresh.status, 200, "{}", fresh.body);
    assert!(claims_of(fresh.json()["id_token"].as_str().unwrap()).get(AUTH_REQ_ID).is_none(), "not pushed");
}

#[tokio::test]
async fn s10_3_1_the_id_token_names_the_request_and_both_tokens() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.approved("shop").await;
    server.deliver().await;
    let body = last(&receiver);
    let text = |name: &str| body[name].as_str().unwrap();
    let claims = verified_claims(text("id_token"), &server.get("/jwks").await.json(), ISSUER, "shop");
    assert_eq!(claims[AUTH_REQ_ID], id);
    assert_eq!(claims["at_hash"], left_half(text("access_token")));
    assert_eq!(claims[RT_HASH], left_half(text("refresh_token")));
    assert_eq!(claims["sub"], *server.sub("alice").await);
    let now = server.now().as_secs();
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 600)));
}

#[tokio::test]
async fn s10_3_1_without_a_refresh_token_there_is_no_hash_of_one() {
    let receiver = Receiver::start().await;
    let client = Client { grant_types: vec![GrantType::Ciba], ..pushed_to("shop", &receiver.url) };
    let server = TestServer::with_askers([client]).await;
    server.approved("shop").await;
    server.deliver().await;
    let body = last(&receiver);
    assert_eq!(body.get("refresh_token"), None);
    let claims = claims_of(body["id_token"].as_str().unwrap());
    assert_eq!(claims.get(RT_HASH), None);
    assert_eq!(claims["at_hash"], left_half(body["access_token"].as_str().unwrap()));
}

#[tokio::test]
async fn s12_a_no_is_pushed_as_an_error() {
    let (server, receiver) = TestServer::with_push().await;
    for (username, decision) in [("alice", "deny"), ("bob", "report")] {
        let id = server.ask_for("shop", username).await;
        server.answered(username, decision).await;
        assert_eq!(server.deliver().await, 1);
        let mut body = last(&receiver);
        let description = body.as_object_mut().unwrap().remove("error_description").unwrap();
        assert!(!description.as_str().unwrap().is_empty());
        assert_eq!(body, json!({ "auth_req_id": id, "error": "access_denied" }));
    }
}

#[tokio::test]
async fn a_retried_push_brings_tokens_of_the_same_grant() {
    let (server, receiver) = TestServer::with_push().await;
    receiver.then([Behaviour::Status(503), Behaviour::Status(500)]);
    let id = server.approved("shop").await;
    for wait in [1, 2, 0] {
        assert_eq!(server.deliver().await, 1);
        server.advance(wait);
    }
    assert_eq!(server.deliver().await, 0);
    let sub = server.sub("alice").await;
    assert_eq!(server.app.store.families_of(&sub, 10).await.unwrap().len(), 1);
    let bodies: Vec<Value> = receiver.calls().iter().map(crate::support::receiver::Call::json).collect();
    assert_eq!(bodies.len(), 3);
    for body in &bodies {
        assert_eq!(body["auth_req_id"], id);
        assert_eq!(userinfo(&server, &body["access_token"]).await.status, 200);
    }
    // The refresh tokens are of one family too: the second use of one ends it for all.
    assert_eq!(refresh(&server, &bodies[2]["refresh_token"]).await.status, 200);
    refresh(&server, &bodies[0]["refresh_token"]).await.is_error(400, "invalid_grant");
    assert_eq!(userinfo(&server, &bodies[2]["access_token"]).await.status, 401);
}

#[tokio::test]
async fn s12_what_was_taken_back_between_two_tries_is_a_failed_transaction() {
    let (server, receiver) = TestServer::with_push().await;
    receiver.then([Behaviour::Status(503)]);
    let id = server.approved("shop").await;
    server.deliver().await;
    let family = CrossingId::of_secret(&id);
    assert!(server.app.store.revoke_family(family, server.now(), Revocation::Person).await.unwrap());
    server.advance(1);
    assert_eq!(server.deliver().await, 1);
    let body = last(&receiver);
    assert_eq!((&body["auth_req_id"], &body["error"]), (&json!(id), &json!("transaction_failed")));
    assert_eq!(body.get("access_token"), None);
}

#[tokio::test]
async fn s12_an_answer_that_cannot_be_told_in_time_is_a_failed_transaction() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.approved("shop").await;
    let server = server.restart().await;
    server.advance(130);
    assert_eq!(server.deliver().await, 1);
    let body = last(&receiver);
    assert_eq!((&body["auth_req_id"], &body["error"]), (&json!(id), &json!("transaction_failed")));
    let sub = server.sub("alice").await;
    assert!(server.app.store.families_of(&sub, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_push_client_may_not_poll_whatever_was_answered() {
    let (server, _receiver) = TestServer::with_push().await;
    let id = server.ask_for("shop", "alice").await;
    server.collect_as("shop", &id).await.is_error(400, "unauthorized_client");
    server.answered("alice", "allow").await;
    server.collect_as("shop", &id).await.is_error(400, "unauthorized_client");
    server.deliver().await;
    server.collect_as("shop", &id).await.is_error(400, "unauthorized_client");
}

#[tokio::test]
async fn tokens_are_not_carried_along_a_redirect_nor_sent_twice() {
    let (server, receiver) = TestServer::with_push().await;
    let elsewhere = Receiver::start().await;
    receiver.then([Behaviour::Redirect(elsewhere.url.to_string())]);
    server.approved("shop").await;
    assert_eq!(server.deliver().await, 1);
    assert!(elsewhere.calls().is_empty());
    assert_eq!(server.next_callback_in().await, None);
    assert_eq!(server.events().await[0], "callback_given_up");
}

#[tokio::test]
async fn an_accepted_push_is_never_sent_again_and_a_waiting_one_survives_a_restart() {
    let (server, receiver) = TestServer::with_push().await;
    let id = server.approved("shop").await;
    let server = server.restart().await;
    assert_eq!(server.deliver().await, 1);
    let server = server.restart().await;
    assert_eq!(server.deliver().await, 0);
    assert_eq!(receiver.calls().len(), 1);
    assert_eq!(last(&receiver)["auth_req_id"], id);
    assert_eq!(refresh(&server, &last(&receiver)["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn nothing_is_kept_of_the_tokens_that_were_pushed() {
    let (server, receiver) = TestServer::with_push().await;
    receiver.then([Behaviour::Status(503)]);
    server.approved("shop").await;
    server.deliver().await;
    let body = last(&receiver);
    let files = std::fs::read_dir(&server.app.config.data_dir).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<u8> =
        files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect();
    for name in ["access_token", "refresh_token", "id_token"] {
        let token = body[name].as_str().unwrap().as_bytes();
        assert!(!kept.windows(token.len()).any(|window| window == token), "{name}");
    }
}

#[tokio::test]
async fn a_key_is_pinned_by_who_asks_since_nobody_proves_one_at_a_push() {
    let receiver = Receiver::start().await;
    let client = Client { dpop_bound_access_tokens: true, ..pushed_to("shop", &receiver.url) };
    let server = TestServer::with_askers([client]).await;
    let form =
        [("scope", "openid"), ("login_hint", "alice"), ("client_notification_token", NOTIFICATION_TOKEN)];
    server.ask_as("shop", &form).await.is_error(400, "invalid_request");
    let key = Key::new();
    let mut request = form_request(ASK, &form);
    let proof = key.proof("POST", &format!("{ISSUER}{ASK}"), server.now().as_secs(), &json!({}));
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    request.headers_mut().insert(header::AUTHORIZATION, basic("shop", SECRET).parse().unwrap());
    auth_req_id(&server.send(request).await);
    server.answered("alice", "allow").await;
    server.deliver().await;
    let body = last(&receiver);
    assert_eq!(body["token_type"], "DPoP");
    assert_eq!(claims_of(body["access_token"].as_str().unwrap())["cnf"], json!({ "jkt": key.thumbprint() }));
    assert_eq!(userinfo(&server, &body["access_token"]).await.status, 401, "no bearer token");
}
