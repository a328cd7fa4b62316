//! SSF section 8.1.3, and section 9: subjects are added and removed, and nobody learns who there is.

use crate::shared_signals::{transmitter, with_receivers};
use crate::support::{ISSUER, TestServer};
use axum::http::header;
use serde_json::{Value, json};
use tandem_core::shared_signals::DefaultSubjects;

async fn of_added_subjects() -> (TestServer, String) {
    let server = TestServer::with(|config| {
        with_receivers(config);
        config.ssf.default_subjects = DefaultSubjects::None;
        config.ssf.subjects_per_stream = 20;
    })
    .await;
    let id = server.polled().await;
    (server, id)
}

async fn change(server: &TestServer, what: &str, id: &str, subject: &Value) -> u16 {
    let body = json!({ "stream_id": id, "subject": subject });
    let answer = server.ssf("shop", "POST", &format!("/ssf/subjects/{what}"), Some(&body)).await;
    assert!(answer.status >= 300 || answer.body.is_empty());
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    answer.status
}

async fn heard(server: &TestServer, id: &str) -> Vec<Value> {
    let sets = server.fetch(id, &json!({})).await["sets"].clone();
    let mut subjects = Vec::new();
    for (_, set) in sets.as_object().unwrap() {
        subjects.push(server.claims(set.as_str().unwrap(), "shop").await["sub_id"].clone());
    }
    subjects
}

#[tokio::test]
async fn adding_and_removing_say_the_same_of_those_who_exist_and_those_who_do_not() {
    let (server, id) = of_added_subjects().await;
    for email in ["alice@example.com", "nobody@example.com"] {
        let subject = json!({ "format": "email", "email": email });
        assert_eq!(change(&server, "add", &id, &subject).await, 200, "{email}");
        assert_eq!(change(&server, "add", &id, &subject).await, 200, "twice is once");
        assert_eq!(change(&server, "remove", &id, &subject).await, 204, "{email}");
        assert_eq!(change(&server, "remove", &id, &subject).await, 204, "and once more");
    }
}

#[tokio::test]
async fn a_person_is_told_of_by_the_name_that_the_receiver_gave() {
    let (server, id) = of_added_subjects().await;
    let sub = server.sub("alice").await;
    assert_eq!(server.signed_out(&[&sub]).await, 0);
    let mail = json!({ "format": "email", "email": "Alice@Example.com" });
    change(&server, "add", &id, &mail).await;
    assert_eq!(server.signed_out(&[&*sub, "somebody else"]).await, 1);
    assert_eq!(heard(&server, &id).await, std::slice::from_ref(&mail));
    change(&server, "remove", &id, &mail).await;
    assert_eq!(server.signed_out(&[&sub]).await, 0);
}

#[tokio::test]
async fn a_removed_person_is_not_told_of_where_everybody_is() {
    let server = transmitter().await;
    let id = server.polled().await;
    let subject = json!({ "format": "iss_sub", "iss": ISSUER, "sub": "alice" });
    assert_eq!(change(&server, "remove", &id, &subject).await, 204);
    assert_eq!(server.signed_out(&["alice", "bob"]).await, 1);
    assert_eq!(change(&server, "add", &id, &subject).await, 200);
    assert_eq!(server.signed_out(&["alice"]).await, 1);
}

#[tokio::test]
async fn a_removal_takes_hold_after_its_grace() {
    let server = TestServer::with(|config| {
        with_receivers(config);
        config.ssf.removal_grace = 600;
    })
    .await;
    let id = server.polled().await;
    let subject = json!({ "format": "iss_sub", "iss": ISSUER, "sub": "alice" });
    change(&server, "remove", &id, &subject).await;
    server.advance(599);
    assert_eq!(server.signed_out(&["alice"]).await, 1);
    server.advance(1);
    assert_eq!(server.signed_out(&["alice"]).await, 0);
}

#[tokio::test]
async fn malformed_subjects_are_refused() {
    let (server, id) = of_added_subjects().await;
    for subject in [
        json!(null),
        json!("alice"),
        json!({}),
        json!({ "format": "nickname", "nickname": "al" }),
        json!({ "format": "email" }),
        json!({ "format": "email", "email": "a@example.com", "phone_number": "1" }),
        json!({ "format": "email", "email": "x".repeat(600) }),
        json!({ "format": "complex" }),
        json!({ "format": "complex", "user": "alice" }),
    ] {
        for what in ["add", "remove"] {
            assert_eq!(change(&server, what, &id, &subject).await, 400, "{what} {subject}");
        }
    }
    let good = json!({ "format": "opaque", "id": "x" });
    for what in ["add", "remove"] {
        assert_eq!(change(&server, what, "unknown", &good).await, 404);
    }
}

#[tokio::test]
async fn a_stream_takes_so_many_subjects() {
    let (server, id) = of_added_subjects().await;
    for n in 0..20 {
        let subject = json!({ "format": "opaque", "id": n.to_string() });
        assert_eq!(change(&server, "add", &id, &subject).await, 200);
    }
    assert_eq!(change(&server, "add", &id, &json!({ "format": "opaque", "id": "more" })).await, 403);
}
