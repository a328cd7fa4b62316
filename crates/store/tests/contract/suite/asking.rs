//! Does what a person was sent stand still while somebody decides whether they are asked once more?

use crate::fixture::*;
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use tandem_core::crossing::{Addressee, Crossing, CrossingId};
use tandem_store::{BeginError, Store};

fn ids(crossings: &[Crossing]) -> Vec<CrossingId> {
    crossings.iter().map(Crossing::id).collect()
}

fn to(n: u32, addressee: Addressee) -> tandem_core::crossing::Step {
    initiation_of(n, request_to(addressee))
}

fn person(sub: &str) -> Addressee {
    Addressee::Person(Arc::from(sub))
}

/// Asks alice, unless so many wait for her; else how many do.
fn ask_within(store: &Store, n: u32, most: usize) -> Result<(), usize> {
    let begun = store.begin_for("alice", |sent| {
        let open = sent.iter().filter(|crossing| matches!(crossing, Crossing::Pending(_))).count();
        if open < most { Ok(to(n, person("alice"))) } else { Err(open) }
    });
    begun.map(|begun| assert_eq!(*begun.unwrap(), request_to(person("alice"))))
}

#[test]
fn of_many_who_ask_at_once_exactly_as_many_as_may_get_through() {
    const THREADS: u32 = 8;
    const EACH: u32 = 4;
    for round in 0..50 {
        let Fixture { store, dir: _dir } = Fixture::new();
        let most = 1 + round % 7;
        let start = Barrier::new(THREADS as usize);
        let asking = |thread| {
            start.wait();
            (0..EACH).filter(|turn| ask_within(&store, thread * EACH + turn, most).is_ok()).count()
        };
        let passed: usize = std::thread::scope(|scope| {
            let asking = &asking;
            let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || asking(thread))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((passed, store.crossings_of("alice").len()), (most, most), "in round {round}");
        assert_eq!(store.census().pending, most as u64, "and nowhere else");
    }
}

/// Whoever answers and collects meanwhile never waits for one who asks while that one waits for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn asking_answering_and_collecting_at_once_all_come_to_an_end() {
    let fixture = Fixture::new();
    let start = Arc::new(tokio::sync::Barrier::new(4));
    let lane = |lane: u32| {
        let (store, start) = (fixture.store.clone(), Arc::clone(&start));
        async move {
            start.wait().await;
            for n in (lane * 100)..(lane * 100 + 100) {
                ask_within(&store, n, usize::MAX).unwrap();
                store.crossings_of("alice");
                event(&store, id(n), approval(), tandem_store::Write::Durable).await.unwrap();
                event(&store, id(n), redeemed(), redeem(id(n))).await.unwrap();
                store.sweep(secs(3)).await.unwrap();
            }
        }
    };
    let lanes: Vec<_> = (0..4).map(|n| tokio::spawn(lane(n))).collect();
    for lane in lanes {
        soon(lane).await.unwrap();
    }
    assert!(fixture.store.crossings_of("alice").is_empty(), "what was collected is in no inbox");
    assert_eq!(fixture.rows("families"), 400);
}

#[tokio::test]
async fn who_decides_sees_what_was_sent_to_this_person_newest_first_and_nothing_else() {
    let Fixture { store, dir: _dir } = Fixture::new();
    for n in 1..=3 {
        ask(&store, n, "alice");
    }
    ask(&store, 4, "bob");
    begin(&store, 5);
    event(&store, id(2), denial(), tandem_store::Write::Durable).await.unwrap();
    let seen = store.begin_for("alice", |sent| Err(sent.to_vec())).unwrap_err();
    assert_eq!(ids(&seen), [id(3), id(2), id(1)]);
    assert!(matches!(seen[1], Crossing::Denied(_)), "as it stands");
    assert_eq!(seen, store.crossings_of("alice"));
    let nobody: Vec<Crossing> = store.begin_for("carol", |sent| Err(sent.to_vec())).unwrap_err();
    assert!(nobody.is_empty());
}

#[tokio::test]
async fn a_refusal_and_a_failure_leave_nothing_behind() {
    let mut fixture = Fixture::with(|options| options.max_crossings = 1);
    let store = &fixture.store;
    let mut watch = store.inbox_changed("alice");
    let mut woken = || {
        let changed = std::pin::pin!(watch.changed());
        changed.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    };
    assert_eq!(ask_within(store, 1, 0), Err(0));
    let foreign = store.begin_for("alice", |_| Ok::<_, ()>(to(1, person("bob"))));
    assert_eq!(foreign, Ok(Err(BeginError::NotAnInitiation)), "only for whom it was decided");
    assert!(store.crossings_of("alice").is_empty() && store.crossings_of("bob").is_empty());
    assert_eq!(store.crossing(id(1)), None);
    assert!(!woken());
    assert_eq!(ask_within(store, 1, 1), Ok(()));
    assert!(woken());
    let full = store.begin_for("alice", |_| Ok::<_, ()>(to(2, person("alice"))));
    assert_eq!(full, Ok(Err(BeginError::Full)));
    let twice = store.begin_for("alice", |_| Ok::<_, ()>(to(1, person("alice"))));
    assert!(matches!(twice, Ok(Err(_))), "the same name");
    assert_eq!(ids(&store.crossings_of("alice")), [id(1)]);
    fixture = fixture.reopened_at(secs(1)).await;
    assert_eq!(ids(&fixture.store.crossings_of("alice")), [id(1)]);
    assert_eq!(fixture.rows("journal"), 1);
}

#[tokio::test]
async fn what_is_sent_to_nobody_after_all_is_in_no_inbox() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let begun = store.begin_for("alice", |_| Ok::<_, ()>(to(1, Addressee::Nobody)));
    assert!(matches!(begun, Ok(Ok(_))));
    assert!(store.crossing(id(1)).is_some() && store.crossings_of("alice").is_empty());
}
