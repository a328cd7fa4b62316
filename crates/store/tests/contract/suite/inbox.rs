//! Does a person see what was sent to them, and nobody else's, and hear of each change once?

use crate::fixture::*;
use std::sync::Arc;
use std::task::{Context, Waker};
use tandem_core::crossing::{Addressee, Crossing, CrossingId, Event};
use tandem_store::{ApplyError, BeginError, InboxWatch, Store, Write};

fn ids(store: &Store, sub: &str) -> Vec<CrossingId> {
    store.crossings_of(sub).iter().map(Crossing::id).collect()
}

/// Whether this future is ready now.
fn is_ready(future: impl Future<Output = ()>) -> bool {
    std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// How often a watch tells of news, right now.
fn news(watch: &mut InboxWatch) -> usize {
    (0..10).take_while(|_| is_ready(watch.changed())).count()
}

#[tokio::test]
async fn a_person_sees_what_was_sent_to_them_newest_first() {
    let Fixture { store, dir: _dir } = Fixture::new();
    assert!(store.crossings_of("alice").is_empty());
    for n in [3, 1, 2] {
        ask(&store, n, "alice");
    }
    ask(&store, 4, "bob");
    begin(&store, 5);
    store.begin(initiation_of(6, request_to(Addressee::Nobody))).unwrap();
    assert_eq!(ids(&store, "alice"), [id(2), id(1), id(3)]);
    assert_eq!(ids(&store, "bob"), [id(4)]);
    assert!(ids(&store, "").is_empty() && ids(&store, "Alice").is_empty());
    let twice = initiation_of(4, request_to(Addressee::Person(Arc::from("alice"))));
    assert_eq!(store.begin(twice), Err(BeginError::UserCodeTaken), "the same name");
    assert_eq!(ids(&store, "alice").len(), 3, "what did not begin is nowhere");
    assert!(store.crossing(id(6)).is_some(), "what is sent to nobody is there, for its client");
    event(&store, id(4), approval_by("bob", secs(1)), Write::Durable).await.unwrap();
    assert!(matches!(store.crossings_of("bob")[..], [Crossing::Approved(_)]), "as it stands");
}

#[tokio::test]
async fn what_is_answered_or_over_stays_until_it_is_collected_or_swept() {
    let Fixture { store, dir: _dir } = Fixture::new();
    for n in 0..4 {
        ask(&store, n, "alice");
    }
    event(&store, id(0), approval(), Write::Durable).await.unwrap();
    event(&store, id(1), denial(), Write::Durable).await.unwrap();
    event(&store, id(2), approval(), Write::Durable).await.unwrap();
    event(&store, id(2), redeemed(), redeem(id(2))).await.unwrap();
    let mut long = request_to(Addressee::Person(Arc::from("alice")));
    long.expires_at = secs(900);
    store.begin(initiation_of(9, long)).unwrap();
    store.sweep(secs(1199)).await.unwrap();
    assert_eq!(ids(&store, "alice"), [id(9), id(3), id(1), id(0)]);
    store.sweep(secs(1200)).await.unwrap();
    assert_eq!(ids(&store, "alice"), [id(9)]);
    store.sweep(secs(1500)).await.unwrap();
    assert!(ids(&store, "alice").is_empty());
}

#[tokio::test]
async fn a_restart_finds_every_inbox_as_it_was() {
    let mut fixture = Fixture::new();
    let people = ["alice", "bob", "carol"];
    for n in 0..60 {
        ask(&fixture.store, n, people[n as usize % 2]);
        begin(&fixture.store, 100 + n);
    }
    for n in (0..60).step_by(6) {
        let store = &fixture.store;
        event(store, id(n), approval(), with_callback(id(n))).await.unwrap();
        event(store, id(n), Event::SlowedDown(10), Write::Later).await.unwrap();
        event(store, id(n + 2), denial(), with_callback(id(n + 2))).await.unwrap();
        event(store, id(n + 4), approval(), Write::Durable).await.unwrap();
        event(store, id(n + 4), redeemed(), redeem(id(n + 4))).await.unwrap();
    }
    let before = people.map(|sub| fixture.store.crossings_of(sub));
    assert_eq!([before[0].len(), before[1].len(), before[2].len()], [20, 30, 0]);
    fixture = fixture.reopened_at(secs(5)).await;
    assert_eq!(people.map(|sub| fixture.store.crossings_of(sub)), before);
    ask(&fixture.store, 99, "bob");
    assert_eq!(ids(&fixture.store, "bob")[0], id(99));
    fixture = fixture.reopened_at(secs(1200)).await;
    assert!(people.iter().all(|sub| ids(&fixture.store, sub).is_empty()), "what is over does not come back");
}

#[tokio::test]
async fn each_change_is_news_once_and_only_to_whom_it_concerns() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let (mut alice, mut bob) = (store.inbox_changed("alice"), store.inbox_changed("bob"));
    assert_eq!(news(&mut alice), 0, "nothing happened yet");
    let id = ask(&store, 1, "alice");
    assert_eq!((news(&mut alice), news(&mut bob)), (1, 0));
    let mut crossing = store.crossing_changed(id);
    let mut other = store.crossing_changed(ask(&store, 2, "bob"));
    assert_eq!((news(&mut alice), news(&mut bob)), (0, 1));
    event(&store, id, presented(), Write::Later).await.unwrap();
    event(&store, id, Event::SlowedDown(10), Write::Later).await.unwrap();
    assert_eq!(try_event(&store, id, approval(), Write::Later).await, Err(ApplyError::NotDurable));
    let late = event(&store, id, approval_at(secs(600)), Write::Durable).await;
    assert_eq!(late, Ok(Told::TooLate));
    assert_eq!(news(&mut alice), 0, "it stands where it stood");
    assert!(!is_ready(crossing.changed()));
    for step in [approval(), redeemed()] {
        let write = |event| match event {
            Event::Redeemed(_) => redeem(id)(event),
            event => Write::Durable(event),
        };
        event(&store, id, step, write).await.unwrap();
        assert_eq!((news(&mut alice), news(&mut bob)), (1, 0));
        assert!(is_ready(crossing.changed()) && !is_ready(crossing.changed()));
    }
    assert!(!is_ready(other.changed()));
    store.sweep(secs(9999)).await.unwrap();
    assert_eq!(news(&mut alice), 0, "the end of its memory is no change");
}

#[tokio::test]
async fn a_crossing_that_was_sent_to_nobody_can_be_watched_too() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = begin(&store, 1);
    let mut crossing = store.crossing_changed(id);
    let mut alice = store.inbox_changed("alice");
    event(&store, id, approval(), Write::Durable).await.unwrap();
    assert!(is_ready(crossing.changed()));
    assert_eq!(news(&mut alice), 0, "who answered it was not asked for it");
}

#[tokio::test]
async fn a_refused_write_is_no_news() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = ask(&store, 1, "alice");
    eventually("the request is on disk", || store.census().queued == 0).await;
    let (mut alice, mut crossing) = (store.inbox_changed("alice"), store.crossing_changed(id));
    store.limit_size(4096);
    let filler = "x".repeat(200_000);
    let write = |event| {
        let mut told = callback(id, tandem_store::CallbackOutcome::Approved);
        told.sealed.clone_from(&filler);
        let along = tandem_store::Along { callback: Some(told), ..Default::default() };
        Write::DurableWith(event, Box::new(along))
    };
    let full = event(&store, id, approval(), write).await;
    assert_eq!(full, Err(ApplyError::Store(tandem_store::StoreError::Full)));
    assert_eq!((news(&mut alice), store.census().callbacks), (0, 0));
    assert!(!is_ready(crossing.changed()));
    store.limit_size(u64::MAX);
    event(&store, id, approval(), write).await.unwrap();
    assert_eq!((news(&mut alice), store.census().callbacks), (1, 1));
}

/// Does this once the inbox of alice changed: what woke must be what is seen.
fn when_woken(store: &Store, look: impl Fn(&Store) + Send + 'static) -> tokio::task::JoinHandle<()> {
    let (store, mut inbox) = (store.clone(), store.inbox_changed("alice"));
    tokio::spawn(async move {
        soon(inbox.changed()).await;
        look(&store);
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_woken_sees_what_woke_them() {
    let Fixture { store, dir: _dir } = Fixture::new();
    for n in 0..100 {
        let begun = when_woken(&store, move |store| assert_eq!(ids(store, "alice")[0], id(n)));
        ask(&store, n, "alice");
        begun.await.unwrap();
        let approved = when_woken(&store, move |store| {
            assert!(matches!(store.crossing(id(n)), Some(Crossing::Approved(_))), "{n}");
        });
        let watched = tokio::spawn({
            let (store, mut crossing) = (store.clone(), store.crossing_changed(id(n)));
            async move {
                soon(crossing.changed()).await;
                assert!(matches!(store.crossing(id(n)), Some(Crossing::Approved(_))), "{n}");
            }
        });
        event(&store, id(n), approval(), Write::Durable).await.unwrap();
        approved.await.unwrap();
        watched.await.unwrap();
    }
}
