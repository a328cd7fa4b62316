//! A request that asks for `phr`, answered by a person with a passkey, from the first page to the ID token.

use super::Bank;
use crate::support::authenticator::Authenticator;
use crate::support::ciba::auth_req_id;
use crate::support::{Answer, ISSUER, Key, Phone, claims_of};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

/// Posts JSON as the pages' script does.
async fn post_json(phone: &Phone<'_>, path: &str, csrf: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, ISSUER)
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", csrf)
        .body(Body::from(body.to_string()));
    let answer = phone.send(request.unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

async fn register(phone: &Phone<'_>, authenticator: &mut Authenticator) {
    let csrf = phone.get("/account").await.field("csrf");
    let options = post_json(phone, "/passkeys/register/options", &csrf, &json!({})).await.json();
    let credential = authenticator.create(&options);
    let body = json!({ "ceremony": options["ceremony"], "name": "Phone", "credential": credential });
    post_json(phone, "/passkeys/register/finish", &csrf, &body).await;
}

/// Signs in where the page leads; where it leads on to.
async fn confirm(phone: &Phone<'_>, authenticator: &mut Authenticator, next: &str) -> String {
    let csrf = phone.get(&format!("/sign-in?next={next}&again=1")).await.field("csrf");
    let options = post_json(phone, "/passkeys/sign-in/options", &csrf, &json!({})).await.json();
    let credential = authenticator.get(&options);
    let body = json!({ "ceremony": options["ceremony"], "next": next, "credential": credential });
    let answer = post_json(phone, "/passkeys/sign-in/finish", &csrf, &body).await;
    answer.json()["redirect"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn s5_2_2_a_passkey_shown_after_the_request_meets_phr() {
    let bank = Bank::start().await;
    let mut authenticator = Authenticator::new(ISSUER);
    let alice = Phone::signed_in(&bank.server, "alice").await;
    register(&alice, &mut authenticator).await;
    // A passkey shown before the request does not count for it.
    confirm(&alice, &mut authenticator, "/inbox").await;
    bank.server.advance(1);
    let mut claims = bank.claims();
    claims["acr_values"] = "phr".into();
    let id = auth_req_id(&bank.ask(&claims).await);
    let (address, page) = alice.open_request().await;
    assert!(!page.body.contains("value=\"allow\""), "{}", page.body);
    let leads_on = page.body.replace("&#x2f;", "/");
    assert!(leads_on.contains(&format!("href=\"/sign-in?next={address}&amp;again=1\"")), "{leads_on}");
    assert_eq!(alice.answer_request("allow", &[]).await.location(), address);
    bank.poll(&id, &Key::new()).await.is_error(400, "authorization_pending");

    bank.server.advance(5);
    assert_eq!(confirm(&alice, &mut authenticator, &address).await, address);
    let answer = alice.answer_request("allow", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = bank.poll(&id, &Key::new()).await.json();
    let claims = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("phr"), &json!(["pop", "user"])));
    assert_eq!(claims["auth_time"], bank.server.now().as_secs());
}

#[tokio::test]
async fn a_form_from_before_the_passkey_allows_nothing() {
    let bank = Bank::start().await;
    let mut authenticator = Authenticator::new(ISSUER);
    let alice = Phone::signed_in(&bank.server, "alice").await;
    register(&alice, &mut authenticator).await;
    let mut claims = bank.claims();
    claims["acr_values"] = "phr".into();
    let id = auth_req_id(&bank.ask(&claims).await);
    let (address, before) = alice.open_request().await;
    bank.server.advance(1);
    confirm(&alice, &mut authenticator, &address).await;
    // The session is another one now, and what the old page sealed was for the old one.
    let (csrf, crossing) = (alice.get(&address).await.field("csrf"), before.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_eq!(alice.post(&address, &form).await.status, 422);
    bank.poll(&id, &Key::new()).await.is_error(400, "authorization_pending");
}
