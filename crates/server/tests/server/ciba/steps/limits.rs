//! What a yes gives at most, and what it takes. (BCP 6.1.9, 6.1.10, 6.1.14)

use super::{apart, ask, offers, pending, send, started, text};
use crate::support::{Phone, TestServer};
use serde_json::json;
use tandem_core::oauth::token_family::AuthenticationMethod;

/// Alice's answer to what `till` asks, and the token response.
async fn allowed(server: &TestServer) -> (String, serde_json::Value) {
    let id = ask(server, &[]).await;
    let alice = Phone::signed_in(server, "alice").await;
    let (address, page) = alice.open_request().await;
    let page =
        if offers(&page, "continue") { send(&alice, &address, &page, "continue", &[]).await } else { page };
    assert_eq!(send(&alice, &address, &page, "allow", &[]).await.status, 200, "{}", page.body);
    server.advance(5);
    let tokens = server.collect(&id).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    (text(&page), tokens.json())
}

/// R6.9, R6.10: the page tells what policy leaves of a request, and the tokens keep to it.
#[tokio::test]
async fn the_page_tells_what_is_left_at_risk_and_the_tokens_keep_to_it() {
    let says = apart(&json!({
        "limited_scopes": { "most_at_risk": "openid" },
        "short_lived_tokens": { "access_token_at_risk": 120, "refresh_token_at_risk": 0 },
    }));
    let (page, tokens) = allowed(&started(says).await).await;
    assert!(page.contains("It asked for more.") && page.contains("2 minutes from now"), "{page}");
    assert!(!page.contains("See your name and profile") && !page.contains("Stay signed in"), "{page}");
    assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("openid"), &json!(120)));
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
}

/// R6.9, R6.10, off.
#[tokio::test]
async fn without_limits_everything_that_was_asked_is_given() {
    let (page, tokens) = allowed(&started(json!({})).await).await;
    assert!(page.contains("See your name and profile") && page.contains("Stay signed in"), "{page}");
    assert!(!page.contains("It asked for more."), "{page}");
    assert_eq!(tokens["scope"], "openid profile offline_access");
    assert!(tokens["refresh_token"].is_string(), "{tokens}");
}

/// R6.14a: at risk a yes takes a fresh passkey; the page has no Allow until then, and a form that allows is no way around.
#[tokio::test]
async fn at_risk_a_yes_takes_a_passkey() {
    let says = json!({
        "user_experience": { "verification_at_risk": "phishing_resistant" },
        "user_education": { "interstitial": "never" },
    });
    let server = started(apart(&says)).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(!offers(&page, "allow") && text(&page).contains("Add a passkey first"), "{}", page.body);
    let again = send(&alice, &address, &page, "allow", &[]).await;
    assert_eq!(again.location(), address, "the page says what comes first");
    pending(&server, &id).await;
    let crossing = server.crossing(&id);
    assert!(matches!(crossing, tandem_core::crossing::Crossing::Pending(_)), "{crossing:?}");
    assert!(AuthenticationMethod::Password.acr().is_none(), "a password is no such proof");
}

/// R6.14a, off: the same risk takes no passkey where policy does not want one.
#[tokio::test]
async fn where_policy_wants_no_passkey_none_is_asked_for() {
    let server = started(apart(&json!({ "user_education": { "interstitial": "never" } }))).await;
    ask(&server, &[]).await;
    let (_, page) = Phone::signed_in(&server, "alice").await.open_request().await;
    assert!(offers(&page, "allow"), "{}", page.body);
}
