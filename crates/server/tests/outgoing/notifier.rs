//! Is the notifier bounded, does it end with the server, and does it keep what it knows to itself?

use super::people::{BRISK, People, authority, identity, notice};
use super::support::{Logged, Manner, NOW, TestNames, TestServer, outgoing_with, soon, start_tls_saying};
use super::webhook::settings;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::jose::Jwk;
use tandem_core::web_push::Subscription;
use tandem_server::clock::Random;
use tandem_server::config::{Email, MailTls};
use tandem_server::keys::KeyRing;
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_store::{DeviceChannel, Open, Options, Store};
use tempfile::TempDir;
use tokio::sync::Semaphore;

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

async fn people(manner: Manner) -> (People, TestServer) {
    let server = TestServer::start(manner).await;
    let mut people = People::new().await;
    people.config.notifications.webhook = Some(settings(&server));
    people.add_phone("alice", "alice's").await;
    (people, server)
}

#[tokio::test]
async fn a_full_queue_drops_what_is_more_and_holds_nobody_up() {
    let (people, mut server) = people(Manner::Says(OK.to_owned())).await;
    people.add_phone("bob", "bob's").await;
    let (logged, _guard) = Logged::listen();
    let notifier = people.notifier(BRISK);
    let asked = people.ask("one", "alice");
    // No worker has a turn in between: this is the only thread.
    for _ in 0..1500 {
        notifier.notify(asked.clone());
    }
    assert!(format!("{notifier:?}").contains("waiting: 1024"), "{notifier:?}");
    assert_eq!(logged.text().matches("further ones are dropped").count(), 1, "{}", logged.text());
    for _ in 0..1024 {
        let request = soon("what was taken", server.requests.recv()).await.unwrap();
        assert!(request.contains("alice's"));
    }
    notifier.notify(people.ask("two", "bob"));
    assert!(soon("the next", server.requests.recv()).await.unwrap().contains("bob's"));
}

#[tokio::test]
async fn nobody_is_told_of_what_is_over_or_never_was() {
    let (people, mut server) = people(Manner::Says(OK.to_owned())).await;
    let notifier = people.notifier(BRISK);
    let over = people.ask("over", "alice");
    people.deny(&over).await;
    notifier.notify(over);
    notifier.notify(notice(CrossingId::of_secret("unknown"), "alice", NOW.plus(Duration::from_hours(1))));
    let mut late = people.ask("late", "alice");
    late.expires_at = NOW;
    notifier.notify(late);
    let good = people.ask("good", "alice");
    notifier.notify(good.clone());
    let request = soon("the good one", server.requests.recv()).await.unwrap();
    assert!(request.contains(&good.crossing.to_string()), "{request}");
    assert!(server.requests.try_recv().is_err());
}

#[tokio::test]
async fn one_persons_slow_devices_hold_up_nobody_else() {
    let (mut people, mut server) = people(Manner::Says(OK.to_owned())).await;
    // A mail server that accepts and never says a word.
    let silent = TestServer::start(Manner::Silent).await;
    people.config.notifications.email = Some(Email {
        host: "127.0.0.1".to_owned(),
        port: Some(silent.address.port()),
        tls: MailTls::None,
        username: None,
        password: None,
        password_file: None,
        from: "no-reply@example.com".to_owned(),
    });
    people.add_person("slow", None).await;
    for n in 0..15 {
        people.add_device("slow", &Detail::Email { address: format!("{n}@example.com") }).await;
    }
    let notifier = people.notifier(BRISK);
    notifier.notify(people.ask("one", "slow"));
    let four = async {
        while silent.connected() < 4 {
            tokio::task::yield_now().await;
        }
    };
    soon("four at once", four).await;
    notifier.notify(people.ask("two", "alice"));
    assert!(soon("somebody else's", server.requests.recv()).await.unwrap().contains("alice's"));
    assert_eq!(silent.connected(), 4);
}

#[tokio::test]
async fn a_device_that_was_removed_meanwhile_is_not_tried_again() {
    let release = Arc::new(Semaphore::new(0));
    let busy = "HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (people, mut server) = people(Manner::Held(Arc::clone(&release), busy)).await;
    people.add_phone("bob", "bob's").await;
    let notifier = people.notifier(BRISK);
    notifier.notify(people.ask("one", "alice"));
    assert!(soon("the first try", server.requests.recv()).await.unwrap().contains("alice's"));
    let store = &people.parts.store;
    let device = store.authorization_devices_of("alice").await.unwrap()[0].id;
    assert!(store.remove_authorization_device(device, "alice").await.unwrap());
    release.add_permits(100);
    notifier.notify(people.ask("two", "bob"));
    for _ in 0..4 {
        assert!(soon("somebody else's", server.requests.recv()).await.unwrap().contains("bob's"));
    }
    assert!(server.requests.try_recv().is_err());
}

#[tokio::test]
async fn a_browser_that_is_gone_is_marked_and_an_app_is_not() {
    let ours = authority();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, ours.pem()).unwrap();
    let gone = "HTTP/1.1 410 Gone\r\nconnection: close\r\n\r\n";
    let port = start_tls_saying(gone, identity(&ours, "push.test")).port();
    let names = TestNames::default().with("push.test", &[&["127.0.0.1"]]);
    let mut people = People::new().await;
    people.parts.outgoing = outgoing_with(&["127.0.0.1"], &names, Some(&file));
    let subscription = |path: &str| {
        // The keys of RFC 8291 section 5.
        let p256dh =
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let endpoint = format!("https://push.test:{port}/{path}");
        Subscription::parse(&endpoint, p256dh, "BTBZMqHH6r4Tts7J_aSIgg").unwrap()
    };
    let jwk = serde_json::json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "JXGyvs3942BVGq8e0PTNNmwRzr5VX4m8t7GGpTM5FzE",
        "y": "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    });
    let jwk = Jwk::parse(&jwk).unwrap();
    people.add_person("alice", None).await;
    people.add_device("alice", &Detail::WebPush(subscription("browser"))).await;
    people.add_device("alice", &Detail::App { jwk: jwk.clone(), push: Some(subscription("app")) }).await;
    people.add_device("alice", &Detail::App { jwk, push: None }).await;
    let (logged, _guard) = Logged::listen();
    let notifier = people.notifier(BRISK);
    notifier.notify(people.ask("one", "alice"));
    logged.hears("knows an authorization device no more").await;
    let both = async {
        while logged.text().matches("status=410").count() < 2 {
            tokio::task::yield_now().await;
        }
    };
    soon("both answers", both).await;
    // What follows an answer is written before this is.
    people.add_person("bob", None).await;
    let left = people.parts.store.authorization_devices_of("alice").await.unwrap();
    assert_eq!(left.len(), 3);
    for device in left.iter() {
        let gone = device_detail::is_gone(&people.parts.keys, device);
        assert_eq!(gone, device.kind == DeviceChannel::WebPush, "{device:?}");
    }
    assert!(left.iter().all(|device| device.last_used_at.is_none()));
    assert!(!logged.text().contains("/browser"), "{}", logged.text());
}

#[tokio::test]
async fn it_ends_when_it_is_dropped_whatever_it_waits_for() {
    let (people, mut server) = people(Manner::Silent).await;
    let notifier = people.notifier(BRISK);
    notifier.notify(people.ask("one", "alice"));
    soon("a request under way", server.requests.recv()).await.unwrap();
    let pages = Arc::downgrade(&people.parts.pages);
    drop(notifier);
    drop(people);
    let ended = async {
        while pages.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    soon("the end of the workers", ended).await;
}

#[tokio::test]
async fn channels_that_are_not_set_up_are_passed_over() {
    let (people, mut server) = people(Manner::Says(OK.to_owned())).await;
    people.add_device("alice", &Detail::Email { address: "alice@example.com".to_owned() }).await;
    let notifier = people.notifier(BRISK);
    assert!(notifier.reaches(DeviceChannel::Webhook) && !notifier.reaches(DeviceChannel::Email));
    notifier.notify(people.ask("one", "alice"));
    assert!(soon("the other channel", server.requests.recv()).await.unwrap().contains("alice's"));
}

#[tokio::test]
async fn details_of_devices_rest_sealed() {
    let people = People::new().await;
    let detail = Detail::Email { address: "alice@example.com".to_owned() };
    let keys = &people.parts.keys;
    let sealed = device_detail::seal(keys, &detail).unwrap();
    assert_ne!(sealed, device_detail::seal(keys, &detail).unwrap(), "two seals of one thing look different");
    assert_eq!(device_detail::open(keys, &sealed), Some(detail.clone()));
    assert!(!format!("{detail:?}").contains("alice"));

    let mut changed = sealed.clone().into_bytes();
    for at in 0..changed.len() {
        let kept = changed[at];
        changed[at] = if kept == b'A' { b'B' } else { b'A' };
        assert_eq!(device_detail::open(keys, std::str::from_utf8(&changed).unwrap()), None, "at {at}");
        changed[at] = kept;
    }
    for text in ["", "A", "{}", &sealed[..16], &sealed[4..], r#"{"channel":"email","address":"a@b"}"#] {
        assert_eq!(device_detail::open(keys, text), None, "{text}");
    }
    // Sealed for something else, or by another server.
    let text = r#"{"channel":"email","address":"a@b"}"#;
    let other = keys.seal_text("another purpose", text).unwrap();
    assert_eq!(keys.open_text("another purpose", &other).unwrap().as_str(), text);
    assert_eq!(device_detail::open(keys, &other), None);
    let directory = TempDir::new().unwrap();
    let store = Store::open(Options::new(directory.path(), Open::Server), NOW).unwrap();
    let foreign = KeyRing::open(&store, &std::array::from_fn(|_| 7), &[], Random, NOW).await.unwrap();
    assert_eq!(device_detail::open(&foreign, &sealed), None);
}
