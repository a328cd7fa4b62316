//! Do logs and debug output keep what was sent to themselves, and does the environment change nothing?

use super::support::{Logged, Manner, TestNames, TestServer, outgoing};
use axum::http::{HeaderName, HeaderValue};
use std::time::Duration;
use tandem_server::outgoing::OutgoingRequest;
use url::Url;

#[tokio::test]
async fn nothing_that_is_sent_stands_in_logs_or_debug_output() {
    let (logged, _guard) = Logged::listen();
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    let mut shown = Vec::new();
    for manner in [Manner::Says("HTTP/1.1 204 No\r\n\r\n".to_owned()), Manner::Closes] {
        let mut server = TestServer::start(manner).await;
        let url = Url::parse(&server.url("/secret-path?secret-query=secret")).unwrap();
        let request = || OutgoingRequest {
            url: &url,
            headers: vec![(
                HeaderName::from_static("authorization"),
                HeaderValue::from_static("Bearer secret-token"),
            )],
            body: b"secret-body".to_vec(),
            timeout: Duration::from_secs(20),
        };
        shown.push(format!("{:?} {client:?}", request()));
        let answer = client.post(request()).await;
        shown.push(format!("{answer:?} {:?}", answer.map_err(|error| error.to_string())));
        let request = server.requests.recv().await.unwrap();
        assert!(request.contains("authorization: Bearer secret-token\r\n"), "{request}");
    }
    let log = logged.text();
    assert!(log.contains("called") && log.contains("127.0.0.1"), "{log}");
    let shown = shown.concat();
    assert!(!log.contains("secret") && !shown.contains("secret"), "{log} {shown}");
}

#[tokio::test]
async fn proxies_that_the_environment_names_are_not_used() {
    let proxy =
        TestServer::start(Manner::Says("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned())).await;
    let address = format!("http://{}", proxy.address);
    // Another process, because the environment of this one is everybody's.
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "addresses::an_allowed_private_address_is_called_and_nothing_else_is"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, &address);
    }
    again.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = tokio::task::spawn_blocking(move || again.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(proxy.connected(), 0);
}
