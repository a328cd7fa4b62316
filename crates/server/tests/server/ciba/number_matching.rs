//! Does the person have the other device before them? (BCP 6.1.16)

use crate::support::ciba::{asker, auth_req_id};
use crate::support::{Answer, Phone, TestServer, form_request};
use std::sync::Arc;
use tandem_server::config::{Client, NumberMatching};

/// With the clients `pick` and `type`.
async fn started() -> TestServer {
    let client = |id: &str, how| Client { tandem_number_matching: Some(how), ..asker(id) };
    TestServer::with_askers([client("pick", NumberMatching::Pick), client("type", NumberMatching::Type)])
        .await
}

/// What the device that asks gets: the request, and the number that it shows.
async fn ask(server: &TestServer, client_id: &str) -> (String, String) {
    let answer = server.ask_as(client_id, &[("scope", "openid"), ("login_hint", "alice")]).await;
    let id = auth_req_id(&answer);
    let number = answer.json()["tandem_number"].as_str().unwrap().to_owned();
    assert!((10..=99).contains(&number.parse::<u8>().unwrap()));
    (id, number)
}

/// The numbers that a page offers.
fn choices(page: &Answer) -> Vec<String> {
    let radios = page.body.split("name=\"number\" value=\"").skip(1);
    radios.map(|rest| rest[..rest.find('"').unwrap()].to_owned()).collect()
}

/// Another number.
fn other(number: &str) -> String {
    (10..=99).map(|n: u8| n.to_string()).find(|n| n != number).unwrap()
}

async fn say_yes(phone: &Phone<'_>, number: &str) -> Answer {
    phone.answer_request("allow", &[("number", number)]).await
}

#[tokio::test]
async fn the_right_pick_of_three_allows() {
    let server = started().await;
    let (id, number) = ask(&server, "pick").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (_, page) = alice.open_request().await;
    let offered = choices(&page);
    assert_eq!(offered.len(), 3);
    assert_eq!(offered.iter().filter(|one| **one == number).count(), 1);
    assert!(offered.is_sorted(), "their order tells nothing");
    assert_eq!(say_yes(&alice, &number).await.status, 200);
    assert_eq!(server.collect_as("pick", &id).await.status, 200);
}

#[tokio::test]
async fn a_wrong_pick_ends_the_request() {
    let server = started().await;
    let (id, number) = ask(&server, "pick").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let decoy = choices(&page).into_iter().find(|one| *one != number).unwrap();
    let answer = say_yes(&alice, &decoy).await;
    assert_eq!(answer.status, 403);
    assert!(!answer.body.contains(&format!(">{number}<")), "nor does it tell the right one");
    assert!(alice.inbox().await.is_empty());
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow"), ("number", &number)];
    assert_eq!(alice.post(&address, &form).await.status, 410, "there is one try");
    server.collect_as("pick", &id).await.is_error(400, "access_denied");
    assert_eq!(server.events().await[0], "number_missed");
}

#[tokio::test]
async fn without_a_number_nothing_is_allowed_and_nothing_is_lost() {
    let server = started().await;
    for client_id in ["pick", "type"] {
        let (id, number) = ask(&server, client_id).await;
        let alice = Phone::signed_in(&server, "alice").await;
        for _ in 0..5 {
            assert_eq!(alice.answer_request("allow", &[]).await.status, 422);
            assert_eq!(say_yes(&alice, "").await.status, 422);
        }
        server.collect_as(client_id, &id).await.is_error(400, "authorization_pending");
        server.advance(5);
        assert_eq!(say_yes(&alice, &number).await.status, 200);
        assert_eq!(server.collect_as(client_id, &id).await.status, 200);
    }
}

#[tokio::test]
async fn a_no_needs_no_number() {
    let server = started().await;
    for (client_id, decision) in [("pick", "deny"), ("type", "report")] {
        let (id, _) = ask(&server, client_id).await;
        server.answered("alice", decision).await;
        server.collect_as(client_id, &id).await.is_error(400, "access_denied");
    }
}

#[tokio::test]
async fn a_number_that_is_typed_is_nowhere_on_the_page() {
    let server = started().await;
    let (id, number) = ask(&server, "type").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(choices(&page).is_empty());
    // Other numbers stand on the page, such as minutes and sizes of pictures; none is offered as an answer.
    assert!(!page.body.contains(&format!("value=\"{number}\"")), "{}", page.body);
    assert!(!address.contains(&id), "nor does the address tell what the client knows");
    assert!(!page.body.contains(&id));
    assert_eq!(say_yes(&alice, &format!(" {number} ")).await.status, 200);
    assert_eq!(server.collect_as("type", &id).await.status, 200);
}

#[tokio::test]
async fn a_number_may_be_typed_three_times_and_a_restart_gives_no_further_try() {
    let server = started().await;
    let (id, number) = ask(&server, "type").await;
    let alice = Phone::signed_in(&server, "alice").await;
    for (left, wrong) in [("2 tries left", other(&number)), ("1 try left", "elephant".to_owned())] {
        let answer = say_yes(&alice, &wrong).await;
        assert_eq!(answer.status, 422);
        let text = answer.body.replace("<bdi>", "").replace("</bdi>", "");
        assert!(text.contains(left), "{left}: {text}");
    }
    server.collect_as("type", &id).await.is_error(400, "authorization_pending");
    drop(alice);
    let server = server.restart().await;
    let alice = Phone::signed_in(&server, "alice").await;
    assert_eq!(say_yes(&alice, &other(&number)).await.status, 403);
    server.advance(5);
    server.collect_as("type", &id).await.is_error(400, "access_denied");
    assert_eq!(server.events().await.iter().filter(|kind| *kind == "number_missed").count(), 3);
}

#[tokio::test]
async fn the_last_of_three_tries_may_be_the_right_one() {
    let server = started().await;
    let (id, number) = ask(&server, "type").await;
    let alice = Phone::signed_in(&server, "alice").await;
    for _ in 0..2 {
        assert_eq!(say_yes(&alice, &other(&number)).await.status, 422);
    }
    assert_eq!(say_yes(&alice, &number).await.status, 200);
    assert_eq!(server.collect_as("type", &id).await.status, 200);
}

#[tokio::test]
async fn all_numbers_at_once_are_three_tries_at_most() {
    let server = Arc::new(started().await);
    let (id, number) = ask(&server, "type").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let (csrf, crossing, cookie) = (page.field("csrf"), page.field("crossing"), alice.cookie_line());
    let mut guesses = tokio::task::JoinSet::new();
    for guess in (10..=99).map(|n: u8| n.to_string()).filter(|n| *n != number) {
        let form =
            [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow"), ("number", &guess)];
        let mut request = form_request(&address, &form);
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        let server = Arc::clone(&server);
        guesses.spawn(async move { server.send(request).await.status });
    }
    let statuses = guesses.join_all().await;
    assert!(!statuses.contains(&200), "{statuses:?}");
    let missed = async || server.events().await.iter().filter(|kind| *kind == "number_missed").count();
    assert!((1..=3).contains(&missed().await), "{statuses:?}");
    // Who came while others were written down, again and again, was not heard: what is left may be given one by one.
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    let wrong = other(&number);
    while alice.post(&address, &[&form[..], &[("number", &wrong)]].concat()).await.status == 422 {}
    assert_eq!(missed().await, 3);
    server.collect_as("type", &id).await.is_error(400, "access_denied");
}

#[tokio::test]
async fn who_presses_twice_is_told_the_truth_twice() {
    let server = started().await;
    let (id, number) = ask(&server, "type").await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let (csrf, crossing, wrong) = (page.field("csrf"), page.field("crossing"), other(&number));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow"), ("number", &wrong)];
    let (one, two) = tokio::join!(alice.post(&address, &form), alice.post(&address, &form));
    assert_eq!((one.status, two.status), (422, 422), "the request waits for its answer still");
    assert_eq!(say_yes(&alice, &number).await.status, 200);
    assert_eq!(server.collect_as("type", &id).await.status, 200);
}

#[tokio::test]
async fn a_client_that_can_show_a_number_may_ask_for_one() {
    let server = TestServer::with_till().await;
    let form = [("scope", "openid"), ("login_hint", "alice")];
    let ask = async |value: &str| {
        server.ask_as("till", &[form[0], form[1], ("tandem_number_matching", value)]).await
    };
    let plain = server.ask_as("till", &form).await;
    assert!(plain.json().get("tandem_number").is_none());
    assert!(ask("false").await.json().get("tandem_number").is_none());
    for wrong in ["perhaps", "1", "TRUE"] {
        ask(wrong).await.is_error(400, "invalid_request");
    }
    let answer = ask("true").await;
    let number = answer.json()["tandem_number"].as_str().unwrap().to_owned();
    let alice = Phone::signed_in(&server, "alice").await;
    assert_eq!(choices(&alice.open_request().await.1).len(), 3);
    assert_eq!(alice.answer_request("allow", &[]).await.status, 422);
    assert_eq!(say_yes(&alice, &number).await.status, 200);
    assert_eq!(server.collect(&auth_req_id(&answer)).await.status, 200);
}

#[tokio::test]
async fn a_client_that_registered_for_it_cannot_do_without() {
    let server = started().await;
    let form = [("scope", "openid"), ("login_hint", "alice"), ("tandem_number_matching", "false")];
    let answer = server.ask_as("type", &form).await;
    assert!(answer.json()["tandem_number"].is_string(), "{}", answer.body);
    assert_eq!(Phone::signed_in(&server, "alice").await.answer_request("allow", &[]).await.status, 422);
}
