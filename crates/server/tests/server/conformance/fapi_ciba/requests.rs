//! Which requests does the profile take? Signed ones only, that do not live long and can be told apart.

use super::{ASSERTION, Bank, assertion_claims, fapi, server};
use crate::support::ciba::{ASK, auth_req_id, request_claims};
use crate::support::{ISSUER, Key, RsaKey};
use serde_json::{Value, json};
use tandem_server::config::{Client, SigningAlgorithm};

#[tokio::test]
async fn a_signed_request_is_taken() {
    let bank = Bank::start().await;
    let answer = bank.ask(&bank.claims()).await;
    auth_req_id(&answer);
    assert_eq!((&answer.json()["expires_in"], &answer.json()["interval"]), (&json!(120), &json!(5)));
}

#[tokio::test]
async fn s5_2_2_an_unsigned_request_is_an_invalid_request() {
    let bank = Bank::start().await;
    let form = [("scope", "openid"), ("login_hint", "alice"), ("binding_message", "W4SCT")];
    bank.post(ASK, &form, |_| {}).await.is_error(400, "invalid_request");
    let none = "eyJhbGciOiJub25lIn0";
    let claims = bank.key.sign(&bank.claims()).split('.').nth(1).unwrap().to_owned();
    bank.send(&format!("{none}.{claims}.")).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn s5_2_2_a_request_signed_otherwise_than_with_ps256_or_es256_is_an_invalid_request() {
    let rsa = RsaKey::new();
    let client = Client {
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Ps256),
        ..fapi("bank", &[rsa.jwk()])
    };
    let bank = Bank { server: server([client]).await, key: Key::new() };
    let ask = async |algorithm: &str| {
        let request = rsa.sign(algorithm, &bank.claims());
        let assertion = rsa.sign("PS256", &assertion_claims("bank", &bank.server, &json!(ISSUER)));
        let form = [ASSERTION, ("client_assertion", assertion.as_str()), ("request", &request)];
        bank.server.post(ASK, &form).await
    };
    ask("RS256").await.is_error(400, "invalid_request");
    auth_req_id(&ask("PS256").await);
}

#[tokio::test]
async fn s5_2_2_what_one_client_signed_is_nothing_from_another() {
    let (key, others) = (Key::new(), Key::new());
    let clients = [fapi("bank", &[key.jwk()]), fapi("other", &[others.jwk()])];
    let bank = Bank { server: server(clients).await, key };
    let theirs = request_claims("other", bank.server.now());
    for request in [others.sign(&theirs), others.sign(&bank.claims()), bank.key.sign(&theirs)] {
        bank.send(&request).await.is_error(400, "invalid_request");
    }
    assert!(bank.server.app.store.crossings_of(&bank.server.sub("alice").await).is_empty());
}

#[tokio::test]
async fn s5_2_2_a_request_has_its_times_and_lives_an_hour_at_most() {
    let bank = Bank::start().await;
    let now = bank.server.now().as_secs();
    let null = || Value::Null;
    for (name, value) in [
        ("exp", null()),
        ("nbf", null()),
        ("iat", null()),
        ("jti", null()),
        ("aud", null()),
        ("iss", null()),
        ("exp", json!(now + 70 * 60)),
        ("exp", json!(now - 60)),
        ("nbf", json!(now - 70 * 60)),
        ("nbf", json!(now + 60)),
        ("aud", json!("https://other.example.com")),
        ("aud", json!(format!("{ISSUER}{ASK}"))),
    ] {
        let mut claims = bank.claims();
        match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
        let answer = bank.ask(&claims).await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn s5_2_2_something_tells_a_request_from_any_other() {
    let bank = Bank::start().await;
    let bare = || {
        let mut claims = bank.claims();
        claims.as_object_mut().unwrap().remove("binding_message");
        claims
    };
    bank.ask(&bare()).await.is_error(400, "invalid_request");
    let mut empty = bare();
    empty["binding_message"] = "".into();
    bank.ask(&empty).await.is_error(400, "invalid_request");
    for (name, value) in [
        ("binding_message", json!("W4SCT")),
        ("authorization_details", json!([{ "type": "payment", "amount": "1 €", "payee": "Cellar" }])),
        ("request_context", json!({ "till": "4" })),
    ] {
        let mut claims = bare();
        claims[name] = value;
        let answer = bank.ask(&claims).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_binding_message_is_shown_or_refused_and_never_cut() {
    let bank = Bank::start().await;
    for message in ["x".repeat(65), "👍 1234".to_owned(), "a\u{202e}b".to_owned()] {
        let mut claims = bank.claims();
        claims["binding_message"] = message.into();
        bank.ask(&claims).await.is_error(400, "invalid_binding_message");
    }
}

#[tokio::test]
async fn a_request_counts_once_and_nothing_stands_beside_it() {
    let bank = Bank::start().await;
    let request = bank.key.sign(&bank.claims());
    bank.post(ASK, &[("request", &request), ("login_hint", "bob")], |_| {})
        .await
        .is_error(400, "invalid_request");
    auth_req_id(&bank.send(&request).await);
    bank.send(&request).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn the_other_clients_of_the_server_are_not_held_to_the_profile() {
    let bank = Bank::start().await;
    auth_req_id(&bank.server.ask_as("till", &[("scope", "openid"), ("login_hint", "alice")]).await);
}
