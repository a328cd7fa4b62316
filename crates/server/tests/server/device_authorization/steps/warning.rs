//! Does the person read what a scam looks like before a risky question? (BCP 6.1.13)

use super::{
    Authenticator, DECISION, apart, asked, collected, denied, offers, on_record, pending, register, send,
    show_passkey, started, text,
};
use crate::support::{ISSUER, Phone, TestServer};
use serde_json::json;

/// R6.13a, R6.14c: the page before the question says what is odd; to stop comes first and is as large.
#[tokio::test]
async fn a_risky_request_is_warned_of_first() {
    let server = started(apart(&json!({}))).await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let warning = alice.open(&codes.user_code).await;
    assert_eq!(warning.status, 200);
    let said = text(&warning);
    assert!(
        said.contains("What a scam looks like") && said.contains("on another network than you are"),
        "{said}"
    );
    assert!(!offers(&warning, "allow"));
    let at =
        |value: &str| said.find(&format!("type=\"submit\" name=\"decision\" value=\"{value}\"")).unwrap();
    assert!(at("deny") < at("continue") && at("continue") < at("report"));
    assert!(
        said.contains("<button class=\"button answer\" type=\"submit\" name=\"decision\" value=\"deny\">")
    );
    assert!(
        said.contains(
            "<button class=\"button answer\" type=\"submit\" name=\"decision\" value=\"continue\">"
        )
    );
    assert_eq!(said.find("type=\"submit\""), Some(at("deny")), "what Enter presses stops");

    assert_eq!(send(&alice, &warning, "continue", &[]).await.location(), DECISION);
    let question = alice.get(DECISION).await;
    assert!(offers(&question, "allow") && question.body.contains(&codes.user_code));
    assert_eq!(send(&alice, &question, "allow", &[]).await.status, 200);
    collected(&server, &codes).await;
}

/// Off: policy does not look, or asks for no page.
#[tokio::test]
async fn nothing_odd_or_no_page_means_no_page() {
    for says in [json!({}), apart(&json!({ "user_education": { "interstitial": "never" } }))] {
        let server = started(says).await;
        let (codes, _) = asked(&server, &[]).await;
        assert!(offers(&Phone::signed_in(&server, "alice").await.open(&codes.user_code).await, "allow"));
    }
}

/// R6.14b: to stop is a no.
#[tokio::test]
async fn to_stop_denies_and_to_report_reports() {
    let server = started(json!({ "user_education": { "interstitial": "always" } })).await;
    for (decision, reported) in [("deny", 0), ("report", 1)] {
        let (codes, _) = asked(&server, &[]).await;
        let alice = Phone::signed_in(&server, "alice").await;
        let warning = alice.open(&codes.user_code).await;
        assert_eq!(send(&alice, &warning, decision, &[]).await.status, 200);
        denied(&server, &codes).await;
        assert_eq!(on_record(&server, "reported").await, reported);
    }
}

/// Nobody gets past the page: not by its own form, not by one of another session, not by somebody else's reading.
#[tokio::test]
async fn there_is_no_way_around_the_page() {
    let server = started(json!({ "user_education": { "interstitial": "always" },
        "one_time_codes": { "second_person": "allow" } }))
    .await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let warning = alice.open(&codes.user_code).await;
    let forged = send(&alice, &warning, "allow", &[]).await;
    assert_eq!(forged.status, 422);
    assert!(offers(&forged, "continue") && !offers(&forged, "allow"));
    pending(&server, &codes).await;

    // Without its csrf token the acknowledgement counts for nothing.
    let form = [("crossing", warning.field("crossing")), ("decision", "continue".to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(alice.post(DECISION, &form).await.location(), DECISION);
    assert!(offers(&alice.get(DECISION).await, "continue"));

    // What alice read, another session of hers has not.
    assert_eq!(send(&alice, &warning, "continue", &[]).await.status, 303);
    let question = alice.get(DECISION).await;
    let other = Phone::signed_in(&server, "alice").await;
    let csrf = other.open(&codes.user_code).await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("crossing", &question.field("crossing")), ("decision", "allow")];
    assert_eq!(other.post(DECISION, &form).await.location(), DECISION);
    assert!(offers(&other.get(DECISION).await, "continue"));

    // Nor has bob, who signs in on her browser.
    let csrf = alice.get("/sign-in?next=/account&again=1").await.field("csrf");
    let form = [("username", "bob"), ("password", crate::support::PASSWORD), ("csrf", &csrf)];
    assert_eq!(alice.post("/sign-in", &form).await.status, 303);
    assert!(offers(&alice.get(DECISION).await, "continue"));
    pending(&server, &codes).await;
}

/// A reload, the back button and a passkey in between cost neither the reading nor another opening.
#[tokio::test]
async fn what_was_read_once_need_not_be_read_again() {
    let server = started(json!({
        "user_education": { "interstitial": "always" },
        "user_experience": { "verification": "phishing_resistant", "verification_at_risk": "phishing_resistant" },
        "one_time_codes": { "presentations": 1 },
    }))
    .await;
    let mut authenticator = Authenticator::new(ISSUER);
    let alice = Phone::signed_in(&server, "alice").await;
    register(&alice, &mut authenticator).await;
    let (codes, _) = asked(&server, &[]).await;
    server.advance(1);
    let warning = alice.open(&codes.user_code).await;
    assert!(offers(&alice.get(DECISION).await, "continue"));
    send(&alice, &warning, "continue", &[]).await;
    let question = alice.get(DECISION).await;
    assert!(!offers(&question, "continue") && !offers(&question, "allow"), "the passkey is next");
    assert_eq!(send(&alice, &warning, "continue", &[]).await.status, 303, "again, by the back button");
    show_passkey(&alice, &mut authenticator, DECISION).await;
    let question = alice.get(DECISION).await;
    assert!(offers(&question, "allow"), "{}", question.body);
    assert_eq!(send(&alice, &question, "allow", &[]).await.status, 200);
    collected(&server, &codes).await;
}

/// The reading belongs to one request.
#[tokio::test]
async fn the_next_request_is_warned_of_again() {
    let server = TestServer::with(|config| {
        config.device_authorization.policy =
            crate::support::policy(json!({ "user_education": { "interstitial": "always" } }));
    })
    .await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (first, _) = asked(&server, &[]).await;
    let warning = alice.open(&first.user_code).await;
    send(&alice, &warning, "continue", &[]).await;
    let (second, _) = asked(&server, &[]).await;
    assert!(offers(&alice.open(&second.user_code).await, "continue"));
    // A second window goes on with what its own page warned of.
    send(&alice, &warning, "continue", &[]).await;
    let question = alice.get(DECISION).await;
    assert!(offers(&question, "allow") && question.body.contains(&first.user_code));
}
