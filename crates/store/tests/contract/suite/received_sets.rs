//! Does a Security Event Token work once, whole or not at all?

use crate::fixture::*;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::oauth::token_family::{AuthenticationMethod, Revocation};
use tandem_core::shared_signals as caep;
use tandem_core::shared_signals::received::{Effect, NamedDevice, PersonName, Whom};
use tandem_store::{
    DeviceName, Handling, SecurityEvent, Session, SetChanges, SetToTake, Store, TakenSet, TrustedDevice,
    User, Write,
};

fn person(sub: &str, email: Option<&str>, email_verified: bool) -> User {
    User {
        sub: Arc::from(sub),
        username: sub.to_owned(),
        name: None,
        email: email.map(ToOwned::to_owned),
        email_verified,
        locale: None,
        password_hash: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn signed_in(store: &Store, sub: &str) -> Digest {
    let id = Digest::of(format!("cookie of {sub}").as_bytes());
    let session = Session {
        id,
        sub: Arc::from(sub),
        method: AuthenticationMethod::Password,
        auth_time: NOW,
        expires_at: secs(86_400),
        last_seen: NOW,
        address: ADDRESS,
        user_agent: None,
    };
    store.start_session(session).await.unwrap();
    id
}

async fn device(store: &Store, id: &str) {
    let device = TrustedDevice {
        id: Arc::from(id),
        client_id: Arc::from("tv"),
        name: String::new(),
        kind: None,
        jwk: None,
        jwk_thumbprint: Some(Digest::of(id.as_bytes())),
        certificate: None,
        compliance: ComplianceStatus::Unknown,
        created_at: NOW,
        last_used_at: None,
        revoked_at: None,
    };
    assert!(store.add_trusted_device(device).await.unwrap());
}

async fn compliance(store: &Store, id: &str) -> ComplianceStatus {
    store.trusted_device(DeviceName::Id(Arc::from(id))).await.unwrap().unwrap().compliance
}

fn set(n: u32, effects: Vec<Effect>) -> SetToTake {
    SetToTake {
        digest: Digest::of(format!("set {n}").as_bytes()),
        issued_at: secs(1),
        forget_at: secs(3600),
        at: secs(2),
        transmitter: Arc::from("mdm"),
        event: "session-revoked",
        effects,
        handling: Handling::Act,
    }
}

fn sub(name: &str) -> PersonName {
    PersonName::Sub(name.to_owned())
}

fn signed_out(person: PersonName) -> Vec<Effect> {
    vec![Effect::EndSessions(person.clone()), Effect::Incident(Whom::Person(person))]
}

fn compliance_of(id: &str, client_id: Option<&str>, status: caep::ComplianceStatus) -> Vec<Effect> {
    let device = NamedDevice { id: id.to_owned(), client_id: client_id.map(ToOwned::to_owned) };
    vec![Effect::SetCompliance { device: device.clone(), status }, Effect::Record(Whom::Device(device))]
}

async fn recorded(store: &Store) -> Vec<SecurityEvent> {
    store.events(100, None).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
}

fn changes(taken: TakenSet) -> SetChanges {
    match taken {
        TakenSet::New(changes) => changes,
        TakenSet::Replayed => panic!("it is new"),
    }
}

/// RFC 8935 section 2: what was acknowledged is on disk, and the same token does nothing again, also after a restart.
#[tokio::test]
async fn a_token_works_once_over_restarts() {
    let fixture = Fixture::new();
    fixture.store.add_user(person("alice", None, false)).await.unwrap();
    let cookie = signed_in(&fixture.store, "alice").await;
    let taken = changes(fixture.store.take_set(set(1, signed_out(sub("alice")))).await.unwrap());
    assert_eq!((taken.sessions, taken.incidents, taken.recorded), (vec![cookie], 1, 0));
    assert_eq!(fixture.store.session(cookie).await.unwrap(), None);
    let fixture = fixture.reopened_at(secs(10)).await;
    let cookie = signed_in(&fixture.store, "alice").await;
    let again = fixture.store.take_set(set(1, signed_out(sub("alice")))).await.unwrap();
    assert_eq!(again, TakenSet::Replayed);
    assert!(fixture.store.session(cookie).await.unwrap().is_some());
    let events = recorded(&fixture.store).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind.as_str(), events[0].sub.as_deref()), ("shared_signal", Some("alice")));
    assert_eq!(events[0].detail.as_deref(), Some("session-revoked from mdm; 1 sessions ended"));
}

#[tokio::test]
async fn of_many_that_come_at_once_one_is_new() {
    let fixture = Fixture::slow(5);
    fixture.store.add_user(person("alice", None, false)).await.unwrap();
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.take_set(set(1, signed_out(sub("alice")))).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        new += usize::from(task.await.unwrap() != TakenSet::Replayed);
    }
    assert_eq!(new, 1);
    assert_eq!(recorded(&fixture.store).await.len(), 1);
}

#[tokio::test]
async fn nobody_of_that_name_loses_anything() {
    let fixture = Fixture::new();
    fixture.store.add_user(person("alice", Some("alice@example.com"), false)).await.unwrap();
    let cookie = signed_in(&fixture.store, "alice").await;
    let strangers = [sub("ALICE"), sub("al%"), PersonName::Email("alice@example.com".to_owned())];
    for (n, stranger) in (0..).zip(strangers) {
        let taken = fixture.store.take_set(set(n, signed_out(stranger))).await.unwrap();
        assert_eq!(changes(taken), SetChanges::default(), "an unverified mailbox is nobody's");
    }
    assert!(fixture.store.session(cookie).await.unwrap().is_some());
    assert!(recorded(&fixture.store).await.is_empty());
}

#[tokio::test]
async fn a_verified_mailbox_names_everybody_who_has_it() {
    let fixture = Fixture::new();
    for (name, email) in
        [("a", "Shared@Example.com"), ("b", "shared@example.com"), ("c", "other@example.com")]
    {
        fixture.store.add_user(person(name, Some(email), true)).await.unwrap();
        signed_in(&fixture.store, name).await;
    }
    let mailbox = PersonName::Email("shared@example.com".to_owned());
    let taken = changes(fixture.store.take_set(set(1, signed_out(mailbox))).await.unwrap());
    assert_eq!((taken.sessions.len(), taken.incidents), (2, 2));
    assert_eq!(fixture.rows("sessions"), 1);
}

#[tokio::test]
async fn a_session_must_be_there_still_hold_and_be_the_named_persons() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    for name in ["alice", "bob"] {
        store.add_user(person(name, None, false)).await.unwrap();
    }
    let crossing = begin(store, 1);
    event(store, crossing, approval(), Write::Durable).await.unwrap();
    event(store, crossing, redeemed(), redeem(crossing)).await.unwrap();
    let incident = |family, person: Option<&str>| {
        vec![Effect::Incident(Whom::Session { family, person: person.map(sub) })]
    };
    let unknown = CrossingId::from_bytes([9; 16]);
    for (n, effects) in [(1, incident(unknown, None)), (2, incident(crossing, Some("bob")))] {
        let taken = store.take_set(set(n, effects)).await.unwrap();
        assert_eq!(changes(taken), SetChanges::default());
    }
    for (n, person) in [(3, None), (4, Some("alice"))] {
        let taken = changes(store.take_set(set(n, incident(crossing, person))).await.unwrap());
        assert_eq!((taken.incidents, taken.recorded), (1, 0));
    }
    let events = recorded(store).await;
    assert!(events.iter().all(|event| event.crossing == Some(crossing)), "{events:?}");
    store.revoke_family(crossing, secs(3), Revocation::Client).await.unwrap();
    let taken = changes(store.take_set(set(5, incident(crossing, None))).await.unwrap());
    assert_eq!((taken.incidents, taken.recorded), (0, 1), "nothing is left to contain");
}

#[tokio::test]
async fn a_device_is_one_of_its_client_and_a_revoked_one_stays_as_it_is() {
    use caep::ComplianceStatus::NotCompliant;
    let fixture = Fixture::new();
    let store = &fixture.store;
    device(store, "lobby").await;
    for (n, id, client) in [(1, "lobby", Some("kiosk")), (2, "attic", None), (3, "LOBBY", None)] {
        let taken = store.take_set(set(n, compliance_of(id, client, NotCompliant))).await.unwrap();
        assert_eq!(changes(taken), SetChanges::default(), "{id}");
    }
    assert_eq!(compliance(store, "lobby").await, ComplianceStatus::Unknown);
    let taken =
        changes(store.take_set(set(4, compliance_of("lobby", Some("tv"), NotCompliant))).await.unwrap());
    assert_eq!((taken.devices, taken.recorded, taken.incidents), (1, 1, 0));
    assert_eq!(compliance(store, "lobby").await, ComplianceStatus::NotCompliant, "also in memory");
    let events = recorded(store).await;
    assert_eq!(
        events[0].detail.as_deref(),
        Some("session-revoked from mdm; device lobby; it is not_compliant now")
    );
    store.revoke_trusted_device("lobby", secs(3)).await.unwrap();
    let restored = compliance_of("lobby", None, caep::ComplianceStatus::Compliant);
    let taken = store.take_set(SetToTake { issued_at: secs(9), ..set(5, restored) }).await.unwrap();
    assert_eq!(changes(taken), SetChanges::default());
}

/// Delivery keeps no order: what is older and comes later changes nothing.
#[tokio::test]
async fn of_a_device_the_newest_word_counts_whenever_it_comes() {
    use caep::ComplianceStatus::{Compliant, NotCompliant};
    let fixture = Fixture::new();
    let store = &fixture.store;
    device(store, "lobby").await;
    let at = |n, issued_at, status| SetToTake { issued_at, ..set(n, compliance_of("lobby", None, status)) };
    store.take_set(at(1, secs(20), NotCompliant)).await.unwrap();
    let late = changes(store.take_set(at(2, secs(10), Compliant)).await.unwrap());
    assert_eq!((late.devices, late.recorded), (0, 1));
    assert_eq!(compliance(store, "lobby").await, ComplianceStatus::NotCompliant);
    store.take_set(at(3, secs(30), Compliant)).await.unwrap();
    assert_eq!(compliance(store, "lobby").await, ComplianceStatus::Compliant);
}

/// What a transmitter says of a device of the same name in another fleet hides nothing that is said of ours.
#[tokio::test]
async fn a_newer_word_about_another_fleets_device_does_not_hide_an_older_one_about_ours() {
    use caep::ComplianceStatus::{Compliant, NotCompliant};
    let fixture = Fixture::new();
    let store = &fixture.store;
    device(store, "lobby").await;
    let theirs = compliance_of("lobby", Some("kiosk"), Compliant);
    store.take_set(SetToTake { issued_at: secs(50), ..set(1, theirs) }).await.unwrap();
    let ours = compliance_of("lobby", Some("tv"), NotCompliant);
    let taken = changes(store.take_set(SetToTake { issued_at: secs(20), ..set(2, ours) }).await.unwrap());
    assert_eq!(taken.devices, 1);
    assert_eq!(compliance(store, "lobby").await, ComplianceStatus::NotCompliant);
}

/// `iat` counts seconds: of two words of the same one the order is not known, and trust is not given back in doubt.
#[tokio::test]
async fn of_two_words_of_one_second_the_one_that_trusts_less_counts() {
    use caep::ComplianceStatus::{Compliant, NotCompliant};
    for order in [[NotCompliant, Compliant], [Compliant, NotCompliant]] {
        let fixture = Fixture::new();
        let store = &fixture.store;
        device(store, "lobby").await;
        for (n, status) in (0..).zip(order) {
            store.take_set(set(n, compliance_of("lobby", None, status))).await.unwrap();
        }
        assert_eq!(compliance(store, "lobby").await, ComplianceStatus::NotCompliant, "{order:?}");
        let later = set(9, compliance_of("lobby", None, Compliant));
        store.take_set(SetToTake { issued_at: secs(2), ..later }).await.unwrap();
        assert_eq!(compliance(store, "lobby").await, ComplianceStatus::Compliant, "{order:?}");
    }
}

#[tokio::test]
async fn a_dry_run_writes_down_and_changes_nothing() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.add_user(person("alice", None, false)).await.unwrap();
    let cookie = signed_in(store, "alice").await;
    device(store, "lobby").await;
    let mut effects = signed_out(sub("alice"));
    let dry = |n, effects| SetToTake { handling: Handling::DryRun, ..set(n, effects) };
    let taken = changes(store.take_set(dry(1, effects.clone())).await.unwrap());
    assert_eq!((taken.sessions.len(), taken.incidents, taken.recorded), (0, 0, 1));
    effects = compliance_of("lobby", None, caep::ComplianceStatus::NotCompliant);
    let taken = changes(store.take_set(dry(2, effects)).await.unwrap());
    assert_eq!((taken.devices, taken.recorded), (0, 1));
    assert!(store.session(cookie).await.unwrap().is_some());
    assert_eq!(compliance(store, "lobby").await, ComplianceStatus::Unknown);
    let events = recorded(store).await;
    assert!(events.iter().all(|event| event.kind == "shared_signal_received"), "{events:?}");
    assert!(events.iter().all(|event| event.detail.as_deref().unwrap().contains("dry run")), "{events:?}");
}

#[tokio::test]
async fn what_would_be_refused_is_forgotten() {
    let fixture = Fixture::new();
    for n in 0..1100 {
        fixture.store.take_set(set(n, Vec::new())).await.unwrap();
    }
    let late = SetToTake { forget_at: secs(9000), ..set(5000, Vec::new()) };
    fixture.store.take_set(late).await.unwrap();
    fixture.store.sweep(secs(3599)).await.unwrap();
    assert_eq!(fixture.rows("received_sets"), 1101);
    fixture.store.sweep(secs(3600).plus(Duration::from_millis(1))).await.unwrap();
    assert_eq!(fixture.rows("received_sets"), 1);
}
