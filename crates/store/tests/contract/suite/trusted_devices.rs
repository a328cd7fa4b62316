//! Are consumption devices found by what they prove, and does revoking one end what it has?

use crate::fixture::*;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{Context, CrossingId, Request};
use tandem_core::digest::Digest;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_core::oauth::token_family::{FamilyState, Revocation, TokenFamily};
use tandem_store::{DeviceName, Instance, Open, Options, Store, TrustedDevice, Write};

fn key(n: u8) -> Digest {
    Digest::of(&[b'k', n])
}

fn certificate(n: u8) -> Digest {
    Digest::of(&[b'c', n])
}

fn device(n: u8) -> TrustedDevice {
    TrustedDevice {
        id: format!("tv-{n}").into(),
        client_id: Arc::from("tv"),
        name: format!("Lobby {n}"),
        kind: Some(DeviceKind::Tv),
        jwk: None,
        jwk_thumbprint: Some(key(n)),
        certificate: Some(certificate(n)),
        compliance: ComplianceStatus::Unknown,
        created_at: secs(n.into()),
        last_used_at: None,
        revoked_at: None,
    }
}

fn id_of(n: u8) -> DeviceName {
    DeviceName::Id(format!("tv-{n}").into())
}

async fn find(store: &Store, name: DeviceName) -> Option<TrustedDevice> {
    store.trusted_device(name).await.unwrap().map(|device| TrustedDevice::clone(&device))
}

/// A crossing that this device began.
fn begun_by(store: &Store, n: u32, instance: Option<&str>) -> CrossingId {
    let context = Context { instance: instance.map(Arc::from), ..Context::default() };
    store.begin(initiation_of(n, Request { context: context.boxed(), ..request(n) })).unwrap();
    id(n)
}

/// A family that this device collected.
async fn collected(store: &Store, n: u32, client_id: &str, instance: Option<&str>) -> CrossingId {
    let crossing = begun_by(store, n, instance);
    event(store, crossing, approval(), Write::Durable).await.unwrap();
    let family = TokenFamily { instance: instance.map(Arc::from), ..family_of(crossing, "alice", client_id) };
    event(store, crossing, redeemed(), |event| Write::Redeem(event, Box::new(family.clone()))).await.unwrap();
    crossing
}

async fn state(store: &Store, crossing: CrossingId) -> FamilyState {
    store.family(crossing).await.unwrap().unwrap().state
}

/// R6.7a
#[tokio::test]
async fn a_device_is_found_by_each_of_its_names_among_its_clients() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.store.has_trusted_devices("tv").await, Ok(false));
    assert_eq!(find(&fixture.store, id_of(1)).await, None);
    assert_eq!(fixture.store.add_trusted_device(device(1)).await, Ok(true));
    for _ in 0..2 {
        let store = &fixture.store;
        let tv: Arc<str> = Arc::from("tv");
        for name in [
            id_of(1),
            DeviceName::Key(Arc::clone(&tv), key(1)),
            DeviceName::Certificate(Arc::clone(&tv), certificate(1)),
        ] {
            assert_eq!(find(store, name).await, Some(device(1)));
        }
        for name in [
            id_of(2),
            DeviceName::Key(Arc::clone(&tv), certificate(1)),
            DeviceName::Certificate(tv, key(1)),
            DeviceName::Key(Arc::from("kiosk"), key(1)),
            DeviceName::Certificate(Arc::from("kiosk"), certificate(1)),
        ] {
            assert_eq!(find(store, name).await, None);
        }
        assert_eq!(store.has_trusted_devices("tv").await, Ok(true));
        assert_eq!(store.has_trusted_devices("kiosk").await, Ok(false));
        fixture = fixture.reopened_at(secs(10)).await;
    }
}

#[tokio::test]
async fn an_id_a_key_and_a_certificate_are_registered_once() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert_eq!(store.add_trusted_device(device(1)).await, Ok(true));
    let other = |change: fn(&mut TrustedDevice)| {
        let mut other = device(2);
        change(&mut other);
        store.add_trusted_device(other)
    };
    assert_eq!(other(|device| device.id = Arc::from("tv-1")).await, Ok(false));
    assert_eq!(other(|device| device.jwk_thumbprint = Some(key(1))).await, Ok(false));
    assert_eq!(other(|device| device.certificate = Some(certificate(1))).await, Ok(false));
    store.revoke_trusted_device("tv-1", secs(5)).await.unwrap();
    assert_eq!(other(|device| device.jwk_thumbprint = Some(key(1))).await, Ok(false), "revoked is revoked");
    let of_kiosk = TrustedDevice { id: Arc::from("kiosk-1"), client_id: Arc::from("kiosk"), ..device(1) };
    assert_eq!(store.add_trusted_device(of_kiosk).await, Ok(true), "another client may know the same key");
    let bare = TrustedDevice { jwk_thumbprint: None, certificate: None, ..device(3) };
    let bare_too = TrustedDevice { id: Arc::from("tv-4"), ..bare.clone() };
    assert_eq!(store.add_trusted_device(bare).await, Ok(true));
    assert_eq!(store.add_trusted_device(bare_too).await, Ok(true));
    let all = store.list_trusted_devices(None).await.unwrap();
    assert_eq!(all.iter().map(|device| &*device.id).collect::<Vec<_>>(), ["kiosk-1", "tv-1", "tv-3", "tv-4"]);
    assert_eq!(store.list_trusted_devices(Some("kiosk")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn compliance_and_use_are_remembered() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.add_trusted_device(device(1)).await.unwrap();
    let now = || async { find(store, id_of(1)).await.unwrap() };
    assert_eq!(now().await.compliance, ComplianceStatus::Unknown);
    for status in ComplianceStatus::ALL {
        assert_eq!(store.set_device_compliance("tv-1", status, NOW).await, Ok(true));
        assert_eq!(now().await.compliance, status);
    }
    assert_eq!(store.set_device_compliance("tv-9", ComplianceStatus::Compliant, NOW).await, Ok(false));
    store.touch_trusted_device(&now().await, secs(100)).await.unwrap();
    assert_eq!(now().await.last_used_at, Some(secs(100)));
    store.touch_trusted_device(&now().await, secs(699)).await.unwrap();
    assert_eq!(now().await.last_used_at, Some(secs(100)), "soon after is not written");
    store.touch_trusted_device(&now().await, secs(700)).await.unwrap();
    assert_eq!(now().await.last_used_at, Some(secs(700)));
}

/// R6.7b
#[tokio::test]
async fn revoking_ends_what_the_device_collected_and_nothing_else() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.add_trusted_device(device(1)).await.unwrap();
    let by_key = key(1).to_string();
    let theirs = [
        collected(store, 1, "tv", Some("tv-1")).await,
        collected(store, 2, "tv", Some("tv-1")).await,
        collected(store, 3, "tv", Some(&by_key)).await,
    ];
    let others = [
        collected(store, 4, "tv", Some("tv-2")).await,
        collected(store, 5, "tv", None).await,
        collected(store, 6, "kiosk", Some("tv-1")).await,
    ];
    for crossing in theirs.iter().chain(&others) {
        assert_eq!(state(store, *crossing).await, FamilyState::Active);
    }
    assert_eq!(store.revoke_trusted_device("tv-1", secs(9)).await, Ok(Some(3)));
    let revoked = FamilyState::Revoked { at: secs(9), by: Revocation::Operator };
    for crossing in theirs {
        assert_eq!(state(store, crossing).await, revoked);
    }
    for crossing in others {
        assert_eq!(state(store, crossing).await, FamilyState::Active);
    }
    let device = find(store, id_of(1)).await.unwrap();
    assert_eq!(device.revoked_at, Some(secs(9)));
    assert_eq!(store.revoke_trusted_device("tv-1", secs(10)).await, Ok(None), "once");
    assert_eq!(store.revoke_trusted_device("tv-9", secs(10)).await, Ok(None));
    // One that got through while the server did not know yet.
    let late = collected(store, 7, "tv", Some("tv-1")).await;
    assert_eq!(store.end_families_of_revoked_devices(secs(9), secs(11)).await, Ok(0), "revoked before");
    assert_eq!(store.end_families_of_revoked_devices(secs(8), secs(11)).await, Ok(1));
    assert_eq!(state(store, late).await, FamilyState::Revoked { at: secs(11), by: Revocation::Operator });
}

#[tokio::test]
async fn open_crossings_of_devices_are_found_until_they_end() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    begun_by(store, 1, None);
    let (pending, approved, denied) = (
        begun_by(store, 2, Some("tv-1")),
        begun_by(store, 3, Some("tv-1")),
        begun_by(store, 4, Some("tv-2")),
    );
    event(store, approved, approval(), Write::Durable).await.unwrap();
    event(store, denied, denial(), Write::Durable).await.unwrap();
    collected(store, 5, "tv", Some("tv-1")).await;
    let instance = |crossing| Instance { crossing, client_id: Arc::from("tv"), instance: Arc::from("tv-1") };
    let mut open = store.crossings_with_instance();
    let mut wanted = vec![instance(pending), instance(approved)];
    open.sort_by_key(|open| open.crossing);
    wanted.sort_by_key(|open| open.crossing);
    assert_eq!(open, wanted);
}

#[tokio::test]
async fn a_revocation_by_another_process_is_seen() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.add_trusted_device(device(1)).await.unwrap();
    let crossing = collected(store, 1, "tv", Some("tv-1")).await;
    assert_eq!(find(store, id_of(1)).await.unwrap().revoked_at, None);
    assert_eq!(state(store, crossing).await, FamilyState::Active);
    let mut changes = store.foreign_changes();
    let tool = Store::open(Options::new(fixture.dir.path(), Open::Tool { migrate: false }), NOW).unwrap();
    assert_eq!(tool.revoke_trusted_device("tv-1", secs(9)).await, Ok(Some(1)));
    tokio::time::timeout(Duration::from_secs(10), changes.changed()).await.unwrap().unwrap();
    assert_eq!(find(store, id_of(1)).await.unwrap().revoked_at, Some(secs(9)));
    assert_ne!(state(store, crossing).await, FamilyState::Active);
}

#[test]
fn revoking_looks_at_no_other_families() {
    const QUERY: &str = "EXPLAIN QUERY PLAN UPDATE families SET revoked_at = 1, revoked_by = 'x' \
         WHERE revoked_at IS NULL AND instance IS NOT NULL AND client_id || ' ' || instance = 'tv tv-1' \
         RETURNING crossing";
    let fixture = Fixture::new();
    let db = fixture.raw();
    let plan: String = db.query_row(QUERY, [], |row| row.get(3)).unwrap();
    assert!(plan.contains("USING INDEX families_of_instance"), "{plan}");
}

#[tokio::test]
async fn what_an_instance_was_granted_before_schema_6_ends_with_it() {
    const BEFORE: &str = "DROP INDEX families_of_instance; ALTER TABLE families DROP COLUMN instance; \
         CREATE INDEX families_of_instance ON families (client_id || ' ' || json_extract(body, '$.instance')) \
         WHERE json_extract(body, '$.instance') IS NOT NULL; PRAGMA user_version = 5;";
    let fixture = Fixture::new();
    fixture.store.add_trusted_device(device(1)).await.unwrap();
    let its = collected(&fixture.store, 1, "tv", Some("tv-1")).await;
    let nobodys = collected(&fixture.store, 2, "tv", None).await;
    let Fixture { store, dir } = fixture;
    store.close().await;
    rusqlite::Connection::open(dir.path().join("tandem.sqlite3")).unwrap().execute_batch(BEFORE).unwrap();
    let store = Store::open(options(dir.path()), NOW).unwrap();
    assert_eq!(store.revoke_trusted_device("tv-1", secs(9)).await, Ok(Some(1)));
    assert_ne!(state(&store, its).await, FamilyState::Active);
    assert_eq!(state(&store, nobodys).await, FamilyState::Active);
}
