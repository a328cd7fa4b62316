//! What was typed on the other device, and the PIN that goes back to it. (BCP 6.1.16, 6.1.17)

use super::{ask, collect_with, denied, offers, on_record, pending, pin_of, send, started, text};
use crate::support::{Phone, TestServer};
use serde_json::json;
use tandem_core::mitigations::Signal;

/// With a space, which no token on a page can have by chance.
const SEAT: [(&str, &str); 2] = [("tandem_binding_data", "14 C"), ("tandem_binding_label", "Seat")];

/// R6.17: what was typed on the other device is confirmed before a yes counts.
#[tokio::test]
async fn what_was_typed_is_shown_and_confirmed() {
    let server = started(json!({})).await;
    let id = ask(&server, &SEAT).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(
        text(&page).contains("Seat") && page.body.contains("name=\"binding\" value=\"14 C\""),
        "{}",
        page.body
    );
    assert!(!page.body.contains(" checked"), "nothing is ticked for the person");
    for missing in [&[][..], &[("binding", " ")]] {
        assert_eq!(send(&alice, &address, &page, "allow", missing).await.status, 422);
    }
    pending(&server, &id).await;
    assert_eq!(on_record(&server, "binding_missed").await, 0, "who forgets it loses no try");
    assert_eq!(send(&alice, &address, &page, "allow", &[("binding", "14 C")]).await.status, 200);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// R6.17: typed, with few tries, which a restart does not give back.
#[tokio::test]
async fn what_is_typed_is_nowhere_on_the_page_and_wrong_answers_end_it() {
    let server = started(json!({ "request_binding": { "answer": "type", "tries": 2 } })).await;
    let id = ask(&server, &SEAT).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(!page.body.contains("14 C") && page.body.contains("name=\"binding\""), "{}", page.body);
    let again = send(&alice, &address, &page, "allow", &[("binding", "41 C")]).await;
    assert_eq!(again.status, 422);
    assert!(text(&again).contains("you have 1 try left"), "{}", text(&again));
    pending(&server, &id).await;
    drop(alice);
    let server = server.restart().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let over = send(&alice, &address, &page, "allow", &[("binding", "41D")]).await;
    assert_eq!(over.status, 403);
    assert!(text(&over).contains("What you gave isn’t what was typed"), "{}", text(&over));
    denied(&server, &id).await;
    assert_eq!(on_record(&server, "binding_missed").await, 2);
    let crossing = tandem_core::crossing::CrossingId::of_secret(&id);
    assert_eq!(tandem_server::signals::of(&server.app, crossing), [Signal::BindingMissed]);
}

/// R6.17: the right answer, in whatever case, allows.
#[tokio::test]
async fn the_right_answer_counts_whatever_its_case() {
    let server = started(json!({ "request_binding": { "answer": "type" } })).await;
    let id = ask(&server, &SEAT).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert_eq!(send(&alice, &address, &page, "allow", &[("binding", " 14  c ")]).await.status, 200);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// R6.17, off: without data nothing is asked for, and what comes all the same does no harm.
#[tokio::test]
async fn without_data_nothing_is_asked_for() {
    let server = started(json!({})).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(!page.body.contains("name=\"binding\""));
    assert_eq!(send(&alice, &address, &page, "allow", &[("binding", "x")]).await.status, 200);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

async fn with_pin() -> TestServer {
    started(json!({ "request_initiation_verification": { "pin": "always" } })).await
}

/// R6.16a: after the yes the phone shows a PIN, and only with it is anything collected.
#[tokio::test]
async fn the_pin_is_shown_after_the_yes_and_must_come_back() {
    let server = with_pin().await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let shown = send(&alice, &address, &page, "allow", &[]).await;
    assert_eq!(shown.status, 200);
    let pin = pin_of(&shown.body);
    assert_eq!(pin_of(&alice.get(&address).await.body), pin, "it can be looked at again");
    assert_eq!(alice.inbox().await, std::slice::from_ref(&address), "the inbox leads there");
    assert_ne!(Phone::signed_in(&server, "bob").await.get(&address).await.status, 200, "by nobody else");
    server.advance(5);
    let waiting = server.collect(&id).await;
    waiting.is_error(400, "authorization_pending");
    assert_eq!(waiting.json()["tandem_pin_required"], true);
    server.advance(5);
    assert_eq!(collect_with(&server, &id, &pin).await.status, 200);
    assert_eq!(alice.get(&address).await.status, 404, "it is worth nothing any more");
}

/// R6.16b: the page warns of a PIN out of context, and takes a report: then nobody collects anything.
#[tokio::test]
async fn who_did_not_expect_a_pin_can_report_it() {
    let server = with_pin().await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let shown = send(&alice, &address, &page, "allow", &[]).await;
    assert!(
        text(&shown).contains("Never read it out to anybody") && offers(&shown, "report"),
        "{}",
        shown.body
    );
    let pin = pin_of(&shown.body);
    let reported = send(&alice, &address, &shown, "report", &[]).await;
    assert!(text(&reported).contains("Stopped and reported"), "{}", reported.body);
    assert_eq!(on_record(&server, "reported").await, 1);
    server.advance(5);
    collect_with(&server, &id, &pin).await.is_error(400, "access_denied");
}

/// R6.16b: such a report ends the request whatever signs policy acts on, and keeps the client quiet.
#[tokio::test]
async fn a_late_report_needs_no_policy() {
    let server = started(json!({
        "request_initiation_verification": { "pin": "always" },
        "detect_and_remediate": { "end_on": [] },
    }))
    .await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let shown = send(&alice, &address, &page, "allow", &[]).await;
    assert_eq!(send(&alice, &address, &shown, "report", &[]).await.status, 200);
    server.advance(5);
    collect_with(&server, &id, &pin_of(&shown.body)).await.is_error(400, "access_denied");
    let again = server.ask_as("till", &[("scope", "openid"), ("login_hint", "alice")]).await;
    assert_eq!(again.status, 403, "{}", again.body);
}

/// R6.16a, off: no PIN, no word of one.
#[tokio::test]
async fn without_a_pin_the_yes_is_all() {
    let server = started(json!({})).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let done = send(&alice, &address, &page, "allow", &[]).await;
    assert!(text(&done).contains("has your consent") && !text(&done).contains("PIN"), "{}", done.body);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// After a yes without a PIN there is nothing left to type, and an answer counts once.
#[tokio::test]
async fn without_a_pin_a_yes_is_the_last_word() {
    let server = started(json!({})).await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert_eq!(send(&alice, &address, &page, "allow", &[]).await.status, 200);
    assert_eq!(send(&alice, &address, &page, "report", &[]).await.status, 410);
    server.advance(5);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// R6.16b: nobody else's report counts, and none without the page's mark.
#[tokio::test]
async fn a_late_report_is_the_persons_own() {
    let server = with_pin().await;
    let id = ask(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let shown = send(&alice, &address, &page, "allow", &[]).await;
    let pin = pin_of(&shown.body);
    let bob = Phone::signed_in(&server, "bob").await;
    assert_ne!(send(&bob, &address, &shown, "report", &[]).await.status, 200);
    alice.post(&address, &[("decision", "report")]).await;
    assert_eq!(on_record(&server, "reported").await, 0);
    server.advance(5);
    assert_eq!(collect_with(&server, &id, &pin).await.status, 200);
}
