//! Does the page promise what a yes gives, and nothing else? (R6.14a)

use super::{apart, asked, send, started, text};
use crate::support::{Phone, TestServer};
use serde_json::json;

/// R6.14a: what follows from a yes is what policy leaves of the request, and that is what the client gets.
#[tokio::test]
async fn a_page_tells_what_policy_leaves() {
    let server = started(apart(&json!({
        "limited_scopes": { "most_at_risk": "openid profile offline_access" },
        "short_lived_tokens": { "access_token_at_risk": 120, "refresh_token_at_risk": 0 },
        "user_education": { "interstitial": "never" },
    })))
    .await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    let said = text(&page);
    assert!(
        said.contains("See your name and profile") && !said.contains("See your e-mail address"),
        "{said}"
    );
    assert!(said.contains("It asked for more."), "{said}");
    assert!(said.contains("2 minutes from now; then it has to ask you again"), "{said}");
    // What cannot be renewed does not stay signed in.
    assert!(!said.contains("Stay signed in after you go"), "{said}");
    assert_eq!(send(&alice, &page, "allow", &[]).await.status, 200);
    let tokens = server.poll(&codes.device_code).await.json();
    assert_eq!(tokens["expires_in"], 120);
    assert!(!tokens["scope"].as_str().unwrap().contains("email"), "{tokens}");
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
}

/// R6.14a, off: everything that was asked for is told, and until when.
#[tokio::test]
async fn without_limits_everything_is_told() {
    let server = TestServer::start().await;
    let (codes, _) = asked(&server, &[]).await;
    let said = text(&Phone::signed_in(&server, "alice").await.open(&codes.user_code).await);
    for told in ["See your name and profile", "See your e-mail address", "Stay signed in after you go"] {
        assert!(said.contains(told), "{told}");
    }
    assert!(!said.contains("It asked for more.") && !said.contains("has to ask you again"), "{said}");
}

/// The refresh token's end is told where there is one, and the access token's where nothing is renewed.
#[tokio::test]
async fn the_end_that_is_told_is_the_last_one() {
    let server = started(json!({ "short_lived_tokens": { "access_token": 300, "access_token_at_risk": 300,
        "refresh_token": 7200, "refresh_token_at_risk": 7200 } }))
    .await;
    let alice = Phone::signed_in(&server, "alice").await;
    for (scope, until) in [("openid offline_access", "2 hours from now"), ("openid", "5 minutes from now")] {
        let codes = server.device_authorization_for(scope).await;
        let said = text(&alice.open(&codes.user_code).await);
        assert!(said.contains(until) && !said.contains("has to ask you again"), "{scope}: {said}");
    }
}

/// R6.13b: who scanned a code is told what a true address begins with.
#[tokio::test]
async fn the_true_address_stands_on_the_page() {
    let server = TestServer::start().await;
    let (codes, _) = asked(&server, &[]).await;
    let said = text(&Phone::signed_in(&server, "alice").await.open(&codes.user_code).await);
    assert!(said.contains("The true address of this page begins with https://id.example.com"), "{said}");
}
