//! Does a yes that takes a passkey get one, without losing the request on the way? (BCP 6.1.14)

use super::{
    Authenticator, DECISION, apart, asked, collected, offers, pending, register, send, show_passkey, started,
    text,
};
use crate::support::{ISSUER, Phone, TestServer};
use serde_json::{Value, json};

fn demanded() -> Value {
    json!({ "user_experience": { "verification": "phishing_resistant", "verification_at_risk": "phishing_resistant" },
        "one_time_codes": { "presentations": 1 } })
}

/// R6.14a: the passkey is asked for in place of the yes; afterwards the same request is there, and it was opened once.
#[tokio::test]
async fn a_passkey_comes_first_and_leads_back() {
    let server = started(demanded()).await;
    let mut authenticator = Authenticator::new(ISSUER);
    let alice = Phone::signed_in(&server, "alice").await;
    register(&alice, &mut authenticator).await;
    // Shown before the request, it does not count for it.
    show_passkey(&alice, &mut authenticator, "/account").await;
    server.advance(1);
    let (codes, _) = asked(&server, &[]).await;
    let page = alice.open(&codes.user_code).await;
    assert!(!offers(&page, "allow") && offers(&page, "deny") && offers(&page, "report"), "{}", page.body);
    assert!(text(&page).contains("href=\"/sign-in?next=/device/decision&again=1\""), "{}", page.body);

    let forged = send(&alice, &page, "allow", &[]).await;
    assert_eq!(forged.status, 422);
    assert!(!offers(&forged, "allow"));
    pending(&server, &codes).await;

    assert_eq!(show_passkey(&alice, &mut authenticator, DECISION).await, DECISION);
    let page = alice.get(DECISION).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(&codes.user_code) && offers(&page, "allow"));
    assert_eq!(send(&alice, &page, "allow", &[]).await.status, 200);
    collected(&server, &codes).await;
}

/// The old form was sealed for the session before.
#[tokio::test]
async fn a_form_from_before_the_passkey_allows_nothing() {
    let server = started(demanded()).await;
    let mut authenticator = Authenticator::new(ISSUER);
    let alice = Phone::signed_in(&server, "alice").await;
    register(&alice, &mut authenticator).await;
    let (codes, _) = asked(&server, &[]).await;
    let before = alice.open(&codes.user_code).await;
    server.advance(1);
    show_passkey(&alice, &mut authenticator, DECISION).await;
    let csrf = alice.get(DECISION).await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("crossing", &before.field("crossing")), ("decision", "allow")];
    assert_eq!(alice.post(DECISION, &form).await.location(), DECISION);
    pending(&server, &codes).await;
}

/// Who has no passkey is told so, and can say no.
#[tokio::test]
async fn without_a_passkey_there_is_a_way_to_one_and_a_no() {
    let server = started(demanded()).await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    let said = text(&page);
    assert!(said.contains("you have none yet") && said.contains("href=\"/account\""), "{said}");
    assert_eq!(send(&alice, &page, "allow", &[]).await.status, 422);
    assert_eq!(send(&alice, &page, "deny", &[]).await.status, 200);
}

/// Off, a session is enough; a raised risk alone demands the passkey where policy says so.
#[tokio::test]
async fn a_session_is_enough_where_nothing_is_odd() {
    let server = TestServer::start().await;
    let (codes, _) = asked(&server, &[]).await;
    assert!(offers(&Phone::signed_in(&server, "alice").await.open(&codes.user_code).await, "allow"));

    let at_risk = json!({ "user_experience": { "verification_at_risk": "phishing_resistant" },
        "user_education": { "interstitial": "never" } });
    for (says, offered) in [(at_risk.clone(), true), (apart(&at_risk), false)] {
        let server = started(says).await;
        let (codes, _) = asked(&server, &[]).await;
        let page = Phone::signed_in(&server, "alice").await.open(&codes.user_code).await;
        assert_eq!(offers(&page, "allow"), offered);
    }
}

/// Distance as policy takes it: the passkey, whatever else is demanded.
#[tokio::test]
async fn distance_can_demand_a_passkey() {
    let server = started(json!({ "establish_proximity": { "network": "step_up" },
        "user_education": { "interstitial": "never" } }))
    .await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    assert!(!offers(&page, "allow"));
    assert_eq!(send(&alice, &page, "allow", &[]).await.status, 422);
    pending(&server, &codes).await;
}
