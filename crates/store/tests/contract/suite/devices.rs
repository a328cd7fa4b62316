//! Are the devices and the settings of people kept apart?

use crate::fixture::*;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::mitigations::rate_limits::QuietHours;
use tandem_store::{AuthorizationDevice, DeviceChannel, Kept, Open, Options, PersonSettings, Store, User};

fn device_id(n: u8) -> Digest {
    Digest::of(&[n])
}

fn device(n: u8, sub: &str) -> AuthorizationDevice {
    AuthorizationDevice {
        id: device_id(n),
        sub: Arc::from(sub),
        kind: DeviceChannel::App,
        name: format!("phone {n}"),
        detail: "{\"key\":\"sealed\"}".to_owned(),
        created_at: secs(n.into()),
        last_used_at: None,
    }
}

fn settings() -> PersonSettings {
    let quiet_hours = QuietHours::new(22 * 60, 7 * 60, "Asia/Tokyo".to_owned()).unwrap();
    PersonSettings { user_code_hash: Some("$argon2id$hash".to_owned()), quiet_hours: Some(quiet_hours) }
}

async fn names(store: &Store, sub: &str) -> Vec<String> {
    store.authorization_devices_of(sub).await.unwrap().iter().map(|device| device.name.clone()).collect()
}

fn tool(fixture: &Fixture) -> Store {
    Store::open(Options::new(fixture.dir.path(), Open::Tool { migrate: false }), NOW).unwrap()
}

#[tokio::test]
async fn a_device_is_one_persons() {
    let mut fixture = Fixture::new();
    assert!(names(&fixture.store, "alice").await.is_empty());
    let kinds = [DeviceChannel::App, DeviceChannel::WebPush, DeviceChannel::Email, DeviceChannel::Webhook];
    for (n, kind) in [4, 3, 2, 1].into_iter().zip(kinds.into_iter().rev()) {
        let device = AuthorizationDevice { kind, last_used_at: Some(secs(9)), ..device(n, "alice") };
        assert_eq!(fixture.store.put_authorization_device(device).await, Ok(true));
    }
    assert_eq!(fixture.store.put_authorization_device(device(1, "bob")).await, Ok(false), "it is alice's");
    assert!(names(&fixture.store, "bob").await.is_empty());
    for _ in 0..2 {
        let store = &fixture.store;
        let all = store.authorization_devices_of("alice").await.unwrap();
        assert_eq!(all.iter().map(|device| device.kind).collect::<Vec<_>>(), kinds, "oldest first");
        for device in all.iter() {
            let found = store.authorization_device(device.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(device));
        }
        assert_eq!(store.authorization_device(device_id(9)).await, Ok(None));
        fixture = fixture.reopened_at(secs(10)).await;
    }
}

#[tokio::test]
async fn a_person_has_twenty_devices_at_most() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    for n in 0..20 {
        assert_eq!(store.put_authorization_device(device(n, "alice")).await, Ok(true));
    }
    assert_eq!(store.put_authorization_device(device(20, "alice")).await, Ok(false));
    let again = AuthorizationDevice { name: "new phone".to_owned(), ..device(3, "alice") };
    assert_eq!(store.put_authorization_device(again).await, Ok(true), "no more than before");
    assert_eq!(store.put_authorization_device(device(20, "bob")).await, Ok(true), "who has none yet");
    assert_eq!(names(store, "alice").await[3], "new phone");
    assert_eq!(store.remove_authorization_device(device_id(5), "alice").await, Ok(true));
    assert_eq!(store.put_authorization_device(device(21, "alice")).await, Ok(true));
    assert_eq!(fixture.rows("authorization_devices"), 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_that_register_at_once_twenty_do() {
    let fixture = Fixture::new();
    let register = |racer| {
        let store = fixture.store.clone();
        let device = device(u8::try_from(racer).unwrap(), "alice");
        async move { store.put_authorization_device(device).await.unwrap() }
    };
    assert_eq!(super::races::winners(50, register).await, 20);
    assert_eq!(names(&fixture.store, "alice").await.len(), 20);
}

/// Alice has as many devices as she may.
async fn full() -> Fixture {
    let fixture = Fixture::new();
    for n in 0..20 {
        assert_eq!(fixture.store.put_authorization_device(device(n, "alice")).await, Ok(true));
    }
    fixture
}

#[tokio::test]
async fn only_what_is_still_as_it_was_makes_room() {
    let fixture = full().await;
    let store = &fixture.store;
    store.put_authorization_device(device(90, "bob")).await.unwrap();
    let put = async |n: u8, spare: &[AuthorizationDevice]| {
        store.put_authorization_device_in_place_of(device(n, "alice"), spare.to_vec()).await.unwrap()
    };
    let changed = AuthorizationDevice { detail: "another".to_owned(), ..device(3, "alice") };
    let bobs_as_hers = device(90, "alice");
    for spare in [
        &[][..],
        &[device(30, "alice")],
        std::slice::from_ref(&changed),
        &[bobs_as_hers],
        &[device(90, "bob")],
    ] {
        assert_eq!(put(30, spare).await, Kept::No, "{spare:?}");
    }
    // What is somebody else's is no reason to take anything away, nor is what is hers already.
    assert_eq!(put(90, &[device(3, "alice")]).await, Kept::No);
    assert_eq!(put(7, &[device(7, "alice"), device(3, "alice")]).await, Kept::Beside);
    assert_eq!(names(store, "alice").await.len(), 20);

    assert_eq!(names(store, "alice").await[5], "phone 5", "the caches know it");
    store.authorization_device(device_id(5)).await.unwrap();
    let spare = [changed, device(5, "alice"), device(6, "alice")];
    assert_eq!(put(30, &spare).await, Kept::InPlaceOf(device_id(5)), "the first that can, and no other");
    assert_eq!(store.authorization_device(device_id(5)).await, Ok(None));
    let left = names(store, "alice").await;
    assert_eq!((left.len(), left.contains(&"phone 5".to_owned())), (20, false));
    assert!(left.contains(&"phone 6".to_owned()) && left.contains(&"phone 30".to_owned()));

    // Where there is room, nothing has to go.
    store.remove_authorization_device(device_id(0), "alice").await.unwrap();
    assert_eq!(put(31, &[device(6, "alice")]).await, Kept::Beside);
    assert_eq!(fixture.rows("authorization_devices"), 21);
    let fixture = fixture.reopened_at(secs(50)).await;
    assert_eq!(names(&fixture.store, "alice").await.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_that_want_the_room_of_one_one_gets_it() {
    let fixture = full().await;
    let register = |racer| {
        let (store, device, spare) =
            (fixture.store.clone(), device(u8::try_from(racer).unwrap() + 100, "alice"), device(4, "alice"));
        async move {
            let kept = store.put_authorization_device_in_place_of(device, vec![spare]).await.unwrap();
            assert_ne!(kept, Kept::Beside);
            kept == Kept::InPlaceOf(device_id(4))
        }
    };
    assert_eq!(super::races::winners(20, register).await, 1);
    let left = names(&fixture.store, "alice").await;
    assert_eq!((left.len(), left.contains(&"phone 4".to_owned())), (20, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_back_as_another_wants_its_room_stays_or_went_before() {
    for n in 0..20 {
        let fixture = full().await;
        let race = |racer| {
            let (store, gone) = (fixture.store.clone(), device(n, "alice"));
            async move {
                if racer == 0 {
                    let new = device(100, "alice");
                    let kept = store.put_authorization_device_in_place_of(new, vec![gone]).await.unwrap();
                    kept != Kept::No
                } else {
                    let back = "back again".to_owned();
                    store.move_authorization_device(gone.id, "alice", gone.id, back).await.unwrap()
                }
            }
        };
        assert_eq!(super::races::winners(2, race).await, 1);
        assert_eq!(names(&fixture.store, "alice").await.len(), 20);
        let came_back = fixture.store.authorization_device(device_id(n)).await.unwrap();
        let is_new = fixture.store.authorization_device(device_id(100)).await.unwrap().is_some();
        assert_eq!(came_back.map(|device| device.detail == "back again"), (!is_new).then_some(true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_people_that_register_one_device_one_has_it() {
    let fixture = Fixture::new();
    for n in 0..20 {
        let register = |racer| {
            let (store, device) = (fixture.store.clone(), device(n, ["alice", "bob"][racer]));
            async move { store.put_authorization_device(device).await.unwrap() }
        };
        assert_eq!(super::races::winners(2, register).await, 1);
        for sub in ["alice", "bob"] {
            // Make room for the next round.
            fixture.store.remove_authorization_device(device_id(n), sub).await.unwrap();
        }
    }
}

#[tokio::test]
async fn only_the_owner_renames_and_removes() {
    let Fixture { store, dir: _dir } = Fixture::new();
    store.put_authorization_device(device(1, "alice")).await.unwrap();
    store.put_authorization_device(device(2, "bob")).await.unwrap();
    // The caches know both.
    assert_eq!((names(&store, "alice").await.len(), names(&store, "bob").await.len()), (1, 1));
    store.authorization_device(device_id(1)).await.unwrap();
    assert_eq!(store.rename_authorization_device(device_id(1), "bob", "mine").await, Ok(false));
    assert_eq!(store.remove_authorization_device(device_id(1), "bob").await, Ok(false));
    assert_eq!(store.rename_authorization_device(device_id(9), "alice", "none").await, Ok(false));
    assert_eq!(names(&store, "alice").await, ["phone 1"]);
    assert_eq!(store.rename_authorization_device(device_id(1), "alice", "電話").await, Ok(true));
    assert_eq!(names(&store, "alice").await, ["電話"]);
    assert_eq!(store.authorization_device(device_id(1)).await.unwrap().unwrap().name, "電話");
    assert_eq!(store.remove_authorization_device(device_id(1), "alice").await, Ok(true));
    assert_eq!(store.remove_authorization_device(device_id(1), "alice").await, Ok(false));
    assert!(names(&store, "alice").await.is_empty());
    assert_eq!(store.authorization_device(device_id(1)).await, Ok(None));
    assert_eq!(names(&store, "bob").await, ["phone 2"]);
    assert_eq!(store.put_authorization_device(device(1, "bob")).await, Ok(true), "it is free again");
}

#[tokio::test]
async fn a_device_is_used_to_the_minute_and_never_revived() {
    let Fixture { store, dir: _dir } = Fixture::new();
    store.put_authorization_device(device(1, "alice")).await.unwrap();
    let last = || async { store.authorization_device(device_id(1)).await.unwrap().unwrap().last_used_at };
    names(&store, "alice").await;
    store.touch_authorization_device(device_id(1), secs(100)).await.unwrap();
    assert_eq!(last().await, Some(secs(100)));
    let commits = store.census().commits;
    for at in [100, 159, 5] {
        store.touch_authorization_device(device_id(1), secs(at)).await.unwrap();
    }
    assert_eq!((last().await, store.census().commits), (Some(secs(100)), commits), "nothing was written");
    store.touch_authorization_device(device_id(1), secs(160)).await.unwrap();
    assert_eq!(last().await, Some(secs(160)));
    let listed = store.authorization_devices_of("alice").await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(secs(160)));
    store.remove_authorization_device(device_id(1), "alice").await.unwrap();
    store.touch_authorization_device(device_id(1), secs(500)).await.unwrap();
    assert_eq!(store.authorization_device(device_id(1)).await, Ok(None));
}

#[tokio::test]
async fn settings_are_seen_at_once_and_last() {
    let mut fixture = Fixture::new();
    assert_eq!(*fixture.store.person_settings("alice").await.unwrap(), PersonSettings::default());
    fixture.store.put_person_settings("alice", &settings()).await.unwrap();
    assert_eq!(*fixture.store.person_settings("alice").await.unwrap(), settings());
    fixture = fixture.reopened_at(secs(1)).await;
    assert_eq!(*fixture.store.person_settings("alice").await.unwrap(), settings());
    assert_eq!(*fixture.store.person_settings("bob").await.unwrap(), PersonSettings::default());
    let less = PersonSettings { user_code_hash: None, ..settings() };
    fixture.store.put_person_settings("alice", &less).await.unwrap();
    assert_eq!(*fixture.store.person_settings("alice").await.unwrap(), less);
    assert!(!format!("{:?}", settings()).contains("argon2id"), "no log shows a hash");
    assert!(!format!("{:?}", device(1, "alice")).contains("sealed"));
}

#[tokio::test]
async fn settings_that_make_no_sense_are_an_error() {
    let mut fixture = Fixture::new();
    fixture.store.put_person_settings("alice", &settings()).await.unwrap();
    let spoil = "UPDATE person_settings SET quiet_hours = '{\"from\":9999,\"until\":1,\"zone\":\"UTC\"}'";
    fixture.raw().execute_batch(spoil).unwrap();
    fixture = fixture.reopened_at(secs(1)).await;
    assert!(fixture.store.person_settings("alice").await.is_err());
}

#[tokio::test]
async fn devices_and_settings_go_with_the_person() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    for (n, sub) in [(1, "alice"), (2, "bob")] {
        let user = User {
            sub: Arc::from(sub),
            username: sub.to_owned(),
            name: None,
            email: None,
            email_verified: false,
            locale: None,
            password_hash: None,
            created_at: NOW,
            updated_at: NOW,
        };
        store.add_user(user).await.unwrap();
        store.put_authorization_device(device(n, sub)).await.unwrap();
        store.put_person_settings(sub, &settings()).await.unwrap();
        // The caches know them.
        assert_eq!(names(store, sub).await.len(), 1);
        assert!(store.authorization_device(device_id(n)).await.unwrap().is_some());
    }
    assert_eq!(store.remove_user("alice", secs(9)).await, Ok(true));
    assert!(names(store, "alice").await.is_empty());
    assert_eq!(store.authorization_device(device_id(1)).await, Ok(None));
    assert_eq!(*store.person_settings("alice").await.unwrap(), PersonSettings::default());
    assert_eq!(names(store, "bob").await, ["phone 2"]);
    assert_eq!(*store.person_settings("bob").await.unwrap(), settings());
    assert_eq!((fixture.rows("authorization_devices"), fixture.rows("person_settings")), (1, 1));
}

#[tokio::test]
async fn what_another_process_changes_is_seen() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_authorization_device(device(1, "alice")).await.unwrap();
    assert_eq!(names(store, "alice").await, ["phone 1"]);
    store.authorization_device(device_id(1)).await.unwrap();
    store.person_settings("alice").await.unwrap();
    let mut changes = store.foreign_changes();
    let tool = tool(&fixture);
    assert_eq!(tool.rename_authorization_device(device_id(1), "alice", "renamed").await, Ok(true));
    soon(changes.changed()).await.unwrap();
    assert_eq!(names(store, "alice").await, ["renamed"]);
    assert_eq!(store.authorization_device(device_id(1)).await.unwrap().unwrap().name, "renamed");
    tool.put_person_settings("alice", &settings()).await.unwrap();
    soon(changes.changed()).await.unwrap();
    assert_eq!(*store.person_settings("alice").await.unwrap(), settings());
    assert_eq!(tool.remove_authorization_device(device_id(1), "alice").await, Ok(true));
    soon(changes.changed()).await.unwrap();
    assert!(names(store, "alice").await.is_empty());
    assert_eq!(store.authorization_device(device_id(1)).await, Ok(None));
}

#[tokio::test]
async fn that_somebody_has_no_device_is_known_after_one_look_and_until_they_have() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert!(!store.is_known_without_devices("alice"), "nobody looked yet");
    assert!(names(store, "alice").await.is_empty());
    assert!(store.is_known_without_devices("alice"));
    assert_eq!(store.put_authorization_device(device(1, "alice")).await, Ok(true));
    assert!(!store.is_known_without_devices("alice"));
    assert_eq!(names(store, "alice").await.len(), 1);
    assert!(!store.is_known_without_devices("alice"));
    assert!(store.remove_authorization_device(device_id(1), "alice").await.unwrap());
    assert!(names(store, "alice").await.is_empty());
    assert!(store.is_known_without_devices("alice"));
}

#[tokio::test]
async fn a_device_moves_within_its_persons_devices_only() {
    let mut fixture = Fixture::new();
    for (n, sub) in [(1, "alice"), (2, "alice"), (3, "bob")] {
        fixture.store.put_authorization_device(device(n, sub)).await.unwrap();
    }
    let moved = |store: Store, old: u8, sub: &'static str, new: u8| async move {
        store
            .move_authorization_device(device_id(old), sub, device_id(new), "moved".to_owned())
            .await
            .unwrap()
    };
    let store = || fixture.store.clone();
    assert!(!moved(store(), 1, "bob", 4).await, "it is not bob's");
    assert!(!moved(store(), 9, "alice", 4).await, "there is none");
    assert!(!moved(store(), 1, "alice", 3).await, "the other is bob's");
    assert_eq!(fixture.rows("authorization_devices"), 3);
    assert!(moved(store(), 1, "alice", 1).await, "the same, reached in another way");
    assert!(moved(store(), 1, "alice", 4).await);
    assert!(!moved(store(), 1, "alice", 5).await, "it counts once");
    assert!(moved(store(), 4, "alice", 2).await, "two become one");
    fixture = fixture.reopened_at(secs(50)).await;
    let left = fixture.store.authorization_devices_of("alice").await.unwrap();
    let [one] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!((one.id, &*one.detail, &*one.name), (device_id(2), "moved", &*device(1, "alice").name));
    assert_eq!(
        fixture.store.authorization_device(device_id(3)).await.unwrap().unwrap().detail,
        device(3, "bob").detail
    );
}

async fn detail(store: &Store, n: u8) -> Option<String> {
    store.authorization_device(device_id(n)).await.unwrap().map(|device| device.detail)
}

async fn marked(store: &Store, known: &AuthorizationDevice) -> bool {
    store.change_authorization_device(known, "gone".to_owned()).await.unwrap()
}

#[tokio::test]
async fn only_a_device_that_is_still_as_it_was_known_changes() {
    let mut fixture = Fixture::new();
    let store = &fixture.store;
    assert!(!marked(store, &device(1, "alice")).await);
    assert_eq!(fixture.rows("authorization_devices"), 0, "nothing comes into being");
    for (n, sub) in [(1, "alice"), (2, "bob"), (3, "alice"), (4, "alice")] {
        store.put_authorization_device(device(n, sub)).await.unwrap();
    }
    // The caches know all of them.
    assert_eq!((names(store, "alice").await.len(), names(store, "bob").await.len()), (3, 1));
    for n in 1..=4 {
        assert!(detail(store, n).await.is_some());
    }

    // Somebody else's, though it is reached in the same way.
    assert!(!marked(store, &device(2, "alice")).await);
    assert!(!marked(store, &device(1, "bob")).await);
    // Another was put in its place, under the same name.
    let renewed = AuthorizationDevice { detail: "renewed".to_owned(), ..device(3, "alice") };
    assert_eq!(store.put_authorization_device(renewed).await, Ok(true));
    assert!(!marked(store, &device(3, "alice")).await);
    // It was taken away, and came back: that is no longer what was tried.
    let again = AuthorizationDevice { detail: "again".to_owned(), ..device(4, "alice") };
    assert_eq!(store.remove_authorization_device(device_id(4), "alice").await, Ok(true));
    assert!(!marked(store, &device(4, "alice")).await);
    assert_eq!(detail(store, 4).await, None);
    assert_eq!(store.put_authorization_device(again).await, Ok(true));
    assert!(!marked(store, &device(4, "alice")).await);
    // It has another name for machines since.
    let moved = "moved".to_owned();
    assert_eq!(store.move_authorization_device(device_id(4), "alice", device_id(5), moved).await, Ok(true));
    assert!(!marked(store, &AuthorizationDevice { detail: "again".to_owned(), ..device(4, "alice") }).await);

    let sealed = device(1, "alice").detail;
    assert_eq!(detail(store, 1).await.as_deref(), Some(&*sealed), "nothing has changed so far");
    // What the person calls it does not matter, nor when it was used.
    store.rename_authorization_device(device_id(1), "alice", "my phone").await.unwrap();
    store.touch_authorization_device(device_id(1), secs(100)).await.unwrap();
    assert!(marked(store, &device(1, "alice")).await);
    assert!(!marked(store, &device(1, "alice")).await, "once");
    let as_read = store.authorization_device(device_id(1)).await.unwrap().unwrap();
    let listed = store.authorization_devices_of("alice").await.unwrap();
    assert!(listed.contains(&as_read), "both caches know it");
    for _ in 0..2 {
        let store = &fixture.store;
        let one = store.authorization_device(device_id(1)).await.unwrap().unwrap();
        assert_eq!((&*one.name, &*one.detail, one.last_used_at), ("my phone", "gone", Some(secs(100))));
        assert_eq!((one.kind, one.created_at), (DeviceChannel::App, secs(1)));
        for (n, kept) in [(2, Some(&*sealed)), (3, Some("renewed")), (4, None), (5, Some("moved"))] {
            assert_eq!(detail(store, n).await.as_deref(), kept, "{n}");
        }
        fixture = fixture.reopened_at(secs(200)).await;
    }
    assert_eq!(fixture.rows("authorization_devices"), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_subscribes_or_leaves_as_a_device_is_marked_has_the_last_word() {
    let fixture = Fixture::new();
    for n in 0..60 {
        let store = &fixture.store;
        store.put_authorization_device(device(n, "alice")).await.unwrap();
        let race = |racer| {
            let (store, known) = (store.clone(), device(n, "alice"));
            async move {
                let id = known.id;
                match (racer, n % 3) {
                    (0, _) => marked(&store, &known).await,
                    (_, 0) => {
                        let again = AuthorizationDevice { detail: "again".to_owned(), ..known };
                        assert!(store.put_authorization_device(again).await.unwrap());
                        false
                    }
                    (_, 1) => {
                        let again = "again".to_owned();
                        assert!(store.move_authorization_device(id, "alice", id, again).await.unwrap());
                        false
                    }
                    _ => {
                        assert!(store.remove_authorization_device(id, "alice").await.unwrap());
                        false
                    }
                }
            }
        };
        // The mark may come first or too late: nobody can tell afterwards.
        assert!(super::races::winners(2, race).await <= 1);
        let left = if n % 3 == 2 { None } else { Some("again") };
        assert_eq!(detail(store, n).await.as_deref(), left, "{n}");
        assert_eq!(names(store, "alice").await.len(), usize::from(left.is_some()), "{n}");
        // Make room for the next round.
        store.remove_authorization_device(device_id(n), "alice").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_marks_of_one_device_one_counts() {
    let fixture = Fixture::new();
    for n in 0..20 {
        let store = &fixture.store;
        store.put_authorization_device(device(n, "alice")).await.unwrap();
        let race = |racer: usize| {
            let (store, known) = (store.clone(), device(n, "alice"));
            async move { store.change_authorization_device(&known, format!("gone {racer}")).await.unwrap() }
        };
        assert_eq!(super::races::winners(2, race).await, 1);
    }
}
