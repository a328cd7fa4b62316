//! Does a browser stay its person's device when its push service gives it another address, and nobody else's become it?

use super::push_service::{PushService, Subscriber};
use super::support::{Answer, Browser, PASSWORD, START, Server};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_server::notifications::Notice;
use tandem_server::notifications::device_detail;
use tandem_store::{AuthorizationDevice, DeviceChannel};

const ADD: &str = "/account/devices/web-push";
const REMOVE: &str = "/account/devices/web-push/remove";
const RENEWAL: &str = "/account/devices/web-push/renewal";
const RENEWED: &str = "authorization_device_renewed";

async fn signed_in<'s>(server: &'s Server, username: &str) -> Browser<'s> {
    let browser = server.browser();
    browser.sign_in(username, PASSWORD).await.leads_to("/account");
    browser
}

/// What a service worker asks for first, in the words of a browser.
async fn prepare(browser: &Browser<'_>) -> Answer {
    let request =
        Request::get(RENEWAL).header("sec-fetch-site", "same-origin").header("sec-fetch-mode", "cors");
    browser.send(request.body(Body::empty()).unwrap()).await
}

async fn csrf(browser: &Browser<'_>) -> String {
    prepare(browser).await.is(200).json()["csrf"].as_str().unwrap().to_owned()
}

fn renewal(old: &Subscriber, new: &Subscriber) -> Value {
    let mut body = new.json();
    body["replaces"] = json!(old.endpoint);
    body
}

async fn renew(browser: &Browser<'_>, old: &Subscriber, new: &Subscriber) -> Answer {
    browser.post_json(RENEWAL, &csrf(browser).await, &renewal(old, new)).await
}

fn id(subscriber: &Subscriber) -> Digest {
    Digest::of(subscriber.endpoint.as_bytes())
}

async fn devices(server: &Server, username: &str) -> Arc<Vec<AuthorizationDevice>> {
    server.app.store.authorization_devices_of(&server.sub(username).await).await.unwrap()
}

async fn ids(server: &Server, username: &str) -> Vec<Digest> {
    devices(server, username).await.iter().map(|device| device.id).collect()
}

async fn notify(server: &Server, username: &str) {
    let tv = server.browser_at("192.0.2.10");
    let codes =
        tv.post("/device_authorization", &[("client_id", "tv"), ("scope", "openid")]).await.is(200).json();
    let now = server.app.clock.now();
    server.app.notifier.notify(Notice {
        crossing: CrossingId::of_secret(codes["device_code"].as_str().unwrap()),
        sub: server.sub(username).await,
        asker: "Shop".to_owned(),
        binding_message: None,
        expires_at: now.plus(Duration::from_secs(100)),
        initiated_at: now,
        notified: Vec::new(),
    });
}

#[tokio::test]
async fn nobody_elses_browser_takes_the_place_of_a_persons() {
    let service = PushService::start();
    let server = Server::start().await;
    let (alices, bobs) = (service.subscriber("alices"), service.subscriber("bobs"));
    let (alice, bob) = (signed_in(&server, "alice").await, signed_in(&server, "bob").await);
    alice.post_json(ADD, &csrf(&alice).await, &alices.json()).await.is(201);
    let theirs = renew(&bob, &alices, &bobs).await;
    assert_eq!(theirs.is(404).json()["error"], "unknown");
    let nobodys = renew(&bob, &service.subscriber("nobodys"), &bobs).await;
    assert_eq!(nobodys.is(404).body, theirs.body, "whose it is stays untold");
    assert_eq!((ids(&server, "alice").await, ids(&server, "bob").await), (vec![id(&alices)], vec![]));

    // Nor does a person's own take the place of somebody else's new one.
    bob.post_json(ADD, &csrf(&bob).await, &bobs.json()).await.is(201);
    assert_eq!(renew(&alice, &alices, &bobs).await.is(409).json()["error"], "taken");
    assert_eq!(
        (ids(&server, "alice").await, ids(&server, "bob").await),
        (vec![id(&alices)], vec![id(&bobs)])
    );
    assert!(!server.events().await.contains(&RENEWED.to_owned()));
}

#[tokio::test]
async fn only_our_own_scripts_with_a_session_prepare_and_renew() {
    let service = PushService::start();
    let server = Server::start().await;
    let (old, new) = (service.subscriber("old"), service.subscriber("new"));
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    alice.post_json(ADD, &token, &old.json()).await.is(201);
    let body = renewal(&old, &new).to_string();
    let json_type = ("content-type", "application/json");
    let others = server.browser().csrf().await;
    for headers in [
        &[json_type][..],
        &[json_type, ("x-csrf-token", "")],
        &[json_type, ("x-csrf-token", &others)],
        &[json_type, ("x-csrf-token", &token), ("x-csrf-token", &token)],
        &[json_type, ("x-csrf-token", &token), ("origin", "https://evil.example")],
        &[json_type, ("x-csrf-token", &token), ("sec-fetch-site", "cross-site")],
        &[json_type, ("x-csrf-token", &token), ("sec-fetch-site", "same-site")],
    ] {
        let request =
            headers.iter().fold(Request::post(RENEWAL), |all, (name, value)| all.header(*name, *value));
        let refused = alice.send(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(refused.is(403).json()["error"], "csrf", "{headers:?}");
    }
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "none"), ("origin", "https://evil.example")]
    {
        let request = Request::get(RENEWAL).header(name, value).body(Body::empty()).unwrap();
        let refused = alice.send(request).await;
        assert_eq!(refused.is(403).json()["error"], "csrf", "{name}: {value}");
    }
    let told = prepare(&alice).await;
    assert_eq!(told.headers["cache-control"], "no-store");
    assert!(!told.headers.contains_key("access-control-allow-origin"));
    assert_eq!(told.json()["key"], server.app.keys.vapid.public());
    assert_eq!(told.json().as_object().unwrap().len(), 2);

    let stranger = server.browser();
    assert_eq!(prepare(&stranger).await.is(403).json()["error"], "signed_out");
    let strangers = stranger.csrf().await;
    let refused = stranger.post_json(RENEWAL, &strangers, &renewal(&old, &new)).await;
    assert_eq!(refused.is(403).json()["error"], "signed_out");
    assert_eq!(ids(&server, "alice").await, [id(&old)]);
}

#[tokio::test]
async fn what_is_no_renewal_is_refused_and_changes_nothing() {
    let service = PushService::start();
    let server = Server::start().await;
    let (old, new) = (service.subscriber("old"), service.subscriber("new"));
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    alice.post_json(ADD, &token, &old.json()).await.is(201);
    let with = |path: &str, value: Value| {
        let mut changed = renewal(&old, &new);
        *changed.pointer_mut(path).unwrap() = value;
        changed
    };
    for bad in [
        json!({}),
        new.json(),
        json!({ "replaces": old.endpoint }),
        with("/replaces", json!("no address")),
        with("/replaces", Value::Null),
        with("/replaces", json!([old.endpoint])),
        with("/endpoint", json!("http://push.example/x")),
        with("/keys/auth", json!("AAAA")),
        with("/keys/p256dh", json!(format!("B{}", "A".repeat(86)))),
    ] {
        let refused = alice.post_json(RENEWAL, &token, &bad).await;
        assert_eq!(refused.is(400).json()["error"], "not_understood", "{bad}");
    }
    let huge = with("/replaces", json!("a".repeat(100_000)));
    assert_eq!(alice.post_json(RENEWAL, &token, &huge).await.is(413).json()["error"], "too_large");
    assert_eq!(ids(&server, "alice").await, [id(&old)]);
}

#[tokio::test]
async fn a_device_that_was_taken_away_does_not_come_back_and_one_of_another_kind_is_not_replaced() {
    let service = PushService::start();
    let server = Server::start().await;
    let (old, new) = (service.subscriber("old"), service.subscriber("new"));
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    alice.post_json(ADD, &token, &old.json()).await.is(201);
    alice.post_json(REMOVE, &token, &json!({ "endpoint": old.endpoint })).await.is(200);
    assert_eq!(renew(&alice, &old, &new).await.is(404).json()["error"], "unknown");
    let app = AuthorizationDevice {
        id: id(&old),
        sub: server.sub("alice").await,
        kind: DeviceChannel::App,
        name: "Phone".to_owned(),
        detail: String::new(),
        created_at: START,
        last_used_at: None,
    };
    assert!(server.app.store.put_authorization_device(app).await.unwrap());
    assert_eq!(renew(&alice, &old, &new).await.is(404).json()["error"], "unknown");
    assert_eq!(devices(&server, "alice").await[0].kind, DeviceChannel::App);
}

#[tokio::test]
async fn the_new_subscription_takes_the_place_name_and_age_of_the_old_one_once() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let [old, new, newer] = ["old", "new", "newer"].map(|name| service.subscriber(name));
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    let mut named = old.json();
    named["name"] = json!("My browser");
    alice.post_json(ADD, &token, &named).await.is(201);
    // Somebody with as many devices as they may have can renew, too.
    for number in 0..19 {
        alice.post_json(ADD, &token, &service.subscriber(&format!("other-{number}")).json()).await.is(201);
    }
    server.advance(60);
    assert_eq!(renew(&alice, &old, &new).await.is(200).json(), json!({ "id": id(&new) }));
    let kept = devices(&server, "alice").await;
    assert_eq!(kept.len(), 20);
    let renewed = kept.iter().find(|device| device.id == id(&new)).unwrap();
    assert_eq!((renewed.name.as_str(), renewed.created_at), ("My browser", START));
    assert!(kept.iter().all(|device| device.id != id(&old)));
    assert!(server.events().await.contains(&RENEWED.to_owned()));
    // A worker that is started twice, or somebody who kept the old address, does nothing more.
    for late in [&new, &newer] {
        assert_eq!(renew(&alice, &old, late).await.is(404).json()["error"], "unknown");
    }
    for device in kept.iter().filter(|device| device.id != id(&new)) {
        assert!(server.app.store.remove_authorization_device(device.id, &device.sub).await.unwrap());
    }
    notify(&server, "alice").await;
    let push = service.next().await;
    assert_eq!(push.path, "/push/new");
    assert!(new.open(&push.body).is_some());
    assert!(service.is_quiet());
}

#[tokio::test]
async fn of_two_renewals_at_once_one_counts() {
    let service = PushService::start();
    let server = Server::start().await;
    let [old, left, right] = ["old", "left", "right"].map(|name| service.subscriber(name));
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    alice.post_json(ADD, &token, &old.json()).await.is(201);
    let (to_left, to_right) = (renewal(&old, &left), renewal(&old, &right));
    let (one, other) =
        tokio::join!(alice.post_json(RENEWAL, &token, &to_left), alice.post_json(RENEWAL, &token, &to_right));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let winner = if one.status == 200 { id(&left) } else { id(&right) };
    assert_eq!(ids(&server, "alice").await, [winner]);
}

#[tokio::test]
async fn an_answer_that_comes_late_does_not_concern_a_browser_that_subscribed_again() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    let mut old = service.subscriber("one");
    alice.post_json(ADD, &token, &old.json()).await.is(201);
    for (status, path) in [(404, ADD), (410, ADD), (404, RENEWAL), (410, RENEWAL)] {
        let late = service.answer_late(status);
        notify(&server, "alice").await;
        assert!(old.open(&service.next().await.body).is_some());
        // New keys under the same address: for the store it is the same device.
        let new = service.subscriber("one");
        let subscribed = alice.post_json(path, &token, &renewal(&old, &new)).await;
        assert!(subscribed.status.is_success(), "{}", subscribed.body);
        late.send(()).unwrap();
        let push = service.next().await;
        assert!(new.open(&push.body).is_some(), "it is told with its new keys: {path} after {status}");
        let kept = devices(&server, "alice").await;
        assert_eq!(kept.iter().map(|device| device.id).collect::<Vec<_>>(), [id(&new)]);
        assert!(!device_detail::is_gone(&server.app.keys, &kept[0]), "{path} after {status}");
        assert!(!alice.get("/account/devices").await.is(200).body.contains("data-gone"));
        old = new;
    }
    assert!(service.is_quiet());
}

#[tokio::test]
async fn a_second_answer_counts_for_the_second_subscription() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let alice = signed_in(&server, "alice").await;
    let token = csrf(&alice).await;
    let (old, new) = (service.subscriber("one"), service.subscriber("one"));
    alice.post_json(ADD, &token, &old.json()).await.is(201);
    let late = service.answer_late(410);
    service.answer(410, None);
    notify(&server, "alice").await;
    assert!(old.open(&service.next().await.body).is_some());
    alice.post_json(ADD, &token, &new.json()).await.is(201);
    late.send(()).unwrap();
    assert!(new.open(&service.next().await.body).is_some());
    gone(&server, "alice").await;
    assert!(service.is_quiet());
}

/// Until the server has noted that a device of this person is gone.
async fn gone(server: &Server, username: &str) {
    let is_gone = |device: &AuthorizationDevice| device_detail::is_gone(&server.app.keys, device);
    let gone = async {
        while !devices(server, username).await.iter().any(is_gone) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn one_that_is_gone_lives_again_under_its_new_address() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let (old, new) = (service.subscriber("old"), service.subscriber("new"));
    let alice = signed_in(&server, "alice").await;
    alice.post_json(ADD, &csrf(&alice).await, &old.json()).await.is(201);
    service.answer(410, None);
    notify(&server, "alice").await;
    assert_eq!(service.next().await.path, "/push/old");
    gone(&server, "alice").await;
    notify(&server, "alice").await;
    renew(&alice, &old, &new).await.is(200);
    notify(&server, "alice").await;
    assert_eq!(service.next().await.path, "/push/new", "what is gone is not tried");
    assert_eq!(ids(&server, "alice").await, [id(&new)]);
    assert!(!alice.get("/account/devices").await.is(200).body.contains("data-gone"));
}
