//! Is what operators set up found again?

use crate::fixture::*;
use tandem_core::oauth::client::Client;
use tandem_store::{LeftOver, SecurityEvent, StoredKey};

fn client(client_id: &str, name: &str) -> Client {
    let json = format!(
        r#"{{"client_id":"{client_id}","client_name":"{name}","token_endpoint_auth_method":"none",
            "grant_types":["refresh_token"],"scope":"openid"}}"#
    );
    serde_json::from_str(&json).unwrap()
}

fn key(kid: &str) -> StoredKey {
    StoredKey {
        kid: kid.to_owned(),
        purpose: "signing".to_owned(),
        alg: "ES256".to_owned(),
        sealed: vec![1, 2, 3],
        created_at: NOW,
        retires_at: None,
        deletes_at: None,
    }
}

#[tokio::test]
async fn a_client_is_put_changed_and_removed() {
    let mut fixture = Fixture::new();
    fixture.store.put_client(&client("tv", "TV")).await.unwrap();
    fixture.store.put_client(&client("kiosk", "Kiosk")).await.unwrap();
    fixture.store.put_client(&client("tv", "Television")).await.unwrap();
    fixture = fixture.reopened_at(NOW).await;
    assert_eq!(fixture.store.client("tv").await, Ok(Some(client("tv", "Television"))));
    assert_eq!(fixture.store.list_clients().await.unwrap().len(), 2);
    assert_eq!(fixture.store.remove_client("tv", LeftOver::Nothing).await, Ok(true));
    assert_eq!(fixture.store.remove_client("tv", LeftOver::Nothing).await, Ok(false));
    assert_eq!(fixture.store.client("tv").await, Ok(None));
}

#[tokio::test]
async fn a_key_is_kept_retired_and_deleted() {
    let mut fixture = Fixture::new();
    fixture.store.put_key(key("a")).await.unwrap();
    fixture.store.put_key(key("b")).await.unwrap();
    let retired = StoredKey { retires_at: Some(secs(1)), deletes_at: Some(secs(2)), ..key("a") };
    fixture.store.put_key(retired.clone()).await.unwrap();
    fixture = fixture.reopened_at(NOW).await;
    assert_eq!(fixture.store.list_keys().await, Ok(vec![retired, key("b")]));
    assert_eq!(fixture.store.delete_key("a").await, Ok(true));
    assert_eq!(fixture.store.delete_key("a").await, Ok(false));
    assert!(!format!("{:?}", key("b")).contains("[1, 2, 3]"), "no log shows a key");
}

#[tokio::test]
async fn events_are_read_page_by_page_newest_first() {
    let Fixture { store, dir: _dir } = Fixture::new();
    for n in 0..5 {
        let event = SecurityEvent {
            at: secs(n),
            kind: "sign_in_throttled".to_owned(),
            crossing: None,
            sub: None,
            client_id: None,
            address: None,
            detail: Some(n.to_string()),
        };
        store.record_event(event).await.unwrap();
    }
    let first = store.events(2, None).await.unwrap();
    let second = store.events(2, first.last().map(|event| event.id)).await.unwrap();
    let details: Vec<_> =
        first.iter().chain(&second).map(|event| event.event.detail.clone().unwrap()).collect();
    assert_eq!(details, ["4", "3", "2", "1"]);
}
