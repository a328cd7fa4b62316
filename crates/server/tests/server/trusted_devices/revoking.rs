//! A device is revoked, beside the running server: what it began ends, and what it got.

use super::*;
use crate::support::ciba::{NOTIFICATION_TOKEN, auth_req_id, pinged, pushed_to};
use crate::support::receiver::{Receiver, allow_loopback};
use crate::support::{Codes, Phone};
use std::time::Duration;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_store::{Open, Options, Store};

/// What `tandem device revoke` does, and what the server then hears.
async fn revoke(server: &TestServer, id: &str) -> u64 {
    let mut changes = server.app.store.foreign_changes();
    let options = Options::new(&server.app.config.data_dir, Open::Tool { migrate: false });
    let tool = Store::open(options, server.now()).unwrap();
    let ended = tool.revoke_trusted_device(id, server.now()).await.unwrap().expect("a trusted device");
    tool.close().await;
    tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.unwrap().unwrap();
    server.app.reload().await;
    ended
}

/// R6.7b
#[tokio::test]
async fn revoking_a_device_ends_its_requests_and_tokens_and_nobody_elses() {
    let server = server(json!({})).await;
    let (lost, kept) = (Key::new(), Key::new());
    register(&server, device("tv", "lost", &lost)).await;
    register(&server, device("tv", "kept", &kept)).await;
    let shown = |id: &'static str, key: &Key| assertion(&server, "tv", id, key);
    let phone = Phone::signed_in(&server, "alice").await;
    let mut codes = Vec::new();
    for (id, key) in [("lost", &lost), ("lost", &lost), ("lost", &lost), ("kept", &kept), ("kept", &kept)] {
        codes.push(Codes::read(&ask_tv(&server, &shown(id, key)).await));
    }
    let [pending, approved, collected, kept_pending, kept_collected] = &codes[..] else { panic!("five") };
    for codes in [approved, collected, kept_collected] {
        phone.allow(&codes.user_code).await;
    }
    server.advance(6);
    let tokens = poll_tv(&server, &collected.device_code, &shown("lost", &lost)).await.json();
    let kept_tokens = poll_tv(&server, &kept_collected.device_code, &shown("kept", &kept)).await.json();
    let access = |tokens: &Value| tokens["access_token"].as_str().unwrap().to_owned();
    assert!(server.is_active(&access(&tokens)).await && server.is_active(&access(&kept_tokens)).await);

    assert_eq!(revoke(&server, "lost").await, 1);

    assert!(!server.is_active(&access(&tokens)).await);
    assert!(server.is_active(&access(&kept_tokens)).await);
    let state = |codes: &Codes| server.app.store.crossing(CrossingId::of_secret(&codes.device_code)).unwrap();
    assert!(matches!(state(pending), Crossing::Denied(_)));
    assert!(matches!(state(approved), Crossing::Denied(_)), "a yes that was not collected is taken back");
    assert!(matches!(state(kept_pending), Crossing::Pending(_)));
    let ended = server.events().await;
    assert_eq!(ended.iter().filter(|kind| *kind == "request_of_revoked_device_ended").count(), 2);
    let dead = shown("lost", &lost);
    is_refused(&poll_tv(&server, &approved.device_code, &dead).await);
    is_refused(&ask_tv(&server, &shown("lost", &lost)).await);
    is_refused(&ask_tv(&server, &Shown::dpop(&server, &lost, AUTHORIZE)).await);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let refused = refresh_tv(&server, refresh, &shown("lost", &lost)).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    is_taken(&ask_tv(&server, &shown("kept", &kept)).await);
    // Nobody can answer it any more.
    let page = phone.get("/device").await;
    let form = [("user_code", pending.user_code.as_str()), ("csrf", &page.field("csrf"))];
    let opened = phone.post("/device", &form).await;
    let shown_question = opened.status == 303 && {
        let question = phone.get("/device/decision").await;
        question.status == 200 && question.body.contains("value=\"allow\"")
    };
    assert!(!shown_question, "a request of a revoked device is still put to the person");
}

/// R6.7b: a client that waits to be called hears of the end.
#[tokio::test]
async fn the_end_of_a_backchannel_request_is_told_to_its_client() {
    let receiver = Receiver::start().await;
    let server = server_with(json!({}), |config| {
        allow_loopback(config);
        config.clients.push(pinged("shop", &receiver.url));
    })
    .await;
    let key = Key::new();
    register(&server, device("shop", "shop-1", &key)).await;
    let form =
        [("scope", "openid"), ("login_hint", "alice"), ("client_notification_token", NOTIFICATION_TOKEN)];
    let mut request = assertion(&server, "shop", "shop-1", &key).request(ASK, &form);
    request.headers_mut().insert(header::AUTHORIZATION, basic("shop", SECRET).parse().unwrap());
    let id = auth_req_id(&server.send(request).await);
    assert_eq!(revoke(&server, "shop-1").await, 0);
    assert!(matches!(server.crossing(&id), Crossing::Denied(_)));
    assert_eq!(server.deliver().await, 1, "one callback");
}

/// R6.7b: a yes that was not collected is taken back also where the client has not been called yet because of it; tokens
/// are pushed to nobody then.
#[tokio::test]
async fn a_yes_whose_callback_waits_is_taken_back() {
    for mode in [pinged, pushed_to] {
        let receiver = Receiver::start().await;
        let server = server_with(json!({}), |config| {
            allow_loopback(config);
            config.clients.push(mode("shop", &receiver.url));
        })
        .await;
        let key = Key::new();
        register(&server, device("shop", "shop-1", &key)).await;
        let form =
            [("scope", "openid"), ("login_hint", "alice"), ("client_notification_token", NOTIFICATION_TOKEN)];
        let mut request = assertion(&server, "shop", "shop-1", &key).request(ASK, &form);
        request.headers_mut().insert(header::AUTHORIZATION, basic("shop", SECRET).parse().unwrap());
        let id = auth_req_id(&server.send(request).await);
        server.answered("alice", "allow").await;
        assert!(matches!(server.crossing(&id), Crossing::Approved(_)));
        revoke(&server, "shop-1").await;
        assert!(matches!(server.crossing(&id), Crossing::Denied(_)));
        assert_eq!(server.deliver().await, 1, "it hears once");
        assert!(server.app.store.family(CrossingId::of_secret(&id)).await.unwrap().is_none());
    }
}

/// R6.7b: a restart forgets nothing of it, and a server that was not there to hear of it makes up for it.
#[tokio::test]
async fn a_revoked_device_stays_revoked_after_a_restart() {
    let server = server(json!({})).await;
    let keys = [Key::new(), Key::new()];
    let mut codes = Vec::new();
    for (id, key) in ["heard", "missed"].into_iter().zip(&keys) {
        register(&server, device("tv", id, key)).await;
        codes.push(Codes::read(&ask_tv(&server, &assertion(&server, "tv", id, key)).await));
    }
    revoke(&server, "heard").await;
    server.app.store.revoke_trusted_device("missed", server.now()).await.unwrap();
    let server = server.restart().await;
    for ((id, key), codes) in ["heard", "missed"].into_iter().zip(&keys).zip(&codes) {
        let crossing = server.app.store.crossing(CrossingId::of_secret(&codes.device_code));
        assert!(matches!(crossing, Some(Crossing::Denied(_))), "{id}");
        is_refused(&ask_tv(&server, &assertion(&server, "tv", id, key)).await);
    }
}
