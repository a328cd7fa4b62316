//! SSF section 7, and CAEP Interop section 2.3.

use crate::shared_signals::transmitter;
use crate::support::{ISSUER, TestServer};
use axum::http::header;

#[tokio::test]
async fn the_document_names_what_there_is() {
    let server = transmitter().await;
    let answer = server.get("/.well-known/ssf-configuration").await;
    assert_eq!((answer.status, answer.header(header::CONTENT_TYPE)), (200, "application/json"));
    let document = answer.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["spec_version"], "1_0");
    assert_eq!(document["default_subjects"], "ALL");
    for name in [
        "configuration_endpoint",
        "status_endpoint",
        "add_subject_endpoint",
        "remove_subject_endpoint",
        "verification_endpoint",
    ] {
        let path = document[name].as_str().unwrap().strip_prefix(ISSUER).unwrap().to_owned();
        let answer = server.get(&path).await;
        assert!(matches!(answer.status, 401 | 405), "{name}: {}", answer.status);
    }
    assert!(
        document
            .as_object()
            .unwrap()
            .values()
            .all(|value| value.as_array().is_none_or(|all| !all.is_empty()))
    );
}

#[tokio::test]
async fn without_the_setting_there_is_nothing() {
    let server = TestServer::start().await;
    for path in [
        "/.well-known/ssf-configuration",
        "/ssf/stream",
        "/ssf/status",
        "/ssf/subjects/add",
        "/ssf/subjects/remove",
        "/ssf/verification",
        "/ssf/poll/x",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}
