//! Does the server stay out of every network that it was not sent to?

use super::support::{Manner, TestNames, TestServer, outgoing, post, soon};
use tandem_server::outgoing::{OutgoingError, Refusal};

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn refused(refusal: Refusal) -> OutgoingError {
    OutgoingError::Refused(refusal)
}

#[tokio::test]
async fn an_allowed_private_address_is_called_and_nothing_else_is() {
    let mut server = TestServer::start(Manner::Says(OK.to_owned())).await;
    let names = TestNames::default();
    let strict = outgoing(&[], &names);
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://{}/", server.address);
        assert_eq!(post(&strict, &url).await, Err(refused(Refusal::PrivateAddress)));
    }
    let elsewhere = outgoing(&["127.0.0.2", "10.0.0.0/8"], &names);
    assert_eq!(post(&elsewhere, &server.url("/")).await, Err(refused(Refusal::PrivateAddress)));
    assert_eq!(server.connected(), 0);

    let allowed = outgoing(&["127.0.0.1"], &names);
    assert_eq!(post(&allowed, &server.url("/a?b=c")).await.unwrap().status, 204);
    let request = soon("the request", server.requests.recv()).await.unwrap();
    assert!(
        request.starts_with("POST /a?b=c HTTP/1.1\r\n") && request.ends_with("\r\n\r\nhello"),
        "{request}"
    );
    assert!(request.contains("user-agent: tandem\r\n"));
    for absent in ["referer", "cookie", "accept-encoding", "authorization"] {
        assert!(!request.to_lowercase().contains(absent), "{request}");
    }
    assert_eq!(names.count(), 0, "an address needs no look-up");
}

#[tokio::test]
async fn odd_spellings_of_an_address_hide_nothing() {
    let server = TestServer::start(Manner::Says(OK.to_owned())).await;
    let port = server.address.port();
    let names = TestNames::default();
    let strict = outgoing(&[], &names);
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7F.1",
        "017700000001",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "１２７.０.０.１",
        "%31%32%37.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "2852039166",
        "[fe80::1]",
        "[fd00::1]",
        "10.1",
        "192.168.257",
        "255.255.255.255",
    ] {
        for scheme in ["http", "https"] {
            let answer = post(&strict, &format!("{scheme}://{host}:{port}/")).await;
            assert_eq!(answer, Err(refused(Refusal::PrivateAddress)), "{scheme} {host}");
        }
    }
    assert_eq!((server.connected(), names.count()), (0, 0));
    // They are the same address where it is allowed, too: nothing is compared as text.
    let allowed = outgoing(&["127.0.0.1"], &names);
    for host in ["2130706433", "0x7f.1", "0177.0.0.1"] {
        assert_eq!(post(&allowed, &format!("http://{host}:{port}/")).await.unwrap().status, 204, "{host}");
    }
}

#[tokio::test]
async fn a_name_is_refused_if_any_of_its_addresses_is() {
    let server = TestServer::start(Manner::Says(OK.to_owned())).await;
    let port = server.address.port();
    let names = TestNames::default()
        .with("inside.test", &[&["127.0.0.1"]])
        .with("mixed.test", &[&["127.0.0.1", "127.0.0.2"]])
        .with("mixed-public.test", &[&["1.1.1.1", "127.0.0.2"]])
        .with("metadata.test", &[&["169.254.169.254"]])
        .with("mapped.test", &[&["::ffff:127.0.0.1"]])
        .with("public.test", &[&["1.1.1.1"]])
        .with("empty.test", &[&[]]);
    let strict = outgoing(&[], &names);
    let allowed = outgoing(&["127.0.0.1"], &names);
    for (client, host, expected) in [
        (&strict, "inside.test", Refusal::PrivateAddress),
        (&strict, "metadata.test", Refusal::PrivateAddress),
        (&allowed, "mixed.test", Refusal::PrivateAddress),
        (&allowed, "mixed-public.test", Refusal::PrivateAddress),
        (&allowed, "metadata.test", Refusal::PrivateAddress),
        (&allowed, "mapped.test", Refusal::PrivateAddress),
    ] {
        let answer = post(client, &format!("https://{host}:{port}/")).await;
        assert_eq!(answer, Err(refused(expected)), "{host}");
    }
    let plain = post(&allowed, &format!("http://mixed-public.test:{port}/")).await;
    assert!(matches!(plain, Err(OutgoingError::Refused(_))));
    let plain = post(&allowed, &format!("http://public.test:{port}/")).await;
    assert_eq!(plain, Err(refused(Refusal::PlainHttp)), "public addresses are called by https only");
    for nobody in ["empty.test", "unknown.test"] {
        let answer = post(&allowed, &format!("http://{nobody}:{port}/")).await;
        assert_eq!(answer, Err(OutgoingError::Unreachable), "{nobody}");
    }
    assert_eq!(server.connected(), 0);
    assert_eq!(post(&allowed, &format!("http://inside.test:{port}/")).await.unwrap().status, 204);
}

#[tokio::test]
async fn without_an_exception_plain_http_is_not_even_looked_up() {
    let names = TestNames::default().with("public.test", &[&["1.1.1.1"]]);
    let strict = outgoing(&[], &names);
    assert_eq!(post(&strict, "http://public.test/").await, Err(refused(Refusal::PlainHttp)));
    assert_eq!(names.count(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_called_where_it_was_checked() {
    let mut good =
        TestServer::start(Manner::Says(OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"))).await;
    let port = good.address.port();
    let bad = TestServer::start_at(&format!("127.0.0.2:{port}"), Manner::Says(OK.to_owned())).await;
    // The first look-up gives the allowed address, every later one the forbidden.
    let names = TestNames::default().with("rebinding.test", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = outgoing(&["127.0.0.1"], &names);
    let url = format!("http://rebinding.test:{port}/");
    assert_eq!(post(&client, &url).await.unwrap().status, 204);
    let request = soon("the request", good.requests.recv()).await.unwrap();
    assert!(request.contains(&format!("host: rebinding.test:{port}\r\n")), "{request}");
    assert_eq!(names.count(), 1, "checked and called with one look-up");
    assert_eq!(post(&client, &url).await, Err(refused(Refusal::PrivateAddress)));
    assert_eq!((names.count(), good.connected(), bad.connected()), (2, 1, 0));
}

#[tokio::test]
async fn urls_with_more_than_an_address_are_refused() {
    let server = TestServer::start(Manner::Says(OK.to_owned())).await;
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    let at = server.address;
    for (url, expected) in [
        (format!("http://user@{at}/"), Refusal::Userinfo),
        (format!("http://user:password@{at}/"), Refusal::Userinfo),
        (format!("http://:password@{at}/"), Refusal::Userinfo),
        (format!("http://{at}/#fragment"), Refusal::Fragment),
        (format!("http://{at}/#"), Refusal::Fragment),
        (format!("ftp://{at}/"), Refusal::Scheme),
        (format!("ws://{at}/"), Refusal::Scheme),
        ("file:///etc/passwd".to_owned(), Refusal::Scheme),
        ("data:text/plain,hello".to_owned(), Refusal::Scheme),
        ("unix:/run/docker.sock".to_owned(), Refusal::Scheme),
        ("http://127.0.0.1:0/".to_owned(), Refusal::Port),
        ("http://127.0.0.1:22/".to_owned(), Refusal::Port),
        ("https://127.0.0.1:25/".to_owned(), Refusal::Port),
        ("https://127.0.0.1:80/".to_owned(), Refusal::Port),
        (format!("http://{at}/{}", "a".repeat(3000)), Refusal::Shape),
    ] {
        assert_eq!(post(&client, &url).await, Err(refused(expected)), "{url}");
    }
    assert_eq!(server.connected(), 0);
    assert!(!refused(Refusal::Userinfo).may_retry() && OutgoingError::Unreachable.may_retry());
}

#[tokio::test]
async fn the_systems_resolver_gives_addresses_that_are_checked_too() {
    use std::sync::Arc;
    use tandem_server::outgoing::{Names, Outgoing, Roots, SystemNames};
    let server = TestServer::start(Manner::Says(OK.to_owned())).await;
    let found = SystemNames::default().addresses("localhost").await.unwrap();
    assert!(!found.is_empty() && found.iter().all(std::net::IpAddr::is_loopback), "{found:?}");
    let client = |networks: &[&str]| {
        let allow_private = networks.iter().map(|text| (*text).to_owned().try_into().unwrap()).collect();
        let settings = tandem_server::config::Outgoing { allow_private, ca_file: None };
        let roots = Roots::read(None).unwrap();
        let names: Arc<dyn Names> = Arc::new(SystemNames::default());
        Outgoing::new(&settings, &roots, tandem_server::clock::Clock::System, &names).unwrap()
    };
    let url = format!("http://localhost:{}/", server.address.port());
    assert_eq!(post(&client(&["10.0.0.0/8"]), &url).await, Err(refused(Refusal::PrivateAddress)));
    assert_eq!(server.connected(), 0);
    assert_eq!(post(&client(&["127.0.0.0/8", "::1"]), &url).await.unwrap().status, 204);
}
