//! Does every receiver hear exactly of what it wants to hear, in order, until it acknowledged it?

use crate::fixture::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::incident::{Actor, Cause, EndSessions, Response, Target};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::token_family::Revocation;
use tandem_core::shared_signals::{DefaultSubjects, Delivery, EventType, StreamStatus, StreamTerms, Subject};
use tandem_core::time::Timestamp;
use tandem_store::{
    Addition, Containment, Delivered, LeftOver, NewIncident, NewStream, Restatus, Store, Stream, User,
    VerificationAsked, Verified, Write,
};

/// A stream that has everything, and is pushed.
pub fn stream(stream_id: &str) -> Stream {
    Stream {
        stream_id: stream_id.to_owned(),
        client_id: Arc::from("shop"),
        terms: StreamTerms {
            aud: json!("shop"),
            events_requested: Some(EventType::ALL.map(|kind| kind.uri().to_owned()).to_vec()),
            description: None,
            delivery: Delivery::Push {
                endpoint_url: "https://shop.example.com/e".to_owned(),
                authorization: None,
            },
            default_subjects: DefaultSubjects::All,
        },
        status: StreamStatus::Enabled,
        reason: None,
        created_at: NOW,
        changed_at: NOW,
        verified_at: None,
        active_at: NOW,
    }
}

fn of_added_subjects(stream_id: &str) -> Stream {
    let mut stream = stream(stream_id);
    stream.terms.default_subjects = DefaultSubjects::None;
    stream
}

fn polled(stream_id: &str) -> Stream {
    let mut stream = stream(stream_id);
    stream.terms.delivery = Delivery::Poll;
    stream
}

pub async fn create(store: &Store, stream: Stream) {
    assert_eq!(store.create_stream(stream, 100).await, Ok(NewStream::Created));
}

/// An incident of these people, whose containment has begun.
async fn incident(store: &Store, people: &[impl AsRef<str>], now: Timestamp) -> i64 {
    let new = NewIncident {
        cause: Cause::SharedSignal,
        response: Response::Contain,
        at: now,
        actor: Actor::Rule,
        crossing: None,
        sub: None,
        client_id: None,
        summary: "found out".to_owned(),
        targets: people.iter().map(|sub| Target::Person(sub.as_ref().into())).collect(),
        seen: Vec::new(),
    };
    let id = store.open_incident(new, None).await.unwrap().unwrap().id();
    store.begin_containment(id, Actor::Rule, now).await.unwrap().unwrap();
    id
}

async fn contain(store: &Store, id: i64, now: Timestamp) -> u64 {
    let how = Containment { actor: Actor::Rule, at: now, sessions: EndSessions::Yes, stopped: Vec::new() };
    store.contain_incident(id, how).await.unwrap().unwrap().announced
}

/// These people are signed out everywhere because of one incident, in the order of their names. Says how many tokens that wrote.
pub async fn signed_out(store: &Store, people: &[impl AsRef<str>], now: Timestamp) -> u64 {
    let id = incident(store, people, now).await;
    contain(store, id, now).await
}

/// What somebody granted ends. Says how many tokens that wrote.
async fn taken_back(store: &Store, n: u32, sub: &str) -> u64 {
    let id = begin(store, n);
    event(store, id, approval_by(sub, secs(1)), Write::Durable).await.unwrap();
    let write = |event| Write::Redeem(event, Box::new(family_of(id, sub, "tv")));
    event(store, id, redeemed(), write).await.unwrap();
    let before = store.deliveries_waiting().await.unwrap();
    assert_eq!(store.revoke_family(id, NOW, Revocation::Person).await, Ok(true));
    store.deliveries_waiting().await.unwrap() - before
}

fn claims(one: &Delivered) -> Value {
    serde_json::from_str(&one.claims).unwrap()
}

/// What waits to be pushed in a stream: the subjects.
async fn waiting(store: &Store, stream_id: &str) -> Vec<Delivered> {
    let all = store.waiting_pushes(Vec::new(), 10_000).await.unwrap();
    all.into_iter()
        .find(|(stream, _)| stream.stream_id == stream_id)
        .map(|(_, rows)| rows)
        .unwrap_or_default()
}

async fn heard(store: &Store, stream_id: &str) -> Vec<String> {
    let sub = |one: &Delivered| claims(one)["sub_id"].clone();
    let name = |sub_id: Value| {
        let name = sub_id.get("sub").or_else(|| sub_id.get("email")).or_else(|| sub_id.get("id"));
        name.map_or_else(|| sub_id.to_string(), |name| name.as_str().unwrap().to_owned())
    };
    waiting(store, stream_id).await.iter().map(|one| name(sub(one))).collect()
}

fn subject(value: &Value) -> Subject {
    Subject::parse(value).unwrap()
}

async fn add(store: &Store, stream_id: &str, value: &Value) -> Option<Addition> {
    store.add_subject(stream_id, "shop", subject(value), 10, NOW).await.unwrap()
}

async fn alice(store: &Store) {
    let user = User {
        sub: Arc::from("alice-sub"),
        username: "alice".to_owned(),
        name: None,
        email: Some("Alice@example.com".to_owned()),
        email_verified: true,
        locale: None,
        password_hash: None,
        created_at: NOW,
        updated_at: NOW,
    };
    store.add_user(user.clone()).await.unwrap();
    let mallory = User {
        sub: Arc::from("mallory-sub"),
        username: "mallory".to_owned(),
        email: Some("victim@example.com".to_owned()),
        email_verified: false,
        ..user
    };
    store.add_user(mallory).await.unwrap();
}

#[tokio::test]
async fn without_streams_nothing_is_written() {
    let fixture = Fixture::new();
    assert_eq!(signed_out(&fixture.store, &["alice"], NOW).await, 0);
    assert_eq!(fixture.rows("ssf_deliveries"), 0);
}

#[tokio::test]
async fn every_stream_hears_under_names_of_its_own_and_a_restart_changes_nothing() {
    let mut fixture = Fixture::new();
    create(&fixture.store, stream("one")).await;
    create(&fixture.store, Stream { client_id: Arc::from("bank"), ..stream("two") }).await;
    let mut changes = fixture.store.deliveries_changed();
    changes.mark_unchanged();
    alice(&fixture.store).await;
    for sub in ["alice-sub", "mallory-sub"] {
        assert_eq!(fixture.store.set_password(sub, Some("hash".to_owned()), NOW).await, Ok(true));
    }
    assert!(changes.has_changed().unwrap());
    let before = (waiting(&fixture.store, "one").await, waiting(&fixture.store, "two").await);
    let claims: Vec<Value> = before.0.iter().chain(&before.1).map(claims).collect();
    let mut jtis: Vec<&str> = claims.iter().map(|claims| claims["jti"].as_str().unwrap()).collect();
    jtis.sort_unstable();
    jtis.dedup();
    assert_eq!(jtis.len(), 4, "no name is given twice");
    assert_eq!(claims[0]["txn"], claims[2]["txn"], "one cause");
    assert_ne!(claims[0]["txn"], claims[1]["txn"], "two causes");
    fixture = fixture.reopened_at(secs(5)).await;
    assert_eq!((waiting(&fixture.store, "one").await, waiting(&fixture.store, "two").await), before);
}

#[tokio::test]
async fn a_cause_that_its_caller_named_keeps_its_name() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, stream("one")).await;
    assert_eq!(signed_out(&store, &["alice", "bob"], NOW).await, 2);
    assert!(waiting(&store, "one").await.iter().all(|one| claims(one)["txn"] == "incident-1"));
}

#[tokio::test]
async fn only_events_that_were_asked_for_are_told() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let mut other = stream("other");
    other.terms.events_requested =
        Some(vec![EventType::CredentialChange.uri().to_owned(), "urn:unknown".to_owned()]);
    let mut silent = stream("silent");
    silent.terms.events_requested = None;
    create(&store, other).await;
    create(&store, silent).await;
    assert_eq!(signed_out(&store, &["alice"], NOW).await, 0);
}

#[tokio::test]
async fn what_was_acknowledged_is_gone_for_good() {
    let mut fixture = Fixture::new();
    create(&fixture.store, stream("one")).await;
    create(&fixture.store, stream("two")).await;
    signed_out(&fixture.store, &["alice", "bob"], NOW).await;
    let rows = waiting(&fixture.store, "one").await;
    let foreign = waiting(&fixture.store, "two").await[0].jti.clone();
    let jti = rows[0].jti.clone();
    let end = |store: &Store, jtis: Vec<String>| {
        let store = store.clone();
        async move { store.end_deliveries("one", jtis).await.unwrap() }
    };
    let named = vec![jti.clone(), foreign, "nonsense".to_owned(), jti.clone()];
    assert_eq!(
        end(&fixture.store, named).await,
        std::slice::from_ref(&jti),
        "another stream's is nobody's business"
    );
    assert_eq!(end(&fixture.store, vec![jti]).await, [""; 0], "and twice is once");
    assert_eq!(heard(&fixture.store, "one").await, ["bob"]);
    fixture = fixture.reopened_at(secs(5)).await;
    assert_eq!(heard(&fixture.store, "one").await, ["bob"]);
    assert_eq!(heard(&fixture.store, "two").await, ["alice", "bob"]);
    signed_out(&fixture.store, &["carol"], secs(5)).await;
    assert_eq!(heard(&fixture.store, "one").await, ["bob", "carol"], "in order");
}

#[tokio::test]
async fn a_stream_of_added_subjects_hears_of_those_alone() {
    let Fixture { store, dir: _dir } = Fixture::new();
    alice(&store).await;
    create(&store, of_added_subjects("one")).await;
    signed_out(&store, &["alice-sub", "bob"], NOW).await;
    assert_eq!(heard(&store, "one").await, [""; 0]);
    let by_sub = json!({ "format": "iss_sub", "iss": ISSUER, "sub": "bob" });
    assert_eq!(add(&store, "one", &by_sub).await, Some(Addition::Done));
    let by_mail = json!({ "format": "email", "email": "ALICE@example.com" });
    assert_eq!(add(&store, "one", &by_mail).await, Some(Addition::Done));
    let elsewhere = json!({ "format": "iss_sub", "iss": "https://other.example.com", "sub": "carol" });
    assert_eq!(add(&store, "one", &elsewhere).await, Some(Addition::Done), "whether there is them or not");
    signed_out(&store, &["alice-sub", "bob", "carol"], NOW).await;
    assert_eq!(heard(&store, "one").await, ["ALICE@example.com", "bob"], "by the names that were given");
    assert_eq!(taken_back(&store, 1, "bob").await, 1, "and of their sessions");
}

#[tokio::test]
async fn an_address_that_nobody_verified_names_nobody() {
    let Fixture { store, dir: _dir } = Fixture::new();
    alice(&store).await;
    create(&store, of_added_subjects("one")).await;
    add(&store, "one", &json!({ "format": "email", "email": "victim@example.com" })).await;
    assert_eq!(signed_out(&store, &["mallory-sub"], NOW).await, 0);
}

#[tokio::test]
async fn complex_subjects_and_aliases_are_looked_at_each_time() {
    let Fixture { store, dir: _dir } = Fixture::new();
    alice(&store).await;
    create(&store, of_added_subjects("one")).await;
    let bob = json!({ "format": "iss_sub", "iss": ISSUER, "sub": "bob" });
    add(&store, "one", &json!({ "format": "complex", "user": bob })).await;
    let mail = json!({ "format": "email", "email": "alice@example.com" });
    add(&store, "one", &json!({ "format": "aliases", "identifiers": [mail] })).await;
    for (n, sub, told) in [(1, "bob", 1), (2, "alice-sub", 1), (3, "carol", 0)] {
        assert_eq!(taken_back(&store, n, sub).await, told, "{sub}");
    }
}

#[tokio::test]
async fn a_removed_subject_is_not_told_of_after_its_grace() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let bob = json!({ "format": "iss_sub", "iss": ISSUER, "sub": "bob" });
    for (stream_id, made) in [("all", stream("all")), ("some", of_added_subjects("some"))] {
        create(&store, made).await;
        if stream_id == "some" {
            add(&store, stream_id, &bob).await;
        }
        let bounds = (10, Duration::from_mins(1));
        let removed = store.remove_subject(stream_id, "shop", subject(&bob), bounds, NOW).await.unwrap();
        assert_eq!(removed, Some(Addition::Done));
    }
    assert_eq!(
        signed_out(&store, &["bob"], secs(59)).await,
        2,
        "whoever steals a token hides nobody at once"
    );
    assert_eq!(signed_out(&store, &["bob"], secs(60)).await, 0);
    assert_eq!(signed_out(&store, &["alice"], secs(60)).await, 1, "of others, as before");
    for stream_id in ["all", "some"] {
        store.add_subject(stream_id, "shop", subject(&bob), 10, secs(61)).await.unwrap();
    }
    assert_eq!(signed_out(&store, &["bob"], secs(61)).await, 2, "added again");
}

#[tokio::test]
async fn a_stream_has_so_many_subjects_and_no_more() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, of_added_subjects("one")).await;
    let opaque = |n: u32| json!({ "format": "opaque", "id": n.to_string() });
    for n in 0..10 {
        assert_eq!(add(&store, "one", &opaque(n)).await, Some(Addition::Done));
    }
    assert_eq!(add(&store, "one", &opaque(10)).await, Some(Addition::TooMany));
    assert_eq!(add(&store, "one", &opaque(3)).await, Some(Addition::Done), "what is there may be said again");
    let bounds = (10, Duration::ZERO);
    store.remove_subject("one", "shop", subject(&opaque(3)), bounds, NOW).await.unwrap();
    assert_eq!(add(&store, "one", &opaque(10)).await, Some(Addition::Done));
}

#[tokio::test]
async fn nobody_sees_or_changes_a_stream_of_somebody_else() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, stream("one")).await;
    let bob = subject(&json!({ "format": "opaque", "id": "bob" }));
    assert_eq!(store.stream("one", "bank").await.unwrap(), None);
    assert_eq!(store.streams_of("bank").await.unwrap(), []);
    let change = |stream: Stream| Ok::<_, ()>(Stream { status: StreamStatus::Disabled, ..stream });
    assert_eq!(store.change_stream("one", "bank", NOW, change).await.unwrap(), None);
    assert!(!store.delete_stream("one", "bank").await.unwrap());
    assert_eq!(store.add_subject("one", "bank", bob.clone(), 10, NOW).await.unwrap(), None);
    let bounds = (10, Duration::ZERO);
    assert_eq!(store.remove_subject("one", "bank", bob, bounds, NOW).await.unwrap(), None);
    assert_eq!(store.verify_stream(asked("one", "bank"), NOW).await.unwrap(), None);
    assert_eq!(store.stream("one", "shop").await.unwrap(), Some(stream("one")));
}

#[tokio::test]
async fn a_receiver_has_so_many_streams_even_if_it_makes_them_at_once() {
    let Fixture { store, dir: _dir } = Fixture::slow(5);
    let mut making = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = store.clone();
        making.spawn(async move { store.create_stream(stream(&n.to_string()), 3).await.unwrap() });
    }
    let made = making.join_all().await.into_iter().filter(|made| *made == NewStream::Created).count();
    assert_eq!((made, store.streams_of("shop").await.unwrap().len()), (3, 3));
    let other = Stream { client_id: Arc::from("bank"), ..stream("other") };
    assert_eq!(store.create_stream(other, 3).await, Ok(NewStream::Created));
}

fn asked(stream_id: &str, client_id: &str) -> VerificationAsked {
    VerificationAsked {
        stream_id: stream_id.to_owned(),
        client_id: client_id.to_owned(),
        state: Some("s".to_owned()),
        issuer: ISSUER.to_owned(),
        not_within: Duration::from_secs(30),
    }
}

#[tokio::test]
async fn a_verification_leaves_whatever_was_asked_for_and_not_too_often() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let mut silent = stream("one");
    silent.terms.events_requested = None;
    create(&store, silent).await;
    assert_eq!(store.verify_stream(asked("one", "shop"), NOW).await.unwrap(), Some(Verified::Sent));
    let soonest = secs(30);
    let again = store.verify_stream(asked("one", "shop"), secs(29)).await.unwrap();
    assert_eq!(again, Some(Verified::TooSoon { soonest }));
    assert_eq!(store.verify_stream(asked("one", "shop"), soonest).await.unwrap(), Some(Verified::Sent));
    assert_eq!(heard(&store, "one").await, ["one", "one"]);
}

async fn set(store: &Store, stream_id: &str, status: StreamStatus, now: Timestamp) {
    let change = move |stream: Stream| Ok::<_, ()>(Stream { status, ..stream });
    store.change_stream(stream_id, "shop", now, change).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_paused_stream_holds_what_happens_in_its_order() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, stream("one")).await;
    signed_out(&store, &["before"], NOW).await;
    set(&store, "one", StreamStatus::Paused, secs(1)).await;
    signed_out(&store, &["first", "second"], secs(2)).await;
    assert_eq!(heard(&store, "one").await, [""; 0], "nothing leaves");
    // Longer than anything is sent again.
    let later = secs(2 * 24 * 3600);
    assert_eq!(store.sweep_deliveries(later).await.unwrap(), []);
    set(&store, "one", StreamStatus::Enabled, later).await;
    assert_eq!(heard(&store, "one").await, ["before", "first", "second"]);
    let rows = waiting(&store, "one").await;
    assert!(rows.iter().all(|one| one.due_at == later && one.gives_up_at > later), "and gets its whole time");
}

#[tokio::test]
async fn what_waits_goes_the_new_way_when_its_receiver_wants_it_otherwise() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, polled("one")).await;
    signed_out(&store, &["alice"], NOW).await;
    let later = secs(2 * 24 * 3600);
    let to_push = |before: Stream| Ok::<_, ()>(Stream { terms: stream("one").terms, ..before });
    store.change_stream("one", "shop", later, to_push).await.unwrap().unwrap().unwrap();
    let rows = waiting(&store, "one").await;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].gives_up_at > later, "and gets its whole time there");
}

#[tokio::test]
async fn a_disabled_stream_holds_nothing() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, stream("one")).await;
    signed_out(&store, &["before"], NOW).await;
    set(&store, "one", StreamStatus::Disabled, secs(1)).await;
    assert_eq!(signed_out(&store, &["meanwhile"], secs(2)).await, 0);
    assert_eq!(store.verify_stream(asked("one", "shop"), secs(2)).await.unwrap(), Some(Verified::Disabled));
    set(&store, "one", StreamStatus::Enabled, secs(3)).await;
    assert_eq!(heard(&store, "one").await, [""; 0]);
}

#[tokio::test]
async fn a_receiver_is_told_of_a_status_that_it_did_not_choose_whatever_the_status() {
    for status in StreamStatus::ALL {
        let Fixture { store, dir: _dir } = Fixture::new();
        create(&store, stream("one")).await;
        signed_out(&store, &["alice"], NOW).await;
        let restatus = Restatus { status, reason: "Maintenance.".to_owned(), issuer: ISSUER.to_owned() };
        let changed = store.restate_stream("one", "shop", restatus, secs(1)).await.unwrap().unwrap();
        assert_eq!((changed.status, changed.reason.as_deref()), (status, Some("Maintenance.")));
        let expected: &[&str] = if status == StreamStatus::Enabled { &["alice", "one"] } else { &["one"] };
        assert_eq!(heard(&store, "one").await, expected, "{status:?}");
        let rows = waiting(&store, "one").await;
        let events = &claims(rows.last().unwrap())["events"];
        let uri = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated";
        assert_eq!(*events, json!({ uri: { "status": status, "reason": "Maintenance." } }));
    }
}

#[tokio::test]
async fn a_silent_receiver_has_its_stream_paused_once() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, stream("silent")).await;
    create(&store, stream("heard of")).await;
    store.touch_stream("heard of", secs(500)).await.unwrap();
    let pause = |now| {
        let restatus = Restatus {
            status: StreamStatus::Paused,
            reason: "Silence.".to_owned(),
            issuer: ISSUER.to_owned(),
        };
        let store = store.clone();
        async move {
            let paused = store.pause_inactive_streams(Duration::from_mins(10), restatus, now).await.unwrap();
            paused.into_iter().map(|stream| stream.stream_id).collect::<Vec<_>>()
        }
    };
    assert_eq!(pause(secs(599)).await, [""; 0]);
    assert_eq!(pause(secs(600)).await, ["silent"]);
    assert_eq!(pause(secs(601)).await, [""; 0]);
    assert_eq!(heard(&store, "silent").await, ["silent"], "and is told");
}

#[tokio::test]
async fn a_deleted_stream_leaves_nothing_behind() {
    let fixture = Fixture::new();
    create(&fixture.store, of_added_subjects("one")).await;
    add(&fixture.store, "one", &json!({ "format": "iss_sub", "iss": ISSUER, "sub": "bob" })).await;
    signed_out(&fixture.store, &["bob"], NOW).await;
    assert!(fixture.store.delete_stream("one", "shop").await.unwrap());
    assert!(!fixture.store.delete_stream("one", "shop").await.unwrap());
    for table in ["ssf_streams", "ssf_subjects", "ssf_deliveries"] {
        assert_eq!(fixture.rows(table), 0, "{table}");
    }
}

/// Whoever gets the `client_id` next finds nothing of it.
#[tokio::test]
async fn a_removed_client_leaves_no_stream_behind_unless_it_stays_a_client() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let registered = |client_id: &str| -> Client {
        let json = json!({ "client_id": client_id, "client_name": client_id, "token_endpoint_auth_method": "none",
            "grant_types": ["refresh_token"], "scope": "openid" });
        serde_json::from_value(json).unwrap()
    };
    for client_id in ["shop", "bank"] {
        store.put_client(&registered(client_id)).await.unwrap();
    }
    create(store, of_added_subjects("one")).await;
    create(store, stream("two")).await;
    create(store, Stream { client_id: Arc::from("bank"), ..stream("theirs") }).await;
    add(store, "one", &json!({ "format": "iss_sub", "iss": ISSUER, "sub": "bob" })).await;
    assert_eq!(signed_out(store, &["bob"], NOW).await, 3);
    let rows = || ["ssf_streams", "ssf_subjects", "ssf_deliveries"].map(|table| fixture.rows(table));
    assert_eq!(store.remove_client("shop", LeftOver::Registration).await, Ok(true));
    assert_eq!(rows(), [3, 1, 3], "it is still a client");
    assert_eq!(store.remove_client("shop", LeftOver::Nothing).await, Ok(false));
    assert_eq!(rows(), [3, 1, 3]);
    store.put_client(&registered("shop")).await.unwrap();
    assert_eq!(store.remove_client("shop", LeftOver::Nothing).await, Ok(true));
    assert_eq!(rows(), [1, 0, 1]);
    assert_eq!(heard(store, "theirs").await, ["bob"]);
    let left = store.list_streams().await.unwrap();
    assert_eq!(left.iter().map(|(one, n)| (one.stream_id.as_str(), *n)).collect::<Vec<_>>(), [("theirs", 1)]);
}

#[tokio::test]
async fn a_token_that_failed_is_due_later_and_never_after_its_end() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, stream("one")).await;
    signed_out(&store, &["alice"], NOW).await;
    let one = waiting(&store, "one").await.remove(0);
    store.retry_delivery(one.seq, 3, secs(8)).await.unwrap();
    let again = waiting(&store, "one").await.remove(0);
    assert_eq!((again.attempts, again.due_at), (3, secs(8)));
    assert_eq!((again.jti, again.claims), (one.jti, one.claims), "the same token at each try");
    store.retry_delivery(one.seq, 4, secs(10_000_000)).await.unwrap();
    let last = waiting(&store, "one").await.remove(0);
    assert_eq!(last.due_at, last.gives_up_at);
}

#[tokio::test]
async fn what_nobody_fetches_is_dropped_after_a_week() {
    let Fixture { store, dir: _dir } = Fixture::new();
    create(&store, polled("one")).await;
    signed_out(&store, &["alice", "bob"], NOW).await;
    let week = 7 * 24 * 3600;
    assert_eq!(store.sweep_deliveries(secs(week - 1)).await.unwrap(), []);
    let found = store.waiting_for_poll(&polled("one"), 1).await.unwrap();
    assert_eq!((found.len(), found[0].about.contains("alice")), (1, true), "the oldest first");
    assert_eq!(store.deliveries_waiting().await.unwrap(), 2);
    assert_eq!(store.sweep_deliveries(secs(week)).await.unwrap(), [("one".to_owned(), 2)]);
    assert_eq!(store.deliveries_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn so_much_waits_in_a_stream_and_no_more() {
    let fixture = Fixture::new();
    create(&fixture.store, stream("one")).await;
    let many: Vec<String> = (0..26_000).map(|n| n.to_string()).collect();
    assert_eq!(signed_out(&fixture.store, &many, NOW).await, 26_000);
    assert_eq!(signed_out(&fixture.store, &many, NOW).await, 24_000, "the newest are dropped");
    assert_eq!(signed_out(&fixture.store, &many, NOW).await, 0);
    assert_eq!(fixture.rows("ssf_deliveries"), 50_000);
    let fixture = fixture.reopened_at(NOW).await;
    let dropped = fixture.store.take_dropped(NOW).await.unwrap();
    assert_eq!(dropped.iter().map(|one| one.count).sum::<u64>(), 28_000, "the count is on disk");
    assert_eq!(fixture.store.take_dropped(NOW).await, Ok(Vec::new()));
}

/// The fan-out of one incident over a thousand people and twenty streams.
#[tokio::test]
async fn a_thousand_signals_to_twenty_streams_are_written_in_one_commit() {
    let fixture = Fixture::new();
    for n in 0..20 {
        create(&fixture.store, stream(&n.to_string())).await;
    }
    let people: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let incident = incident(&fixture.store, &people, NOW).await;
    let before = fixture.store.census().commits;
    assert_eq!(contain(&fixture.store, incident, NOW).await, 20_000);
    assert_eq!(fixture.store.census().commits, before + 1);
    let waiting = fixture.store.waiting_pushes(vec!["0".to_owned()], 5).await.unwrap();
    assert_eq!(waiting.len(), 19, "but for those that somebody works on");
    assert!(waiting.iter().all(|(_, rows)| rows.len() == 5));
}
