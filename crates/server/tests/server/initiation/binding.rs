//! Is what the person typed on the consumption device bound into the request? (BCP 6.1.17)

use super::{allow, request_of, till_asks, tv_asks, under};
use crate::support::ciba::auth_req_id;
use crate::support::{Codes, Phone, TestServer};
use serde_json::json;
use tandem_core::mitigations::request_binding::BindingAnswer;

const SEAT: [(&str, &str); 2] = [("tandem_binding_data", " 12A\u{200b} "), ("tandem_binding_label", "Seat")];

/// R6.17, on: without data nobody is asked; with it, a yes takes it.
#[tokio::test]
async fn data_that_is_demanded_is_bound_and_given_again() {
    let server = under(json!({ "request_binding": { "demand": "always", "answer": "type" } })).await;
    tv_asks(&server, &[]).await.is_error(400, "invalid_request");
    till_asks(&server, &[]).await.is_error(400, "invalid_request");
    assert_eq!(server.app.store.census().pending, 0);
    let codes = Codes::read(&tv_asks(&server, &SEAT).await);
    let request = request_of(&server, &codes.device_code);
    let bound = request.binding().unwrap();
    assert_eq!((&*bound.label, &*bound.text, bound.answer), ("Seat", "12A", BindingAnswer::Type));
    let alice = Phone::signed_in(&server, "alice").await;
    assert_eq!(allow(&alice, &codes, &[]).await.status, 422);
    assert_eq!(allow(&alice, &codes, &[("binding", "14C")]).await.status, 422);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(5);
    assert_eq!(allow(&alice, &codes, &[("binding", "１２ａ")]).await.status, 200);
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.17, off: what is not sent is not asked for; what is sent is, whoever demands it.
#[tokio::test]
async fn data_that_is_sent_counts_though_nobody_demands_it() {
    let server = TestServer::with_till().await;
    let plain = Codes::read(&tv_asks(&server, &[]).await);
    Phone::signed_in(&server, "alice").await.allow(&plain.user_code).await;
    let codes = Codes::read(&tv_asks(&server, &SEAT).await);
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    assert!(page.body.contains("12A") && page.body.contains("Seat"), "confirmed under baseline");
    assert_eq!(alice.answer(&page, "allow").await.status, 422);
    assert_eq!(allow(&alice, &codes, &[("binding", "12A")]).await.status, 200);
    let id = auth_req_id(&till_asks(&server, &SEAT).await);
    assert_eq!(alice.answer_request("allow", &[]).await.status, 422);
    assert_eq!(alice.answer_request("allow", &[("binding", "12A")]).await.status, 200);
    assert_eq!(server.collect(&id).await.status, 200);
}

/// R6.17: data without a name is asked for in the page's own words.
#[tokio::test]
async fn a_name_is_not_needed() {
    let server = TestServer::start().await;
    let codes = Codes::read(&tv_asks(&server, &[("tandem_binding_data", "4711")]).await);
    let page = Phone::signed_in(&server, "alice").await.open(&codes.user_code).await;
    assert!(page.body.contains("What was typed on the device:"), "{}", page.body);
    assert!(!page.body.contains("“”"), "{}", page.body);
}

/// R6.17: what nobody could give again is refused when it is sent.
#[tokio::test]
async fn data_that_cannot_be_shown_or_is_too_long_begins_nothing() {
    let server = TestServer::with_till().await;
    let (long, long_label) = ("x".repeat(65), "x".repeat(33));
    for more in [
        &[("tandem_binding_data", long.as_str())][..],
        &[("tandem_binding_data", "\u{200b}\u{202e}")],
        &[("tandem_binding_data", "1"), ("tandem_binding_label", &long_label)],
        &[("tandem_binding_label", "Seat")],
        &[("tandem_binding_data", "1"), ("tandem_binding_data", "2")],
    ] {
        tv_asks(&server, more).await.is_error(400, "invalid_request");
        till_asks(&server, more).await.is_error(400, "invalid_request");
    }
    assert_eq!(server.app.store.census().pending, 0);
}
