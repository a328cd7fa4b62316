//! What does the operator hear of published keys that cannot be read?

use super::support::{Logged, Manner, NOW, TestNames, TestServer, outgoing, soon};
use std::time::Duration;
use tandem_server::clock::Clock;
use tandem_server::published_keys::PublishedKeySets;
use url::Url;

const FAILS: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn the_log_names_an_address_that_fails_once_however_often_it_fails() {
    let mut server = TestServer::start(Manner::Says(FAILS.to_owned())).await;
    let clock = Clock::manual(NOW);
    let keys = PublishedKeySets::new(outgoing(&["127.0.0.1"], &TestNames::default()), clock.clone());
    let address = Url::parse(&server.url("/jwks.json")).unwrap();
    let (logged, _guard) = Logged::listen();
    for _ in 0..3 {
        assert!(soon("an answer", keys.at(&address, |_| true)).await.is_none());
        assert!(soon("a request", server.requests.recv()).await.unwrap().starts_with("GET /jwks.json "));
        clock.advance(Duration::from_mins(1));
    }
    let log = logged.text();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("published keys cannot be read")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("WARN") && lines[0].contains(address.as_str()), "{log}");
    assert!(lines[0].contains("the answer has the status 500"), "{log}");
}
