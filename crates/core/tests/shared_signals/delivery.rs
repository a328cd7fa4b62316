//! RFC 8935 and RFC 8936: what is sent again, and what is over?

use serde_json::json;
use std::time::Duration;
use tandem_core::shared_signals::poll::{MOST_ACKNOWLEDGED, MOST_EVENTS, PollRequest, PollResponse, Waits};
use tandem_core::shared_signals::push::{Answered, Next, after};
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn end() -> Timestamp {
    NOW.plus(Duration::from_hours(24))
}

fn with(status: u16) -> Answered<'static> {
    Answered::With { status, retry_after: None, body: b"" }
}

#[test]
fn an_accepted_token_is_done_with() {
    for status in [200, 202, 204] {
        assert_eq!(after(with(status), 1, NOW, end()), Next::Delivered);
    }
}

#[test]
fn a_refused_token_is_not_sent_again() {
    let answered = |body: &'static [u8]| Answered::With { status: 400, retry_after: None, body };
    let refused = |body| match after(answered(body), 1, NOW, end()) {
        Next::Refused(err) => err,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(br#"{"err":"invalid_key","description":"x"}"#), "invalid_key");
    assert_eq!(refused(br#"{"err":"invalid_state"}"#), "invalid_state");
    assert_eq!(refused(b""), "unnamed");
    assert_eq!(refused(b"<html>"), "unnamed");
    assert_eq!(refused(br#"{"err":7}"#), "unnamed");
    assert_eq!(refused(br#"{"err":"a\nb c\u001b[31m"}"#), "abc31m", "nothing that a log would obey");
}

#[test]
fn everything_else_is_sent_again_ever_more_slowly() {
    for answered in
        [with(500), with(503), with(429), with(404), with(401), with(403), with(301), Answered::Not]
    {
        let wait = |attempts| match after(answered, attempts, NOW, end()) {
            Next::RetryAt(at) => at.since(NOW),
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(1), Duration::from_secs(1), "{answered:?}");
        assert_eq!(wait(2), Duration::from_secs(2));
        assert_eq!(wait(5), Duration::from_secs(16));
        assert_eq!(wait(40), Duration::from_mins(5), "and never slower than this");
        assert_eq!(wait(u32::MAX), Duration::from_mins(5));
    }
}

#[test]
fn a_receiver_that_asks_for_time_gets_it_but_not_beyond_the_end() {
    let asked =
        |secs| Answered::With { status: 429, retry_after: Some(Duration::from_secs(secs)), body: b"" };
    assert_eq!(after(asked(900), 1, NOW, end()), Next::RetryAt(NOW.plus(Duration::from_mins(15))));
    assert_eq!(after(asked(200_000), 1, NOW, end()), Next::RetryAt(end()));
}

#[test]
fn a_poll_says_what_it_wants_and_what_it_has() {
    let bare = PollRequest::parse(b"{}").unwrap();
    assert_eq!((bare.most, bare.waits), (MOST_EVENTS, Waits::Yes), "a long poll is the default");
    let text = json!({ "maxEvents": 5, "returnImmediately": true, "ack": ["a", "b", "a"],
        "setErrs": { "c": { "err": "invalid_key", "description": "x" } } });
    let full = PollRequest::parse(text.to_string().as_bytes()).unwrap();
    assert_eq!((full.most, full.waits), (5, Waits::No));
    assert_eq!(full.acknowledged, ["a", "b", "a"]);
    assert_eq!(full.refused, [("c".to_owned(), "invalid_key".to_owned())]);
    assert_eq!(PollRequest::parse(br#"{"maxEvents":0}"#).unwrap().most, 0);
    assert_eq!(PollRequest::parse(br#"{"maxEvents":99999999999}"#).unwrap().most, MOST_EVENTS);
    let foreign = json!({ "ack": ["x".repeat(1000)] }).to_string();
    assert_eq!(PollRequest::parse(foreign.as_bytes()).unwrap().acknowledged, [""; 0]);
}

#[test]
fn malformed_polls_are_refused() {
    let many: Vec<String> = (0..=MOST_ACKNOWLEDGED).map(|n| n.to_string()).collect();
    for text in [
        String::new(),
        "[]".to_owned(),
        "null".to_owned(),
        r#"{"maxEvents":-1}"#.to_owned(),
        r#"{"maxEvents":1.5}"#.to_owned(),
        r#"{"maxEvents":"1"}"#.to_owned(),
        r#"{"returnImmediately":"true"}"#.to_owned(),
        r#"{"ack":"a"}"#.to_owned(),
        r#"{"ack":[1]}"#.to_owned(),
        r#"{"setErrs":["a"]}"#.to_owned(),
        r#"{"setErrs":{"a":"invalid_key"}}"#.to_owned(),
        r#"{"setErrs":{"a":{}}}"#.to_owned(),
        r#"{"ack":["a"],"ack":["b"]}"#.to_owned(),
        json!({ "ack": many }).to_string(),
    ] {
        assert!(PollRequest::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn an_empty_answer_has_its_members() {
    let text = serde_json::to_string(&PollResponse::default()).unwrap();
    assert_eq!(text, r#"{"sets":{},"moreAvailable":false}"#);
}
