//! The page that says what a scam looks like, before the question. (BCP 6.1.13, 6.1.14)

use super::{apart, ask, denied, offers, on_record, pending, send, started, text};
use crate::support::{Phone, TestServer};
use serde_json::json;

/// R6.13a: where policy wants it, nobody answers without having read what a scam looks like.
#[tokio::test]
async fn the_warning_comes_first_and_leads_on_to_the_question() {
    let server = started(json!({ "user_education": { "interstitial": "always" } })).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, warning) = alice.open_request().await;
    assert_eq!(warning.status, 200);
    assert!(!offers(&warning, "allow") && offers(&warning, "deny") && offers(&warning, "report"));
    for words in ["Did you start this yourself?", "A scam begins with a call", "The till"] {
        assert!(text(&warning).contains(words), "{words}: {}", warning.body);
    }
    // From there no yes can come.
    assert_ne!(send(&alice, &address, &warning, "allow", &[]).await.status, 200);
    pending(&server, &id).await;
    let question = send(&alice, &address, &warning, "continue", &[]).await;
    assert!(offers(&question, "allow"), "{}", question.body);
    assert_eq!(send(&alice, &address, &question, "allow", &[]).await.status, 200);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// R6.13a: a question that was open before the risk rose is no way around the warning.
#[tokio::test]
async fn a_question_without_the_warning_does_not_count_once_it_is_due() {
    let server = started(json!({})).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, question) = alice.open_request().await;
    assert!(offers(&question, "allow"), "without risk there is no page before it: {}", question.body);
    let raised = tandem_server::signals::Raised {
        crossing: Some(tandem_core::crossing::CrossingId::of_secret(&id)),
        ..Default::default()
    };
    let signal = tandem_core::mitigations::Signal::CodeRepeated;
    tandem_server::signals::raise(&server.app, signal, &raised, server.now()).await;
    assert_eq!(send(&alice, &address, &question, "allow", &[]).await.location(), address);
    pending(&server, &id).await;
    let warning = alice.get(&address).await;
    assert!(offers(&warning, "continue") && !offers(&warning, "allow"), "{}", warning.body);
    let question = send(&alice, &address, &warning, "continue", &[]).await;
    assert_eq!(send(&alice, &address, &question, "allow", &[]).await.status, 200);
}

/// R6.13a, off: the same risk without the page.
#[tokio::test]
async fn where_policy_wants_no_page_the_question_comes_at_once() {
    for (interstitial, first) in [("never", "allow"), ("at_risk", "continue")] {
        let server = started(apart(&json!({ "user_education": { "interstitial": interstitial } }))).await;
        ask(&server, &[]).await;
        let (_, page) = Phone::signed_in(&server, "alice").await.open_request().await;
        assert!(offers(&page, first), "{interstitial}: {}", page.body);
        assert!(
            text(&page).contains("This was started on another network than yours"),
            "what is odd is said"
        );
    }
}

/// R6.14c: a no needs no warning read, and a report from there is one.
#[tokio::test]
async fn no_can_be_said_on_the_page_before_the_question() {
    let server = started(json!({ "user_education": { "interstitial": "always" } })).await;
    for (decision, kind) in [("deny", "denied"), ("report", "reported")] {
        let id = ask(&server, &[]).await;
        let alice = Phone::signed_in(&server, "alice").await;
        let (address, warning) = alice.open_request().await;
        assert_eq!(send(&alice, &address, &warning, decision, &[]).await.status, 200);
        denied(&server, &id).await;
        assert!(on_record(&server, kind).await > 0, "{kind}");
        server.advance(3600);
    }
}

/// R6.14b: every question says what to do with what one did not start or expect.
#[tokio::test]
async fn the_question_says_to_decline_what_was_not_expected() {
    let server = started(json!({})).await;
    ask(&server, &[]).await;
    let (_, page) = Phone::signed_in(&server, "alice").await.open_request().await;
    assert!(text(&page).contains("Didn’t start or expect it? Answer no."), "{}", page.body);
}

/// R6.13a, R6.13b, R6.14d: the page for everybody, without a session, in both languages.
#[tokio::test]
async fn the_help_page_says_what_is_genuine_and_where_a_code_may_lead() {
    let server = TestServer::start().await;
    let stranger = Phone::new(&server);
    let page = stranger.get("/help/codes").await;
    assert_eq!(page.status, 200);
    for words in [
        "Our pages begin with https://id.example.com and then a slash",
        "The browser must show the connection as secure",
        "Never scan one from a message",
        "We never send you a code",
    ] {
        assert!(text(&page).contains(words), "{words}: {}", text(&page));
    }
    assert!(stranger.get("/help/codes?lang=ja").await.body.contains("QR コードの行き先を確かめる"));
    for other in ["/", "/device", "/sign-in"] {
        assert!(stranger.get(other).await.body.contains("href=\"/help/codes\""), "{other}");
    }
}
