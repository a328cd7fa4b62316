//! What can a program open an incident about?

use super::{Desk, HERE, granted, server, sub};
use crate::support::{ISSUER, Phone};
use axum::http::header;
use serde_json::json;

#[tokio::test]
async fn an_incident_of_a_crossing_is_joined_by_what_comes_later() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let granted = granted(&server).await;
    let first = desk.open("crossing", &granted.crossing, false).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let incident = first.json();
    let id = incident["id"].as_i64().unwrap();
    let place = format!("{ISSUER}{HERE}/{id}");
    assert_eq!(first.header(header::LOCATION), place);
    assert_eq!((&incident["cause"], &incident["state"]), (&json!("api"), &json!("open")));
    assert_eq!(incident["sub"], sub(&server, "alice").await);
    assert_eq!(incident["client_id"], "tv");
    assert_eq!(incident["summary"], "A colleague called.");
    let target = json!({ "role": "target", "kind": "crossing", "name": granted.crossing });
    assert_eq!(incident["touched"], json!([target]));

    let second = desk.open("crossing", &granted.crossing, true).await;
    assert_eq!((second.status, &second.json()["id"]), (200, &incident["id"]), "{}", second.body);
    assert_eq!(second.header(header::LOCATION), place);
    assert_eq!(second.json()["state"], "contained");
    assert!(!server.is_active(&granted.access_token).await);
    let third = desk.open("crossing", &granted.crossing, true).await;
    assert_eq!((third.status, &third.json()["state"]), (200, &json!("contained")), "{}", third.body);
}

#[tokio::test]
async fn a_request_that_nobody_answered_is_stopped() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let codes = server.device_authorization().await;
    let open = server.app.store.open_crossings(|_| true);
    let answer = desk.open("crossing", &open[0].to_string(), true).await;
    assert_eq!((answer.status, &answer.json()["state"]), (201, &json!("contained")), "{}", answer.body);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

#[tokio::test]
async fn everything_of_a_person_or_a_client_can_be_ended() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let bob = Phone::signed_in(&server, "bob").await;
    for (kind, name) in [("person", sub(&server, "alice").await), ("client", "tv".to_owned())] {
        let granted = granted(&server).await;
        let answer = desk.open(kind, &name, true).await;
        assert_eq!((answer.status, &answer.json()["state"]), (201, &json!("contained")), "{}", answer.body);
        assert!(!server.is_active(&granted.access_token).await, "{kind}");
        server.refresh(&granted.refresh_token).await.is_error(400, "invalid_grant");
    }
    assert_eq!(bob.get("/account").await.status, 200, "others are left alone");
}

#[tokio::test]
async fn what_is_not_there_cannot_be_ended() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let granted = granted(&server).await;
    let alice = sub(&server, "alice").await;
    let long = "a".repeat(257);
    for (kind, name) in [
        ("crossing", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("crossing", "x"),
        ("crossing", ""),
        ("crossing", alice.as_str()),
        ("crossing", &format!("{}A", granted.crossing)),
        ("person", "alice"),
        ("person", &granted.crossing),
        ("person", "' OR 1=1 --"),
        ("client", "TV"),
        ("client", alice.as_str()),
        ("device", "tv"),
        ("device", "\u{0}"),
        ("person", &long),
    ] {
        desk.open(kind, name, true).await.is_error(400, "invalid_request");
    }
    assert!(server.is_active(&granted.access_token).await);
    assert_eq!(desk.get(HERE).await.json(), json!({ "incidents": [] }));
}
