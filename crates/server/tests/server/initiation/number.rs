//! Does the consumption device get a number that the person must give? (BCP 6.1.16)

use super::{allow, request_of, till_asks, tv_asks, under};
use crate::support::{Answer, Codes, Phone, TestServer};
use serde_json::json;
use tandem_core::crossing::NumberAnswer;
use tandem_server::config::{Client, NumberMatching};

fn number(answer: &Answer) -> Option<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["tandem_number"].as_str().map(str::to_owned)
}

fn other(number: &str) -> String {
    (10..=99).map(|n: u8| n.to_string()).find(|n| n != number).unwrap()
}

/// R6.16a, on: under a policy that wants it, every device shows a number, and a yes takes it.
#[tokio::test]
async fn a_policy_that_wants_numbers_gets_them_in_both_rooms() {
    let server = under(json!({ "request_initiation_verification": { "number": "type" } })).await;
    assert!(number(&till_asks(&server, &[]).await).is_some());
    let answer = tv_asks(&server, &[]).await;
    let (shown, codes) = (number(&answer).unwrap(), Codes::read(&answer));
    let alice = Phone::signed_in(&server, "alice").await;
    assert_eq!(allow(&alice, &codes, &[]).await.status, 422);
    assert_eq!(allow(&alice, &codes, &[("number", &other(&shown))]).await.status, 422);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(5);
    assert_eq!(allow(&alice, &codes, &[("number", &shown)]).await.status, 200);
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.16a, off: nobody is asked for a number.
#[tokio::test]
async fn without_a_wish_there_is_no_number() {
    let server = TestServer::with_till().await;
    for more in [&[][..], &[("tandem_number_matching", "false")]] {
        let answer = tv_asks(&server, more).await;
        assert_eq!(number(&answer), None);
        assert_eq!(
            request_of(&server, &Codes::read(&answer).device_code).context,
            None,
            "and nothing is kept"
        );
        assert_eq!(number(&till_asks(&server, more).await), None);
    }
}

/// R6.16a: a device that can show a number may ask for one, and one wrong pick ends the request.
#[tokio::test]
async fn a_device_may_ask_for_a_number() {
    let server = TestServer::start().await;
    let answer = tv_asks(&server, &[("tandem_number_matching", "true")]).await;
    let (shown, codes) = (number(&answer).unwrap(), Codes::read(&answer));
    let kept = request_of(&server, &codes.device_code).number().unwrap();
    assert_eq!((kept.shown.to_string(), kept.answer), (shown.clone(), NumberAnswer::Pick));
    let alice = Phone::signed_in(&server, "alice").await;
    let answer = allow(&alice, &codes, &[("number", &other(&shown))]).await;
    assert_ne!(answer.status, 200, "{}", answer.body);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// R6.16a: a registration counts in both rooms.
#[tokio::test]
async fn a_client_that_registered_numbers_gets_them_at_the_device_grant() {
    let server = TestServer::with(|config| {
        for client in &mut config.clients {
            *client = Client { tandem_number_matching: Some(NumberMatching::Type), ..client.clone() };
        }
    })
    .await;
    let answer = tv_asks(&server, &[("tandem_number_matching", "false")]).await;
    assert!(number(&answer).is_some());
    let kept = request_of(&server, &Codes::read(&answer).device_code).number().unwrap();
    assert_eq!(kept.answer, NumberAnswer::Type);
}

/// R6.16a: the person sees the number nowhere before they give it.
#[tokio::test]
async fn a_number_that_is_typed_is_not_on_the_page() {
    let server = under(json!({ "request_initiation_verification": { "number": "type" } })).await;
    let answer = tv_asks(&server, &[]).await;
    let shown = number(&answer).unwrap();
    let page = Phone::signed_in(&server, "alice").await.open(&Codes::read(&answer).user_code).await;
    assert!(!page.body.contains(&format!("value=\"{shown}\"")), "{}", page.body);
    assert!(!page.body.contains(&format!(">{shown}<")), "{}", page.body);
}
