//! Who is notified, and who again after a restart?

use crate::support::ciba::{asker, auth_req_id, with_till};
use crate::support::receiver::{Behaviour, Receiver, allow_loopback};
use crate::support::{Phone, SECRET, TestServer};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::mitigations::rate_limits::QuietHours;
use tandem_server::ciba::notices::resume;
use tandem_server::config::{self, Client, Config, Secret, Webhook};
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_store::{AuthorizationDevice, DeviceChannel, PersonSettings};

/// A server that reaches phones through this service, and alice and bob with one each.
async fn started(service: &Receiver, change: impl FnOnce(&mut Config)) -> TestServer {
    let server = TestServer::with(|config| {
        with_till(config);
        allow_loopback(config);
        let secret = Some(Secret::new(format!("{SECRET}, and long enough")));
        config.notifications.webhook = Some(Webhook { url: service.url.clone(), secret, secret_file: None });
        change(config);
    })
    .await;
    for username in ["alice", "bob"] {
        add_phone(&server, username, "first").await;
    }
    server
}

async fn add_phone(server: &TestServer, username: &str, number: &str) {
    let to = format!("{username}'s {number}");
    let sealed = device_detail::seal(&server.app.keys, &Detail::Webhook { to: to.clone() }).unwrap();
    let device = AuthorizationDevice {
        id: Digest::of(to.as_bytes()),
        sub: server.sub(username).await,
        kind: DeviceChannel::Webhook,
        name: "a phone".to_owned(),
        detail: sealed,
        created_at: server.now(),
        last_used_at: None,
    };
    assert!(server.app.store.put_authorization_device(device).await.unwrap());
}

/// Quiet from one full hour to another; it is 08:00 when a test begins.
async fn set_quiet(server: &TestServer, username: &str, hours: Option<(u16, u16, &str)>) {
    let hours =
        hours.map(|(from, until, zone)| QuietHours::new(from * 60, until * 60, zone.to_owned()).unwrap());
    let settings = PersonSettings { quiet_hours: hours, ..Default::default() };
    server.app.store.put_person_settings(&server.sub(username).await, &settings).await.unwrap();
}

/// What the service was told: which phone, and of which request.
fn told(service: &Receiver) -> Vec<(String, String)> {
    let text = |body: &serde_json::Value, name: &str| body[name].as_str().unwrap().to_owned();
    let bodies = service.calls().into_iter().map(|call| call.json());
    bodies.map(|body| (text(&body, "to"), text(&body, "id"))).collect()
}

fn notice(to: &str, auth_req_id: &str) -> (String, String) {
    (to.to_owned(), CrossingId::of_secret(auth_req_id).to_string())
}

/// Waits until the device's taking of the last notice is noted: what comes first is its last use.
async fn noted(server: &TestServer, count: usize) {
    let noted = async {
        loop {
            let mut found = 0;
            for username in ["alice", "bob"] {
                for crossing in server.app.store.crossings_of(&server.sub(username).await) {
                    let events = server.app.store.journal_of(crossing.id()).await.unwrap();
                    let taken = |event: &&tandem_core::crossing::Event| {
                        matches!(event, tandem_core::crossing::Event::Notified(_))
                    };
                    found += events.iter().filter(taken).count();
                }
            }
            if found >= count {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), noted).await.expect("a notice is noted");
}

/// R6.11: in their quiet hours nothing leaves for any of their devices, and outside of them it does.
#[tokio::test]
async fn a_device_is_silent_in_quiet_hours_and_speaks_outside_of_them() {
    for (from, until, zone) in [(7, 9, "UTC"), (16, 18, "Asia/Tokyo"), (22, 9, "UTC")] {
        let service = Receiver::start().await;
        let server = started(&service, |_| {}).await;
        set_quiet(&server, "alice", Some((from, until, zone))).await;
        let silent = server.ask().await;
        // What is sent to somebody else leaves, and what comes an hour later: it is the same queue.
        let others = server.ask_for("till", "bob").await;
        assert_eq!(service.wait_for(1).await.len(), 1);
        assert_eq!(told(&service), [notice("bob's first", &others)], "{from} {until} {zone}");
        server.advance(3600);
        let heard = server.ask().await;
        service.wait_for(2).await;
        assert_eq!(told(&service)[1..], [notice("alice's first", &heard)], "{from} {until} {zone}");
        assert_ne!(silent, heard);
    }
}

#[tokio::test]
async fn who_was_not_reached_before_a_restart_is_told_after_it() {
    let service = Receiver::start().await;
    service.then([Behaviour::Silence]);
    let server = started(&service, |_| {}).await;
    let id = server.ask().await;
    service.wait_for(1).await;
    let server = server.restart().await;
    resume(Arc::clone(&server.app)).await;
    service.wait_for(2).await;
    assert_eq!(told(&service), [notice("alice's first", &id), notice("alice's first", &id)]);
    // Noted, it is not told at the next start; what is new is.
    noted(&server, 1).await;
    let server = server.restart().await;
    resume(Arc::clone(&server.app)).await;
    let second = server.ask().await;
    service.wait_for(3).await;
    assert_eq!(told(&service)[2..], [notice("alice's first", &second)]);
}

#[tokio::test]
async fn a_device_that_took_the_notice_is_not_told_again_and_the_others_are() {
    let service = Receiver::start().await;
    let server = started(&service, |_| {}).await;
    let id = server.ask().await;
    service.wait_for(1).await;
    noted(&server, 1).await;
    add_phone(&server, "alice", "second").await;
    let server = server.restart().await;
    resume(Arc::clone(&server.app)).await;
    service.wait_for(2).await;
    assert_eq!(told(&service)[1..], [notice("alice's second", &id)]);
    // Asked twice, it tells nobody twice.
    resume(Arc::clone(&server.app)).await;
    let others = server.ask_for("till", "bob").await;
    service.wait_for(3).await;
    assert_eq!(told(&service)[2..], [notice("bob's first", &others)]);
}

#[tokio::test]
async fn nobody_is_told_of_what_is_answered_over_opened_or_for_nobody() {
    let service = Receiver::start().await;
    let server = started(&service, |config| {
        config.clients.push(Client { tandem_user_hints: config::UserHints::Conceal, ..asker("stranger") });
    })
    .await;
    let unheard = |count| service.then(std::iter::repeat_n(Behaviour::Silence, count));
    // Over.
    unheard(1);
    server.ask_for("till", "bob").await;
    service.wait_for(1).await;
    server.advance(60);
    // Answered, opened, and for nobody.
    unheard(2);
    server.ask().await;
    service.wait_for(2).await;
    server.answered("alice", "deny").await;
    let form = [("scope", "openid"), ("login_hint", "nobody")];
    auth_req_id(&server.ask_as("stranger", &form).await);
    let form = [("scope", "openid"), ("login_hint", "alice")];
    auth_req_id(&server.ask_as("stranger", &form).await);
    service.wait_for(3).await;
    assert_eq!(Phone::signed_in(&server, "alice").await.open_request().await.1.status, 200);
    server.advance(60);
    let server = server.restart().await;
    resume(Arc::clone(&server.app)).await;
    let fresh = server.ask_for("till", "bob").await;
    service.wait_for(4).await;
    assert_eq!(told(&service)[3..], [notice("bob's first", &fresh)]);
}

#[tokio::test]
async fn a_restart_in_quiet_hours_wakes_nobody() {
    let service = Receiver::start().await;
    let hours =
        config::QuietHours { from: "08:01".to_owned(), until: "08:30".to_owned(), zone: "UTC".to_owned() };
    let server = started(&service, |config| {
        config.clients.push(Client { tandem_quiet_hours: Some(hours), ..asker("desk") });
    })
    .await;
    service.then(std::iter::repeat_n(Behaviour::Silence, 2));
    // One to somebody who wants quiet by now, one from a client that may not ask by now.
    server.ask().await;
    service.wait_for(1).await;
    auth_req_id(&server.ask_as("desk", &[("scope", "openid"), ("login_hint", "bob")]).await);
    service.wait_for(2).await;
    set_quiet(&server, "alice", Some((7, 9, "UTC"))).await;
    server.advance(60);
    let server = server.restart().await;
    resume(Arc::clone(&server.app)).await;
    let fresh = server.ask_for("till", "bob").await;
    service.wait_for(3).await;
    assert_eq!(told(&service)[2..], [notice("bob's first", &fresh)]);
}
