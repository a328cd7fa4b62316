//! What do the tokens of the profile say, and for how long do they hold?

use super::Bank;
use crate::support::ciba::auth_req_id;
use crate::support::{ISSUER, Key, PHONE, Phone, claims_of, left_half, verified_claims};
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;
use tandem_server::ciba::decide::{Answer, Answering, Trouble, Yes, decide};
use tandem_server::config::Client;

/// Asks for a phishing-resistant proof; the request's name for the client.
async fn ask_for_phr(bank: &Bank, acr_values: &str) -> String {
    let mut claims = bank.claims();
    claims["acr_values"] = acr_values.into();
    auth_req_id(&bank.ask(&claims).await)
}

/// Alice says yes on a page, in a session that began so.
async fn allow(
    bank: &Bank,
    id: &str,
    method: AuthenticationMethod,
    auth_time: Timestamp,
) -> Result<(), Trouble> {
    let answering = Answering {
        by: Authentication { sub: bank.server.sub("alice").await, auth_time, method },
        address: PHONE.parse().unwrap(),
        coordinates: None,
        now: bank.server.now(),
        answer: Answer::Allow(Yes::default()),
        context: ContextShown::DecisionPage,
    };
    decide(&bank.server.app, CrossingId::of_secret(id), answering).await.map(drop)
}

async fn id_token(bank: &Bank, id: &str) -> Value {
    let tokens = bank.poll(id, &Key::new()).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    claims_of(tokens.json()["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn s5_2_2_acr_is_returned_where_it_was_asked_for_and_met() {
    let bank = Bank::start().await;
    let id = ask_for_phr(&bank, "urn:example:gold phr").await;
    bank.server.advance(7);
    allow(&bank, &id, AuthenticationMethod::Passkey, bank.server.now()).await.unwrap();
    let claims = id_token(&bank, &id).await;
    assert_eq!(claims["acr"], "phr");
    assert_eq!(claims["auth_time"], bank.server.now().as_secs());
    assert!(claims["amr"].as_array().unwrap().contains(&json!("user")));
}

#[tokio::test]
async fn s5_2_2_a_password_does_not_do_where_more_was_asked_for() {
    let bank = Bank::start().await;
    let id = ask_for_phr(&bank, "phr").await;
    let alice = Phone::signed_in(&bank.server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(!page.body.contains("value=\"allow\""), "the page offers no yes yet: {}", page.body);
    assert!(page.body.contains("value=\"deny\""));
    assert_eq!(alice.answer_request("allow", &[]).await.location(), address);
    bank.poll(&id, &Key::new()).await.is_error(400, "authorization_pending");
    let now = bank.server.now();
    let refused = allow(&bank, &id, AuthenticationMethod::Password, now).await;
    assert!(matches!(refused, Err(Trouble::VerificationMissing)), "{refused:?}");
    // The request waits for a passkey, and takes a no at any time.
    assert_eq!(alice.answer_request("deny", &[]).await.status, 200);
    bank.server.advance(5);
    bank.poll(&id, &Key::new()).await.is_error(400, "access_denied");
}

#[tokio::test]
async fn s5_2_2_a_proof_from_before_the_request_does_not_do_either() {
    let bank = Bank::start().await;
    let before = bank.server.now();
    bank.server.advance(1);
    let id = ask_for_phr(&bank, "phr").await;
    for method in [AuthenticationMethod::Passkey, AuthenticationMethod::AppKey] {
        let refused = allow(&bank, &id, method, before).await;
        assert!(matches!(refused, Err(Trouble::VerificationMissing)), "{refused:?}");
    }
    bank.poll(&id, &Key::new()).await.is_error(400, "authorization_pending");
    allow(&bank, &id, AuthenticationMethod::Passkey, bank.server.now()).await.unwrap();
}

#[tokio::test]
async fn what_was_not_met_is_not_claimed() {
    let bank = Bank::start().await;
    let id = ask_for_phr(&bank, "urn:example:gold").await;
    bank.server.answered("alice", "allow").await;
    let claims = id_token(&bank, &id).await;
    assert_eq!((claims.get("acr"), &claims["amr"]), (None, &json!(["pwd"])));
}

#[tokio::test]
async fn the_id_token_holds_and_names_the_access_token_beside_it() {
    let bank = Bank::start().await;
    let id = bank.approved().await;
    let tokens = bank.poll(&id, &Key::new()).await.json();
    let text = |name: &str| tokens[name].as_str().unwrap();
    let keys = bank.server.get("/jwks").await.json();
    let claims = verified_claims(text("id_token"), &keys, ISSUER, "bank");
    let now = bank.server.now().as_secs();
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 600)));
    assert_eq!(claims["sub"], *bank.server.sub("alice").await);
    assert_eq!(claims["at_hash"], left_half(text("access_token")));
    assert!(claims.get("urn:openid:params:jwt:claim:auth_req_id").is_none(), "that is for pushed ones");
    for name in ["access_token", "refresh_token"] {
        assert!(text(name).len() >= 43, "{name} cannot be guessed");
    }
    assert!(id.len() >= 43 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
}

#[tokio::test]
async fn tokens_live_as_long_as_the_registration_says_and_no_longer() {
    let bank = Bank::with(|client| Client { tandem_access_token_lifetime: Some(120), ..client }).await;
    let id = bank.approved().await;
    let tokens = bank.poll(&id, &Key::new()).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(tokens["expires_in"], 120);
    let claims = claims_of(access);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 120);
    bank.server.advance(119);
    assert!(bank.server.is_active(access).await);
    bank.server.advance(1);
    assert!(!bank.server.is_active(access).await);
}

#[tokio::test]
async fn a_request_gives_its_tokens_once() {
    let bank = Bank::start().await;
    let id = bank.approved().await;
    let key = Key::new();
    assert_eq!(bank.poll(&id, &key).await.status, 200);
    bank.server.advance(5);
    bank.poll(&id, &key).await.is_error(400, "invalid_grant");
}
