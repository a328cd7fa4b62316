//! Whatever somebody sends, it is read or refused.

use proptest::prelude::*;
use tandem_core::shared_signals::Subject;
use tandem_core::shared_signals::poll::PollRequest;
use tandem_core::shared_signals::push::{Answered, after};
use tandem_core::shared_signals::request::{WantedStatus, WantedStream, WantedSubject, WantedVerification};
use tandem_core::time::Timestamp;

fn read_all(bytes: &[u8]) {
    let _ = PollRequest::parse(bytes);
    let _ = WantedStatus::parse(bytes);
    let _ = WantedStream::parse(bytes);
    let _ = WantedSubject::parse(bytes);
    let _ = WantedVerification::parse(bytes);
    if let Ok(value) = serde_json::from_slice(bytes)
        && let Ok(subject) = Subject::parse(&value)
    {
        let again = Subject::parse(&subject.to_json()).unwrap();
        assert_eq!((again.key(), &again), (subject.key(), &subject));
    }
    let answered = Answered::With { status: 400, retry_after: None, body: bytes };
    let _ = after(answered, 1, Timestamp::from_secs(0), Timestamp::from_secs(1));
}

proptest! {
    #[test]
    fn bytes(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        read_all(&bytes);
    }

    #[test]
    fn pieces_of_requests(pieces in proptest::collection::vec(prop_oneof![
        Just("{"), Just("}"), Just("["), Just("]"), Just(":"), Just(","), Just("\"stream_id\""), Just("\"s\""),
        Just("\"delivery\""), Just("\"method\""), Just("\"urn:ietf:rfc:8935\""), Just("\"endpoint_url\""),
        Just("\"ack\""), Just("\"setErrs\""), Just("\"err\""), Just("\"maxEvents\""), Just("1"), Just("null"),
        Just("true"), Just("\"subject\""), Just("\"format\""), Just("\"complex\""), Just("\"aliases\""),
        Just("\"identifiers\""), Just("\"email\""), Just("\"user\""), Just("\"status\""), Just("\"paused\""),
    ], 0..40)) {
        read_all(pieces.concat().as_bytes());
    }
}
