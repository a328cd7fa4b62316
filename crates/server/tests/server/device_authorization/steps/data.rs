//! Does the person have the device before them, and is it their request? (BCP 6.1.16, 6.1.17)

use super::{DECISION, asked, collected, denied, offers, on_record, pending, send, started, text};
use crate::support::{Answer, Phone, TestServer, form_request};
use serde_json::{Value, json};
use std::sync::Arc;

fn number(how: &str, tries: u8) -> Value {
    json!({ "request_initiation_verification": { "number": how, "number_tries": tries } })
}

fn typed(tries: u8) -> Value {
    json!({ "request_binding": { "answer": "type", "tries": tries } })
}

const SEAT: [(&str, &str); 2] = [("tandem_binding_data", "14 C"), ("tandem_binding_label", "Seat")];

/// Another number.
fn other(number: &str) -> String {
    (10..=99).map(|n: u8| n.to_string()).find(|n| n != number).unwrap()
}

fn shown(response: &Value) -> String {
    response["tandem_number"].as_str().unwrap().to_owned()
}

fn choices(page: &Answer) -> Vec<String> {
    let radios = page.body.split("name=\"number\" value=\"").skip(1);
    radios.map(|rest| rest[..rest.find('"').unwrap()].to_owned()).collect()
}

/// R6.16a, on: the number of the device's screen, typed, goes with the yes.
#[tokio::test]
async fn the_devices_number_is_typed() {
    let server = started(number("type", 3)).await;
    let (codes, response) = asked(&server, &[]).await;
    let right = shown(&response);
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    assert!(choices(&page).is_empty() && !page.body.contains(&format!("value=\"{right}\"")));
    for missing in [&[][..], &[("number", " ")]] {
        let again = send(&alice, &page, "allow", missing).await;
        assert_eq!(again.status, 422);
        assert!(text(&again).contains("give the number that the other screen shows"));
        assert!(again.body.contains(&codes.user_code), "the same question");
    }
    pending(&server, &codes).await;
    assert_eq!(on_record(&server, "number_missed").await, 0, "nothing given costs nothing");
    assert_eq!(send(&alice, &page, "allow", &[("number", &right)]).await.status, 200);
    collected(&server, &codes).await;
}

/// R6.16a: wrong numbers are counted on disk, and the last one ends the request.
#[tokio::test]
async fn wrong_numbers_end_the_request_and_a_restart_gives_no_further_try() {
    let server = started(number("type", 3)).await;
    let (codes, response) = asked(&server, &[]).await;
    let (right, wrong) = (shown(&response), other(&shown(&response)));
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    for left in ["2 tries left", "1 try left"] {
        // The same form again, as by the back button.
        let again = send(&alice, &page, "allow", &[("number", &wrong)]).await;
        assert_eq!(again.status, 422);
        assert!(text(&again).contains(left), "{}", again.body);
    }
    pending(&server, &codes).await;
    drop(alice);
    let server = server.restart().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    let last = send(&alice, &page, "allow", &[("number", &wrong)]).await;
    assert_eq!(last.status, 403);
    assert!(text(&last).contains("we stopped the request"), "{}", last.body);
    // Two digits stand in many a request id, and in the size of a picture: what is looked for is the number by itself.
    assert!(!last.body.contains(&format!(">{right}<")) && !last.body.contains(&format!("value=\"{right}\"")));
    // It ended: the right number comes too late, and the page still says what happened.
    let late = send(&alice, &page, "allow", &[("number", &right)]).await;
    assert_eq!(late.status, 410);
    assert!(text(&late).contains("The number was wrong"), "{}", late.body);
    denied(&server, &codes).await;
    assert_eq!(on_record(&server, "number_missed").await, 3);
}

/// R6.16a: one wrong pick of three is one too many.
#[tokio::test]
async fn a_wrong_pick_ends_the_request() {
    let server = started(number("pick", 3)).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (codes, response) = asked(&server, &[]).await;
    let page = alice.open(&codes.user_code).await;
    let offered = choices(&page);
    assert!(offered.len() == 3 && offered.contains(&shown(&response)) && offered.is_sorted());
    let decoy = offered.iter().find(|one| **one != shown(&response)).unwrap();
    assert_eq!(send(&alice, &page, "allow", &[("number", decoy)]).await.status, 403);
    denied(&server, &codes).await;
    assert_eq!(on_record(&server, "number_missed").await, 1);

    let (codes, response) = asked(&server, &[]).await;
    let page = alice.open(&codes.user_code).await;
    assert_eq!(send(&alice, &page, "allow", &[("number", &shown(&response))]).await.status, 200);
    collected(&server, &codes).await;
}

/// R6.16a, off; and a no never needs a number.
#[tokio::test]
async fn no_number_where_none_is_demanded_and_none_for_a_no() {
    let server = TestServer::start().await;
    let (codes, response) = asked(&server, &[]).await;
    assert!(response.get("tandem_number").is_none());
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    assert!(!page.body.contains("name=\"number\"") && !page.body.contains("name=\"binding\""));
    assert_eq!(send(&alice, &page, "allow", &[]).await.status, 200);

    let server = started(number("type", 3)).await;
    for decision in ["deny", "report"] {
        let (codes, _) = asked(&server, &[]).await;
        let alice = Phone::signed_in(&server, "alice").await;
        let page = alice.open(&codes.user_code).await;
        assert_eq!(send(&alice, &page, decision, &[]).await.status, 200);
        denied(&server, &codes).await;
    }
}

/// All numbers at once are as many tries as policy gives.
#[tokio::test]
async fn guesses_at_once_are_counted_one_by_one() {
    let server = Arc::new(started(number("type", 3)).await);
    let (codes, response) = asked(&server, &[]).await;
    let wrong = other(&shown(&response));
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    let (csrf, crossing, cookie) = (page.field("csrf"), page.field("crossing"), alice.cookie_line());
    let mut guesses = tokio::task::JoinSet::new();
    for guess in (10..=99).map(|n: u8| n.to_string()).filter(|n| *n != shown(&response)) {
        let form =
            [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow"), ("number", &guess)];
        let mut request = form_request(DECISION, &form);
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        let server = Arc::clone(&server);
        guesses.spawn(async move { server.send(request).await.status });
    }
    let statuses = guesses.join_all().await;
    assert!(!statuses.contains(&200), "{statuses:?}");
    let missed = async || on_record(&server, "number_missed").await;
    assert!((1..=3).contains(&missed().await), "{statuses:?}");
    // Who was not heard in the crowd may go on one by one.
    while send(&alice, &page, "allow", &[("number", &wrong)]).await.status == 422 {}
    assert_eq!(missed().await, 3);
    denied(&server, &codes).await;
}

/// R6.17, on: what was typed on the device is shown, and a yes takes that it is theirs.
#[tokio::test]
async fn bound_data_is_confirmed() {
    let server = TestServer::start().await;
    let (codes, _) = asked(&server, &SEAT).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&codes.user_code).await;
    let said = text(&page);
    assert!(said.contains("What was typed on the device as “Seat”") && said.contains(">14 C<"), "{said}");
    assert!(said.contains("type=\"checkbox\" name=\"binding\" value=\"14 C\"") && !said.contains(" checked"));
    let again = send(&alice, &page, "allow", &[]).await;
    assert_eq!(again.status, 422);
    assert!(text(&again).contains("also give what you typed"));
    pending(&server, &codes).await;
    assert_eq!(send(&alice, &page, "allow", &[("binding", "14 C")]).await.status, 200);
    collected(&server, &codes).await;
}

/// R6.17: typed, it is nowhere on the page, and wrong tries end the request.
#[tokio::test]
async fn bound_data_is_typed_and_wrong_data_ends_the_request() {
    let server = started(typed(2)).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (codes, _) = asked(&server, &SEAT).await;
    let page = alice.open(&codes.user_code).await;
    assert!(!page.body.contains("14 C") && page.body.contains("Seat"), "{}", page.body);
    let again = send(&alice, &page, "allow", &[("binding", "15 C")]).await;
    assert_eq!(again.status, 422);
    assert!(text(&again).contains("1 try left") && !again.body.contains("14 C"), "{}", again.body);
    assert_eq!(
        send(&alice, &page, "allow", &[("binding", " 14 c ")]).await.status,
        200,
        "case does not count"
    );
    collected(&server, &codes).await;

    let (codes, _) = asked(&server, &SEAT).await;
    let page = alice.open(&codes.user_code).await;
    for status in [422, 403, 410] {
        let wrong = send(&alice, &page, "allow", &[("binding", "1")]).await;
        assert_eq!(wrong.status, status);
        assert!(!wrong.body.contains("14 C"));
    }
    denied(&server, &codes).await;
    assert_eq!(on_record(&server, "binding_missed").await, 3);
}

/// Two windows: each answers its own request.
#[tokio::test]
async fn a_second_window_does_not_take_over() {
    let server = started(number("type", 3)).await;
    let (first, one) = asked(&server, &[]).await;
    let (second, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let page = alice.open(&first.user_code).await;
    let later = alice.open(&second.user_code).await;
    let again = send(&alice, &page, "allow", &[("number", &other(&shown(&one)))]).await;
    assert!(again.body.contains(&first.user_code) && !again.body.contains(&second.user_code));
    assert!(alice.get(DECISION).await.body.contains(&first.user_code), "the one that was answered last");
    assert_eq!(send(&alice, &again, "allow", &[("number", &shown(&one))]).await.status, 200);
    collected(&server, &first).await;
    pending(&server, &second).await;
    assert!(offers(&later, "deny"));
    assert_eq!(send(&alice, &later, "deny", &[]).await.status, 200);
}
