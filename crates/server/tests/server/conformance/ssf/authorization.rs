//! CAEP Interop section 2.7.3, RFC 6750: who may call, and what do others hear?

use crate::shared_signals::{call, transmitter};
use axum::http::header;
use serde_json::{Value, json};

const CALLS: [(&str, &str); 11] = [
    ("GET", "/ssf/stream"),
    ("POST", "/ssf/stream"),
    ("PATCH", "/ssf/stream"),
    ("PUT", "/ssf/stream"),
    ("DELETE", "/ssf/stream?stream_id=x"),
    ("GET", "/ssf/status?stream_id=x"),
    ("POST", "/ssf/status"),
    ("POST", "/ssf/subjects/add"),
    ("POST", "/ssf/subjects/remove"),
    ("POST", "/ssf/verification"),
    ("POST", "/ssf/poll/x"),
];

fn body(method: &str) -> Option<Value> {
    (method != "GET" && method != "DELETE").then(|| json!({ "stream_id": "x" }))
}

#[tokio::test]
async fn nobody_comes_in_without_a_good_token() {
    let server = transmitter().await;
    let token = server.service_token("shop").await;
    for (method, path) in CALLS {
        let body = body(method);
        let answer = server.send(call(method, path, None, body.as_ref())).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer"), "{method} {path}");
        let forged = server.send(call(method, path, Some("forged"), body.as_ref())).await;
        forged.is_error(401, "invalid_token");
        let separator = if path.contains('?') { '&' } else { '?' };
        let in_query = format!("{path}{separator}access_token={token}");
        let answer = server.send(call(method, &in_query, None, body.as_ref())).await;
        assert_eq!(answer.status, 401, "a token in the query is none: {method} {path}");
    }
    server.advance(3601);
    server.send(call("GET", "/ssf/stream", Some(&token), None)).await.is_error(401, "invalid_token");
}

#[tokio::test]
async fn a_token_that_may_only_read_changes_nothing() {
    let server = transmitter().await;
    for (method, path) in CALLS {
        let answer = server.ssf("reader", method, path, body(method).as_ref()).await;
        let reads = method == "GET" || path.starts_with("/ssf/poll");
        if reads {
            assert!(matches!(answer.status, 200 | 404), "{method} {path}: {}", answer.status);
        } else {
            answer.is_error(403, "insufficient_scope");
        }
    }
}

#[tokio::test]
async fn a_client_without_the_scopes_is_no_receiver() {
    let server = transmitter().await;
    for (method, path) in CALLS {
        let answer = server.ssf("filter", method, path, body(method).as_ref()).await;
        answer.is_error(403, "insufficient_scope");
    }
}

#[tokio::test]
async fn a_stream_is_there_for_its_receiver_alone() {
    let server = transmitter().await;
    let stream = server.polled().await;
    for (method, path) in CALLS {
        if path == "/ssf/stream" && matches!(method, "GET" | "POST") {
            continue;
        }
        let path = path.replace("/x", &format!("/{stream}")).replace("=x", &format!("={stream}"));
        let body = body(method).map(|_| {
            json!({ "stream_id": stream, "status": "disabled", "subject": { "format": "opaque", "id": "x" },
                "ack": ["x"], "returnImmediately": true })
        });
        let answer = server.ssf("bank", method, &path, body.as_ref()).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
    }
    assert_eq!(server.ssf("bank", "GET", "/ssf/stream", None).await.json(), json!([]));
    let status = server.ssf("shop", "GET", &format!("/ssf/status?stream_id={stream}"), None).await.json();
    assert_eq!(status["status"], "enabled");
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = transmitter().await;
    for (method, path) in [
        ("DELETE", "/ssf/status"),
        ("GET", "/ssf/subjects/add"),
        ("PUT", "/ssf/subjects/remove"),
        ("GET", "/ssf/verification"),
        ("GET", "/ssf/poll/x"),
        ("POST", "/.well-known/ssf-configuration"),
    ] {
        assert_eq!(server.ssf("shop", method, path, None).await.status, 405, "{method} {path}");
    }
}
