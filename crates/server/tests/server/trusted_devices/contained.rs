//! A device is what an incident is about: its trust ends, what it collected, and others hear of it.

use super::*;
use crate::shared_signals::{call, with_receivers};
use crate::support::{Codes, Phone, service};
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_store::DeviceName;

const COMPLIANCE: &str = "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

async fn receivers_and_a_desk() -> TestServer {
    server_with(json!({}), |config| {
        with_receivers(config);
        config.clients.push(service("desk", "incidents.read incidents.manage"));
    })
    .await
}

async fn open(server: &TestServer, device: &str, contain: bool) -> Answer {
    let token = server.service_token("desk").await;
    let body = json!({ "target": { "kind": "device", "id": device }, "reason": "It was stolen.", "contain": contain });
    server.send(call("POST", "/admin/v1/incidents", Some(&token), Some(&body))).await
}

async fn is_revoked(server: &TestServer, id: &str) -> bool {
    let device = server.app.store.trusted_device(DeviceName::Id(Arc::from(id))).await.unwrap().unwrap();
    device.revoked_at.is_some()
}

/// R6.6a, R6.7b: over the admin API, to the receiver's poll.
#[tokio::test]
async fn an_incident_of_a_device_ends_its_trust_and_what_it_collected_and_is_told() {
    let server = receivers_and_a_desk().await;
    let stream = server.polled().await;
    let (lost, kept) = (Key::new(), Key::new());
    register(&server, device("tv", "lost", &lost)).await;
    register(&server, device("tv", "kept", &kept)).await;
    let shown = |id: &'static str, key: &Key| assertion(&server, "tv", id, key);
    let phone = Phone::signed_in(&server, "alice").await;
    let pending = Codes::read(&ask_tv(&server, &shown("lost", &lost)).await);
    let mut tokens = Vec::new();
    for (id, key) in [("lost", &lost), ("kept", &kept)] {
        let codes = Codes::read(&ask_tv(&server, &shown(id, key)).await);
        phone.allow(&codes.user_code).await;
        let answer = poll_tv(&server, &codes.device_code, &shown(id, key)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        let family = CrossingId::of_secret(&codes.device_code).to_string();
        tokens.push((text("access_token"), text("refresh_token"), family));
    }
    // Opening an incident ends nothing.
    let opened = open(&server, "lost", false).await;
    assert_eq!((opened.status, &opened.json()["client_id"]), (201, &json!("tv")), "{}", opened.body);
    assert!(server.is_active(&tokens[0].0).await && !is_revoked(&server, "lost").await);
    assert_eq!(server.fetch(&stream, &json!({})).await["sets"], json!({}));

    let contained = open(&server, "lost", true).await;
    assert_eq!(contained.status, 201, "{}", contained.body);
    assert_eq!(contained.json()["state"], "contained", "{}", contained.body);
    let ended = contained.json()["touched"].as_array().unwrap().clone();
    let ended = |kind: &str| {
        let all = ended.iter().filter(|one| one["role"] == "ended" && one["kind"] == kind);
        all.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((ended("device"), ended("family")), (vec!["lost".to_owned()], vec![tokens[0].2.clone()]));
    assert!(is_revoked(&server, "lost").await && !is_revoked(&server, "kept").await);
    assert!(!server.is_active(&tokens[0].0).await && !server.is_active(&tokens[0].1).await);
    assert_eq!(refresh_tv(&server, &tokens[0].1, &shown("lost", &lost)).await.status, 400);
    assert!(server.is_active(&tokens[1].0).await, "another device of the same client keeps what it has");
    let state = server.app.store.crossing(CrossingId::of_secret(&pending.device_code)).unwrap();
    assert!(matches!(state, Crossing::Denied(_)), "{state:?}");
    is_refused(&ask_tv(&server, &shown("lost", &lost)).await);
    is_taken(&ask_tv(&server, &shown("kept", &kept)).await);

    let sets = server.fetch(&stream, &json!({})).await["sets"].as_object().unwrap().clone();
    let mut claims = Vec::new();
    for set in sets.values() {
        claims.push(server.claims(set.as_str().unwrap(), "shop").await);
    }
    let of = |event: &str| {
        claims.iter().filter(|claims| claims["events"].get(event).is_some()).collect::<Vec<_>>()
    };
    let [change] = of(COMPLIANCE)[..] else { panic!("{claims:#?}") };
    assert_eq!(change["sub_id"]["device"]["id"], "lost", "{change}");
    assert_eq!(change["sub_id"]["application"]["sub"], "tv", "{change}");
    assert_eq!(change["events"][COMPLIANCE]["previous_status"], "compliant");
    assert_eq!(change["events"][COMPLIANCE]["current_status"], "not-compliant");
    let sessions: Vec<_> =
        of(REVOKED).into_iter().filter_map(|one| one["sub_id"]["session"]["id"].as_str()).collect();
    assert_eq!(sessions, [tokens[0].2.as_str()], "{claims:#?}");
    assert!(
        claims.iter().all(|one| one["txn"] == change["txn"]),
        "one incident, one transaction: {claims:#?}"
    );
}

/// What was revoked already has nothing left to lose, and nobody is told twice.
#[tokio::test]
async fn a_device_that_was_revoked_before_is_not_told_of_again() {
    let server = receivers_and_a_desk().await;
    let stream = server.polled().await;
    register(&server, device("tv", "lost", &Key::new())).await;
    server.app.store.revoke_trusted_device("lost", server.now()).await.unwrap();
    let first = server.fetch(&stream, &json!({})).await["sets"].as_object().unwrap().clone();
    assert_eq!(first.len(), 1);
    let ack: Vec<&String> = first.keys().collect();
    assert_eq!(open(&server, "lost", true).await.json()["state"], "contained");
    assert_eq!(server.fetch(&stream, &json!({ "ack": ack })).await["sets"], json!({}));
}
