//! Can any bytes crash what reads a receiver's polls and the other bodies of shared signals, or say two things at once?
#![no_main]

use libfuzzer_sys::fuzz_target;
use tandem_core::shared_signals::poll::{MOST_ACKNOWLEDGED, MOST_EVENTS, PollRequest};
use tandem_core::shared_signals::push::{Answered, Next, after};
use tandem_core::shared_signals::request::{WantedStatus, WantedStream, WantedSubject, WantedVerification};
use tandem_core::shared_signals::{Interest, KnownAs, Subject};
use tandem_core::time::Timestamp;

fuzz_target!(|data: &[u8]| {
    if let Ok(request) = PollRequest::parse(data) {
        assert!(request.most <= MOST_EVENTS);
        assert!(request.acknowledged.len() + request.refused.len() <= MOST_ACKNOWLEDGED);
        for (_, word) in &request.refused {
            assert!(!word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic()), "it stands in a log");
        }
    }
    let _ = (WantedStatus::parse(data), WantedStream::parse(data), WantedVerification::parse(data));
    if let Ok(wanted) = WantedSubject::parse(data) {
        let subject = wanted.subject;
        assert_eq!(
            Subject::parse(&subject.to_json()).as_ref(),
            Ok(&subject),
            "reading again changes nothing"
        );
        let interest = Interest(subject.clone());
        // Aliases are compared name by name, so that they are no name themselves.
        let is_alias = subject.to_json().to_string().contains("\"aliases\"");
        assert!(
            is_alias || interest.matches(&subject, &KnownAs::default()).is_some(),
            "everything matches itself"
        );
    }
    let answered = Answered::With { status: 400, retry_after: None, body: data };
    let end = Timestamp::from_secs(1);
    assert!(matches!(after(answered, 1, Timestamp::from_secs(0), end), Next::Refused(_)));
});
