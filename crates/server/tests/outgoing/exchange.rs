//! Is somebody who is asked heard, under the same rules as somebody who is told?

use super::support::{Manner, TestNames, TestServer, outgoing, soon};
use std::time::Duration;
use tandem_server::outgoing::{Exchanged, Outgoing, OutgoingError, OutgoingRequest, Refusal, Verb};
use url::Url;

const LONGEST: usize = 64;

async fn ask(client: &Outgoing, verb: Verb, url: &str) -> Result<Exchanged, OutgoingError> {
    let (url, body) = (Url::parse(url).unwrap(), b"hello".to_vec());
    let request = OutgoingRequest { url: &url, headers: Vec::new(), body, timeout: Duration::from_secs(20) };
    soon("an answer", client.exchange(verb, request, LONGEST)).await
}

fn saying(status: &str, body: &str) -> Manner {
    let length = body.len();
    Manner::Says(format!("HTTP/1.1 {status}\r\nretry-after: 7\r\ncontent-length: {length}\r\n\r\n{body}"))
}

fn client() -> Outgoing {
    outgoing(&["127.0.0.1"], &TestNames::default())
}

#[tokio::test]
async fn an_answer_comes_with_its_status_and_body() {
    for (verb, line, sends) in [(Verb::Get, "GET /x ", false), (Verb::Post, "POST /x ", true)] {
        let mut server = TestServer::start(saying("403 Forbidden", "{}")).await;
        let answer = ask(&client(), verb, &server.url("/x")).await.unwrap();
        assert_eq!((answer.status, answer.retry_after), (403, Some(Duration::from_secs(7))));
        assert_eq!(answer.body, b"{}");
        let request = soon("the request", server.requests.recv()).await.unwrap();
        assert!(request.starts_with(line) && request.ends_with("hello") == sends, "{request}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_none() {
    let whole = TestServer::start(saying("200 OK", &"x".repeat(LONGEST))).await;
    assert_eq!(ask(&client(), Verb::Get, &whole.url("/")).await.unwrap().body.len(), LONGEST);
    let long = TestServer::start(saying("200 OK", &"x".repeat(LONGEST + 1))).await;
    assert_eq!(ask(&client(), Verb::Get, &long.url("/")).await, Err(OutgoingError::Broken));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    let endless = TestServer::start(Manner::SaysForEver(head, "4\r\nxxxx\r\n".to_owned())).await;
    assert_eq!(ask(&client(), Verb::Post, &endless.url("/")).await, Err(OutgoingError::Broken));
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    let half = TestServer::start(Manner::Says(half)).await;
    let url = Url::parse(&half.url("/")).unwrap();
    let request = OutgoingRequest {
        url: &url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_millis(200),
    };
    let answer = soon("the end", client().exchange(Verb::Get, request, LONGEST)).await;
    assert_eq!(answer, Err(OutgoingError::TimedOut), "half an answer is none");
}

#[tokio::test]
async fn redirects_are_not_followed_and_private_addresses_not_asked() {
    let other = TestServer::start(saying("200 OK", "secret")).await;
    let away = format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", other.url("/"));
    let server = TestServer::start(Manner::Says(away)).await;
    assert_eq!(ask(&client(), Verb::Get, &server.url("/")).await.unwrap().status, 302);
    let strict = outgoing(&[], &TestNames::default());
    let refused = ask(&strict, Verb::Get, &other.url("/")).await;
    assert_eq!(refused, Err(OutgoingError::Refused(Refusal::PrivateAddress)));
    let names = TestNames::default().with("inside.example", &[&["10.0.0.1"]]);
    let refused = ask(&outgoing(&["127.0.0.1"], &names), Verb::Get, "https://inside.example/").await;
    assert_eq!(refused, Err(OutgoingError::Refused(Refusal::PrivateAddress)));
    assert_eq!(other.connected(), 0);
}
