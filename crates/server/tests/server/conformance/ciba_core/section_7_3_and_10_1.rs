//! Section 7.3 (the answer), 10.1 (poll) and 11: from the question to the tokens.

use crate::support::ciba::{asker, auth_req_id};
use crate::support::{Phone, TestServer, claims_of};
use tandem_server::config::Config;

fn is_auth_req_id(text: &str) -> bool {
    text.len() >= 27 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[tokio::test]
async fn a_person_asked_by_name_allows_and_the_client_collects() {
    let server = TestServer::with_till().await;
    let form =
        [("scope", "openid profile offline_access"), ("login_hint", "alice"), ("binding_message", "W4SCT")];
    let answer = server.ask_as("till", &form).await;
    assert_eq!(answer.header(axum::http::header::CACHE_CONTROL), "no-store");
    let json = answer.json();
    assert!(is_auth_req_id(json["auth_req_id"].as_str().unwrap()));
    assert_eq!((json["expires_in"].as_u64(), json["interval"].as_u64()), (Some(120), Some(5)));
    let id = auth_req_id(&answer);
    server.collect(&id).await.is_error(400, "authorization_pending");

    let alice = Phone::signed_in(&server, "alice").await;
    let (_, page) = alice.open_request().await;
    assert!(page.body.contains("W4SCT") && page.body.contains("The till"), "{}", page.body);
    let answered = alice.answer_request("allow", &[]).await;
    assert_eq!(answered.status, 200, "{}", answered.body);

    server.advance(5);
    let tokens = server.collect(&id).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let id_token = claims_of(tokens["id_token"].as_str().unwrap());
    let sub = server.app.store.user_by_username("alice").await.unwrap().unwrap().sub.to_string();
    assert_eq!(id_token["sub"], sub);
    assert_eq!(id_token["aud"], "till");
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string());

    server.advance(5);
    server.collect(&id).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_no_is_access_denied() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    assert_eq!(alice.answer_request("deny", &[]).await.status, 200);
    server.collect(&id).await.is_error(400, "access_denied");
}

#[tokio::test]
async fn another_clients_auth_req_id_is_an_invalid_grant() {
    let both = |config: &mut Config| {
        crate::support::ciba::with_till(config);
        config.clients.push(asker("other"));
    };
    let server = TestServer::with(both).await;
    let id = server.ask().await;
    server.collect_as("other", &id).await.is_error(400, "invalid_grant");
    server.collect("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.is_error(400, "invalid_grant");
    server.collect(&id).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn nobody_else_finds_or_answers_the_request() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let bob = Phone::signed_in(&server, "bob").await;
    assert!(bob.inbox().await.is_empty());
    let (address, page) = alice.open_request().await;
    assert_eq!(bob.get(&address).await.status, 404);
    let bobs = bob.get("/account").await;
    let form = [
        ("csrf", bobs.field("csrf")),
        ("crossing", page.field("crossing")),
        ("decision", "allow".to_owned()),
    ];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(bob.post(&address, &form).await.status, 404);
    server.collect(&id).await.is_error(400, "authorization_pending");
}
