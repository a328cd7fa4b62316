//! Does `tandem user devices` say which browsers are gone, and list them also where it cannot know?

use crate::support::{Home, run_with};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_server::clock::Random;
use tandem_server::keys::KeyRing;
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_store::{AuthorizationDevice, DeviceChannel, Open, Options, Store};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const LIST: [&str; 3] = ["user", "devices", "ada"];
const JSON: [&str; 4] = ["user", "devices", "ada", "--json"];

/// Whether a server has run here, and made its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Made,
    Missing,
}

/// What stands in `encryption.key` of every home.
fn key() -> [u8; 32] {
    let mut key = [0; 32];
    for (byte, value) in key.iter_mut().zip(0..) {
        *byte = value;
    }
    key
}

/// Ada has a browser that lives, one that is gone, one of which nothing can be read, and a mailbox.
fn adas_home(keys: Keys) -> Home {
    let home = Home::new();
    let add = ["user", "add", "ada", "--password-stdin"];
    run_with(&mut home.command(&add), Some("a long enough password")).expect(0);
    let sub =
        home.run(&["user", "show", "ada", "--json"]).expect(0).json()["sub"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = Options::new(home.path("data"), Open::Tool { migrate: false });
        let store = Store::open(options, NOW).unwrap();
        let sealed: Vec<String> = match keys {
            Keys::Missing => vec!["?".to_owned(); 3],
            Keys::Made => {
                let ring = KeyRing::open(&store, &key(), &[], Random, NOW).await.unwrap();
                let subscription = serde_json::from_value(subscription()).unwrap();
                let mail = Detail::Email { address: "ada@example.com".to_owned() };
                let details = [Detail::WebPush(subscription), Detail::WebPushGone, mail];
                details.iter().map(|detail| device_detail::seal(&ring, detail).unwrap()).collect()
            }
        };
        let devices = [
            ("laptop", DeviceChannel::WebPush, &*sealed[0]),
            ("old-phone", DeviceChannel::WebPush, &sealed[1]),
            ("riddle", DeviceChannel::WebPush, "spoilt"),
            ("mailbox", DeviceChannel::Email, &sealed[2]),
        ];
        for (number, (name, kind, detail)) in devices.into_iter().enumerate() {
            let device = AuthorizationDevice {
                id: Digest::of(name.as_bytes()),
                sub: Arc::from(sub.as_str()),
                kind,
                name: name.to_owned(),
                detail: detail.to_owned(),
                created_at: Timestamp::from_secs(NOW.as_secs() + number as u64),
                last_used_at: None,
            };
            assert!(store.put_authorization_device(device).await.unwrap());
        }
        store.close().await;
    });
    home
}

fn subscription() -> Value {
    json!({
        "endpoint": "https://push.example.net/laptop",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

/// The name and the reach of each device, as JSON has them.
fn reaches(json: &Value) -> Vec<(&str, &str)> {
    let all = json.as_array().unwrap().iter();
    all.map(|device| (device["name"].as_str().unwrap(), device["reach"].as_str().unwrap())).collect()
}

/// The same, as the table has them.
fn table(out: &str) -> Vec<(&str, &str)> {
    let mut lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap()[..4], ["id", "kind", "reach", "name"]);
    lines.map(|line| (line[3], line[2])).collect()
}

const UNKNOWN: [(&str, &str); 4] =
    [("laptop", "unknown"), ("old-phone", "unknown"), ("riddle", "unknown"), ("mailbox", "open")];

/// That the list is whole, says that it does not know, and why.
fn is_listed_without_a_key(home: &Home, why: &str) {
    let said = ["which browsers are gone cannot be told", why];
    assert_eq!(table(&home.run(&LIST).expect(0).says(&said).out), UNKNOWN);
    assert_eq!(reaches(&home.run(&JSON).expect(0).says(&said).json()), UNKNOWN);
}

#[test]
fn a_browser_that_is_gone_is_called_so() {
    let home = adas_home(Keys::Made);
    let known = [("laptop", "open"), ("old-phone", "gone"), ("riddle", "unknown"), ("mailbox", "open")];
    let listed = home.run(&LIST).expect(0);
    assert_eq!(table(&listed.out), known);
    assert!(listed.err.is_empty(), "{listed:?}");
    let shown = home.run(&JSON).expect(0);
    assert_eq!(reaches(&shown.json()), known);
    assert!(!shown.out.contains("push.example.net") && !shown.out.contains("ada@example.com"), "{shown:?}");
}

#[test]
fn another_key_lists_them_and_cannot_tell() {
    let home = adas_home(Keys::Made);
    home.write_key("encryption.key", &"1f".repeat(31));
    is_listed_without_a_key(&home, "keys.encryption_key");
    home.write_key("encryption.key", "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100");
    is_listed_without_a_key(&home, "cannot be opened with this encryption key");
}

#[test]
fn a_key_that_cannot_be_read_hinders_nothing_but_what_it_is_for() {
    let home = adas_home(Keys::Made);
    std::fs::remove_file(home.path("encryption.key")).unwrap();
    is_listed_without_a_key(&home, "encryption.key");
    home.run(&["user", "list"]).expect(2).says(&["keys.encryption_key_file"]);
    home.write_key("encryption.key", "no key at all");
    is_listed_without_a_key(&home, "keys.encryption_key");

    let text = std::fs::read_to_string(home.path("tandem.toml")).unwrap();
    home.write(&text.replace("encryption_key_file = \"encryption.key\"\n", ""));
    is_listed_without_a_key(&home, "there is no encryption key");
    // Whatever else is wrong counts as ever.
    home.write(&text.replace("data_dir", "data_drawer"));
    home.run(&LIST).expect(2).says(&["data_drawer"]);

    home.write(&text);
    let lost = Digest::of(b"old-phone").to_string();
    home.run(&["user", "devices", "ada", "--remove", &lost]).expect(0).says(&["is removed"]);
    home.run(&["user", "devices", "ada", "--remove", &lost]).expect(1).says(&["has no device"]);
    let left = home.run(&JSON).expect(0).json();
    assert_eq!(left.as_array().unwrap().len(), 3);
}

#[test]
fn looking_makes_no_keys() {
    let home = adas_home(Keys::Missing);
    is_listed_without_a_key(&home, "has not made its keys yet");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kept = runtime.block_on(async {
        let options = Options::new(home.path("data"), Open::Tool { migrate: false });
        let store = Store::open(options, NOW).unwrap();
        let kept = store.list_keys().await.unwrap();
        store.close().await;
        kept
    });
    assert!(kept.is_empty(), "{} keys", kept.len());
}

#[test]
fn where_no_browser_is_no_key_is_needed() {
    let home = adas_home(Keys::Made);
    for name in ["laptop", "old-phone", "riddle"] {
        let id = Digest::of(name.as_bytes()).to_string();
        home.run(&["user", "devices", "ada", "--remove", &id]).expect(0);
    }
    std::fs::remove_file(home.path("encryption.key")).unwrap();
    let listed = home.run(&LIST).expect(0);
    assert_eq!(table(&listed.out), [("mailbox", "open")]);
    assert!(listed.err.is_empty(), "{listed:?}");
}
