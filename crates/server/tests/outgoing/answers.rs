//! Does whatever comes back do no harm?

use super::support::{Manner, TestNames, TestServer, outgoing, post, post_within, soon};
use std::time::Duration;
use tandem_server::outgoing::OutgoingError;

async fn answered(
    answer: &str,
) -> (Result<tandem_server::outgoing::OutgoingAnswer, OutgoingError>, TestServer) {
    let server = TestServer::start(Manner::Says(answer.to_owned())).await;
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    let answer = soon("an answer", post(&client, &server.url("/"))).await;
    (answer, server)
}

#[tokio::test]
async fn redirects_are_answers_and_never_followed() {
    let other =
        TestServer::start(Manner::Says("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned())).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "300 Many"] {
        let answer =
            format!("HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", other.url("/stolen"));
        let (answer, server) = answered(&answer).await;
        assert_eq!(answer.unwrap().status.to_string(), status[..3]);
        assert_eq!(server.connected(), 1);
    }
    assert_eq!(other.connected(), 0);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let answer = "HTTP/1.1 200 OK\r\nset-cookie: a=b; Path=/\r\ncontent-length: 0\r\n\r\n";
    let mut server = TestServer::start(Manner::Says(answer.to_owned())).await;
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    for _ in 0..2 {
        assert_eq!(post(&client, &server.url("/")).await.unwrap().status, 200);
        let request = soon("the request", server.requests.recv()).await.unwrap();
        assert!(!request.to_lowercase().contains("cookie"), "{request}");
    }
    assert_eq!(server.connected(), 1, "the connection serves twice");
}

#[tokio::test]
async fn retry_after_is_read_in_both_forms_and_bounded() {
    for (header, expected) in [
        ("120", Some(120)),
        ("0", Some(0)),
        ("999999999", Some(86_400)),
        // NOW is Fri, 15 Jan 2027 08:00:00 GMT.
        ("Fri, 15 Jan 2027 08:01:30 GMT", Some(90)),
        ("Fri, 15 Jan 2027 07:00:00 GMT", Some(0)),
        ("Fri, 15 Jan 2100 08:00:00 GMT", Some(86_400)),
        ("-5", None),
        ("soon", None),
        ("99999999999999999999999", None),
    ] {
        let answer = format!("HTTP/1.1 503 Busy\r\nretry-after: {header}\r\ncontent-length: 0\r\n\r\n");
        let answer = answered(&answer).await.0.unwrap();
        assert_eq!((answer.status, answer.retry_after), (503, expected.map(Duration::from_secs)), "{header}");
    }
    assert_eq!(answered("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n").await.0.unwrap().retry_after, None);
}

#[tokio::test]
async fn a_body_without_end_does_not_hold_us_and_the_answer_counts() {
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    for manner in [
        // A flood, a body of which nothing comes, and one that says it is huge.
        Manner::SaysForEver(head.clone(), chunk),
        Manner::Says(head),
        Manner::SaysForEver(
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned(),
            "x".repeat(999),
        ),
    ] {
        let server = TestServer::start(manner).await;
        let client = outgoing(&["127.0.0.1"], &TestNames::default());
        let answer = soon("the answer", post(&client, &server.url("/"))).await;
        assert_eq!(answer.unwrap().status, 200);
        // The connection with the rest of the body is not used again.
        assert_eq!(soon("the answer", post(&client, &server.url("/"))).await.unwrap().status, 200);
        assert_eq!(server.connected(), 2);
    }
}

#[tokio::test]
async fn silence_ends_with_the_time_given() {
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    for manner in [Manner::Silent, Manner::Says("HTTP/1.1 200 OK\r\n".to_owned())] {
        let server = TestServer::start(manner).await;
        let url = server.url("/");
        let answer = post_within(&client, &url, Duration::from_millis(150));
        assert_eq!(soon("the end", answer).await, Err(OutgoingError::TimedOut));
    }
}

#[tokio::test]
async fn endless_headers_and_interim_answers_end_too() {
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    for (first, more) in [
        ("HTTP/1.1 200 OK\r\n", "x-more: more\r\n"),
        ("HTTP/1.1 200 OK\r\nx-long: ", "aaaaaaaaaaaaaaaa"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "no http at all "),
    ] {
        let server = TestServer::start(Manner::SaysForEver(first.to_owned(), more.to_owned())).await;
        let answer = soon("the end", post_within(&client, &server.url("/"), Duration::from_secs(2))).await;
        assert!(matches!(answer, Err(OutgoingError::Broken | OutgoingError::TimedOut)), "{more}: {answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_from_one_that_never_was() {
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    let server = TestServer::start(Manner::Closes).await;
    assert_eq!(post(&client, &server.url("/")).await, Err(OutgoingError::Broken));
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(post(&client, &format!("http://{free}/")).await, Err(OutgoingError::Unreachable));
}

#[tokio::test]
async fn every_status_comes_back_as_it_is() {
    for status in [200, 204, 400, 401, 403, 404, 410, 429, 500, 503] {
        let (answer, _) = answered(&format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(answer.unwrap().status, status);
    }
}
