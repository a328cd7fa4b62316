//! What does the operator hear of published keys that cannot be read?

use super::support::{Logged, Manner, NOW, TestNames, TestServer, outgoing, soon};
use std::time::Duration;
use tandem_server::clock::Clock;
use tandem_server::published_keys::{KeySource, PublishedKeySets};
use url::Url;

const FAILS: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
const NO_KEYS: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";

fn sets(clock: &Clock) -> PublishedKeySets {
    PublishedKeySets::new(outgoing(&["127.0.0.1"], &TestNames::default()), clock.clone())
}

fn at(address: &str) -> KeySource {
    KeySource::Published(Url::parse(address).unwrap())
}

/// What the operator is to see of keys that cannot be read.
fn warnings(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("published keys cannot be read")).collect()
}

#[tokio::test]
async fn the_log_names_an_address_that_fails_once_however_often_it_fails() {
    let mut server = TestServer::start(Manner::Says(FAILS.to_owned())).await;
    let clock = Clock::manual(NOW);
    let keys = sets(&clock);
    let address = at(&server.url("/jwks.json?token=hush"));
    let (logged, _guard) = Logged::listen();
    for _ in 0..3 {
        assert!(soon("an answer", keys.of(&address, |_| true)).await.is_none());
        let request = soon("a request", server.requests.recv()).await.unwrap();
        assert!(request.starts_with("GET /jwks.json?token=hush "), "{request}");
        clock.advance(Duration::from_mins(1));
    }
    let log = logged.text();
    let lines = warnings(&log);
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("WARN") && lines[0].contains(&server.url("/jwks.json")), "{log}");
    assert!(lines[0].contains("the answer has the status 500"), "{log}");
    assert!(!log.contains("hush"), "{log}");
}

/// Nor, should the configuration ever let one in, a user name and a password.
#[tokio::test]
async fn the_log_keeps_the_query_of_an_address_to_itself_whatever_fails() {
    let closes = TestServer::start(Manner::Closes).await;
    let no_keys = TestServer::start(Manner::Says(NO_KEYS.to_owned())).await;
    let keys = sets(&Clock::manual(NOW));
    let (logged, _guard) = Logged::listen();
    let cases = [
        (closes.url("/jwks"), "no answer that could be read"),
        (no_keys.url("/jwks"), "a JWK set"),
        ("https://10.0.0.1/jwks".to_owned(), "the address is not public"),
        ("https://unknown.example:8443/jwks".to_owned(), "cannot be reached"),
        ("ftp://files.example/jwks".to_owned(), "the scheme is not https"),
    ];
    for (address, _) in &cases {
        let source = at(&format!("{address}?token=hush"));
        assert!(soon("an answer", keys.of(&source, |_| true)).await.is_none(), "{address}");
    }
    let named = at("https://ada:hush@named.example/jwks?token=hush");
    assert!(soon("an answer", keys.of(&named, |_| true)).await.is_none());
    let log = logged.text();
    let lines = warnings(&log);
    assert_eq!(lines.len(), cases.len() + 1, "{log}");
    for ((address, why), line) in cases.iter().zip(&lines) {
        assert!(line.contains(&format!("address={address} ")) && line.contains(why), "{line}");
    }
    assert!(lines[cases.len()].contains("address=https://named.example/jwks "), "{log}");
    assert!(!log.contains("hush"), "{log}");
}
