//! Does a browser that nothing reaches any more keep its person from adding a device, and does nothing else make room?

use super::push_service::{PushService, Subscriber};
use super::support::{Answer, Browser, PASSWORD, Server};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_server::notifications::device_detail::{self, Detail, is_gone};
use tandem_store::{AuthorizationDevice, DeviceChannel};

const ADD: &str = "/account/devices/web-push";
const RENEWAL: &str = "/account/devices/web-push/renewal";
const GONE: u8 = 100;

/// Alice in a browser of hers, with other devices by number: those from [`GONE`] on are gone.
struct Alice<'s> {
    server: &'s Server,
    browser: Browser<'s>,
    csrf: String,
    sub: Arc<str>,
}

impl<'s> Alice<'s> {
    async fn with(server: &'s Server, devices: impl IntoIterator<Item = u8>) -> Self {
        let browser = server.browser();
        browser.sign_in("alice", PASSWORD).await.leads_to("/account");
        let csrf = browser.get("/account").await.field("csrf");
        let alice = Self { server, browser, csrf, sub: server.sub("alice").await };
        for number in devices {
            alice.given(number, Arc::clone(&alice.sub)).await;
        }
        alice
    }

    async fn given(&self, number: u8, sub: Arc<str>) {
        let lives = || Detail::WebPush(serde_json::from_value(subscription(number)).unwrap());
        let detail = if number < GONE { lives() } else { Detail::WebPushGone };
        let device = AuthorizationDevice {
            id: id(number),
            sub,
            kind: DeviceChannel::WebPush,
            name: format!("browser {number}"),
            detail: device_detail::seal(&self.server.app.keys, &detail).unwrap(),
            created_at: self.server.app.clock.now(),
            last_used_at: None,
        };
        assert!(self.server.app.store.put_authorization_device(device).await.unwrap());
        // The next one is younger.
        self.server.advance(1);
    }

    async fn add(&self, subscriber: &Subscriber) -> Answer {
        self.browser.post_json(ADD, &self.csrf, &subscriber.json()).await
    }

    async fn devices(&self) -> Arc<Vec<AuthorizationDevice>> {
        self.server.app.store.authorization_devices_of(&self.sub).await.unwrap()
    }

    async fn has(&self, number: u8) -> bool {
        self.devices().await.iter().any(|device| device.id == id(number))
    }

    async fn removals(&self) -> Vec<Option<String>> {
        let events = self.server.app.store.events(100, None).await.unwrap();
        let removals = events.into_iter().filter(|one| one.event.kind == "authorization_device_removed");
        removals.map(|one| one.event.detail).collect()
    }
}

fn subscription(number: u8) -> Value {
    json!({
        "endpoint": format!("https://push.example.net/{number}"),
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

fn id(number: u8) -> Digest {
    Digest::of(format!("https://push.example.net/{number}").as_bytes())
}

#[tokio::test]
async fn twenty_that_can_be_reached_leave_no_room() {
    let server = Server::start().await;
    let service = PushService::start();
    let alice = Alice::with(&server, 0..20).await;
    // What somebody else has is not hers to give away.
    alice.given(GONE, server.sub("bob").await).await;
    let before = alice.devices().await;
    assert_eq!(alice.add(&service.subscriber("one-more")).await.is(409).json()["error"], "too_many");
    assert_eq!(*alice.devices().await, *before);
    assert!(alice.removals().await.is_empty());
    assert_eq!(server.app.store.authorization_devices_of(&server.sub("bob").await).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_opened_is_not_known_to_be_gone() {
    let server = Server::start().await;
    let service = PushService::start();
    let alice = Alice::with(&server, 0..19).await;
    let spoilt = AuthorizationDevice {
        id: id(GONE),
        detail: "spoilt".to_owned(),
        ..alice.devices().await.last().unwrap().clone()
    };
    assert!(server.app.store.put_authorization_device(spoilt).await.unwrap());
    alice.add(&service.subscriber("one-more")).await.is(409);
    assert_eq!((alice.devices().await.len(), alice.has(GONE).await), (20, true));
}

#[tokio::test]
async fn one_that_is_gone_makes_room_and_the_log_says_so() {
    let server = Server::start().await;
    let service = PushService::start();
    let alice = Alice::with(&server, (0..19).chain([GONE])).await;
    let page = alice.browser.get("/account/devices").await;
    page.is(200).says(&format!("data-gone=\"{}\"", id(GONE)));
    let new = service.subscriber("one-more");
    alice.add(&new).await.is(201);
    let left = alice.devices().await;
    assert_eq!((left.len(), alice.has(GONE).await), (20, false));
    assert!(left.iter().any(|device| device.id == Digest::of(new.endpoint.as_bytes())));
    assert!((0..19).all(|number| left.iter().any(|device| device.id == id(number))), "no other went");
    assert!(!alice.browser.get("/account/devices").await.is(200).body.contains("data-gone"));
    let gone = format!("{}, which was gone, made room for another", id(GONE));
    assert_eq!(alice.removals().await, [Some(gone)]);
    // Now there are twenty that live.
    assert_eq!(alice.add(&service.subscriber("yet-another")).await.is(409).json()["error"], "too_many");
    // What went does not come back by a renewal.
    let mut back = service.subscriber("back-again").json();
    back["replaces"] = json!(format!("https://push.example.net/{GONE}"));
    alice.browser.post_json(RENEWAL, &alice.csrf, &back).await.is(404);
    assert_eq!(alice.removals().await.len(), 1);
}

#[tokio::test]
async fn nothing_goes_where_there_is_room_and_then_the_oldest_goes_first() {
    let server = Server::start().await;
    let service = PushService::start();
    let alice = Alice::with(&server, [GONE + 1, GONE].into_iter().chain(0..17)).await;
    alice.add(&service.subscriber("twentieth")).await.is(201);
    assert_eq!((alice.devices().await.len(), alice.removals().await.len()), (20, 0));
    alice.add(&service.subscriber("twentieth")).await.is(201);
    assert_eq!(alice.removals().await.len(), 0, "it was there already");
    alice.add(&service.subscriber("a")).await.is(201);
    assert_eq!((alice.has(GONE).await, alice.has(GONE + 1).await), (true, false));
    alice.add(&service.subscriber("b")).await.is(201);
    assert!(!alice.has(GONE).await);
    alice.add(&service.subscriber("c")).await.is(409);
    let left = alice.devices().await;
    assert_eq!(left.len(), 20);
    assert!(!left.iter().any(|device| is_gone(&server.app.keys, device)));
}

#[tokio::test]
async fn of_many_that_want_the_place_of_one_one_gets_it() {
    let server = Server::start().await;
    let service = PushService::start();
    let alice = Alice::with(&server, (0..19).chain([GONE])).await;
    let subscribers: Vec<_> = (0..8).map(|number| service.subscriber(&format!("racer-{number}"))).collect();
    let answers = futures_util::future::join_all(subscribers.iter().map(|one| alice.add(one))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!((alice.devices().await.len(), alice.removals().await.len()), (20, 1));
}
