//! What policy refuses or ends, in the words of the person. (BCP 6.1.1, 6.1.3, 6.1.6)

use super::{ask, denied, offers, on_record, pending, send, started, text};
use crate::support::{DEVICE, PASSWORD, Phone};
use serde_json::json;
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::Signal;
use tandem_server::signals::{self, Raised};

/// R6.1b: where distance is refused, the page says so, and a no is still possible.
#[tokio::test]
async fn distance_is_refused_in_words_and_a_no_is_still_possible() {
    let server = started(json!({ "establish_proximity": { "network": "refuse" } })).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert_eq!(page.status, 403);
    assert!(text(&page).contains("It can be allowed only from close by"), "{}", page.body);
    assert!(!offers(&page, "allow") && offers(&page, "deny") && offers(&page, "report"));
    assert_eq!(send(&alice, &address, &page, "allow", &[]).await.status, 403, "nor by a form");
    pending(&server, &id).await;
    assert_eq!(send(&alice, &address, &page, "deny", &[]).await.status, 200);
    denied(&server, &id).await;
}

/// R6.1b, off.
#[tokio::test]
async fn where_distance_is_not_looked_at_nothing_is_refused() {
    let server = started(json!({ "establish_proximity": { "network": "off" } })).await;
    let id = ask(&server, &[]).await;
    server.answered("alice", "allow").await;
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// R6.3: a second network ends the request for both, where policy says so.
#[tokio::test]
async fn a_second_network_ends_the_request_where_policy_says_so() {
    for (rivalry, ends) in [("kill", true), ("allow", false)] {
        let server = started(json!({ "one_time_codes": { "second_network": rivalry } })).await;
        let id = ask(&server, &[]).await;
        let alice = Phone::signed_in(&server, "alice").await;
        let (address, first) = alice.open_request().await;
        let elsewhere = Phone::at(&server, "203.0.113.77");
        elsewhere.sign_in("alice", PASSWORD).await;
        let second = elsewhere.get(&address).await;
        assert_eq!((second.status, offers(&second, "allow")), if ends { (403, false) } else { (200, true) });
        let answer = send(&alice, &address, &first, "allow", &[]).await;
        if ends {
            assert!(text(&second).contains("opened in two places at once"), "{}", second.body);
            assert!(text(&answer).contains("opened in two places at once"), "{}", answer.body);
            denied(&server, &id).await;
            assert_eq!(on_record(&server, "code_contested").await, 1);
            assert_eq!(signals::of(&server.app, CrossingId::of_secret(&id)), [Signal::CodeContested]);
        } else {
            assert_eq!(answer.status, 200);
        }
    }
}

/// R6.6a: a sign of misuse that policy names ends the request before somebody can say yes.
#[tokio::test]
async fn an_incident_ends_what_is_open() {
    for (end_on, ends) in [(json!(["code_repeated"]), true), (json!([]), false)] {
        let server = started(json!({
            "detect_and_remediate": { "end_on": end_on }, "user_education": { "interstitial": "never" },
        }))
        .await;
        let id = ask(&server, &[]).await;
        let alice = Phone::signed_in(&server, "alice").await;
        let (address, page) = alice.open_request().await;
        let raised = Raised { crossing: Some(CrossingId::of_secret(&id)), ..Raised::default() };
        signals::raise(&server.app, Signal::CodeRepeated, &raised, server.now()).await;
        let answer = send(&alice, &address, &page, "allow", &[]).await;
        if ends {
            assert_eq!(answer.status, 403);
            assert!(
                text(&answer).contains("Something went wrong with this request before"),
                "{}",
                answer.body
            );
            denied(&server, &id).await;
            assert_eq!(on_record(&server, "ended_by_incident").await, 1);
            assert_eq!(alice.get(&address).await.status, 410, "and says so later");
        } else {
            assert_eq!(answer.status, 200);
        }
    }
}

/// R6.8: where only some networks may answer, the others are told.
#[tokio::test]
async fn an_answer_from_a_network_that_is_not_trusted_is_refused_in_words() {
    let server = started(json!({ "trusted_networks": { "approve": ["192.0.2.0/24"] } })).await;
    let id = ask(&server, &[]).await;
    let (_, page) = Phone::signed_in(&server, "alice").await.open_request().await;
    assert_eq!(page.status, 403);
    assert!(text(&page).contains("from the network that you are on"), "{}", page.body);
    let inside = Phone::at(&server, DEVICE);
    inside.sign_in("alice", PASSWORD).await;
    assert_eq!(inside.answer_request("allow", &[]).await.status, 200);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}
