//! Does a client to which tokens are pushed hear that nobody answered: once, and never of a request that was answered?

use super::races::winners;
use crate::fixture::*;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{Addressee, Crossing, CrossingId, DeliveryMode, Event, Opening, Request};
use tandem_core::oauth::client::UserHints;
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, CallbackOutcome, Change, Store, Write};

/// A request to this person, until ten minutes from now, whose tokens are pushed.
fn pushed_to(addressee: Addressee) -> Request {
    let mut request = request_to(addressee);
    request.backchannel.as_mut().unwrap().delivery = DeliveryMode::Push;
    request
}

fn ask_for_push(store: &Store, n: u32) -> CrossingId {
    store.begin(initiation_of(n, pushed_to(Addressee::Person(Arc::from("alice"))))).unwrap();
    id(n)
}

async fn unanswered(store: &Store, now: Timestamp) -> Vec<CrossingId> {
    let mut unanswered = store.sweep(now).await.unwrap().unanswered;
    unanswered.sort_unstable_by_key(|id| *id.as_bytes());
    unanswered
}

/// Ends a request that nobody answered, and leaves word for its client.
async fn end(store: &Store, id: CrossingId, now: Timestamp) -> Result<Told, ApplyError> {
    let change = |crossing: Crossing| match crossing.clone().end_unanswered(UserHints::Reveal, now) {
        Some(step) => {
            let callback = Some(callback(id, CallbackOutcome::Unanswered));
            let along = Along { callback, ..Along::default() };
            let write = Write::DurableWith(step.event, Box::new(along));
            Change { next: step.next, write, answer: Told::Done }
        }
        None => Change { next: crossing, write: Write::Nothing, answer: Told::TooLate },
    };
    loop {
        match store.apply(id, change).await {
            Err(ApplyError::Busy) => tokio::task::yield_now().await,
            told => return told,
        }
    }
}

async fn outcomes(store: &Store) -> Vec<CallbackOutcome> {
    let callbacks = store.due_callbacks(secs(99_999), 1000).await.unwrap();
    callbacks.into_iter().map(|callback| callback.outcome).collect()
}

#[tokio::test]
async fn a_sweep_finds_what_nobody_answered_in_time_where_the_client_waits_for_a_push() {
    let Fixture { store, dir: _dir } = Fixture::new();
    for n in 0..3 {
        ask_for_push(&store, n);
    }
    store.begin(initiation_of(3, pushed_to(Addressee::Nobody))).unwrap();
    ask(&store, 4, "alice");
    begin(&store, 5);
    event(&store, id(1), approval(), with_callback(id(1))).await.unwrap();
    event(&store, id(2), denial(), with_callback(id(2))).await.unwrap();
    assert!(unanswered(&store, secs(599)).await.is_empty());
    let mut both = [id(0), id(3)];
    both.sort_unstable_by_key(|id| *id.as_bytes());
    assert_eq!(
        unanswered(&store, secs(600)).await,
        both,
        "nobody is as good as somebody; polls ask, pings may"
    );
    assert_eq!(unanswered(&store, secs(601)).await, both, "until they are told");
}

#[tokio::test]
async fn a_request_ends_once_and_its_client_is_told_once() {
    let mut fixture = Fixture::new();
    let id = ask_for_push(&fixture.store, 1);
    assert_eq!(end(&fixture.store, id, secs(599)).await, Ok(Told::TooLate), "its time is not over");
    assert_eq!(end(&fixture.store, id, secs(600)).await, Ok(Told::Done));
    for round in 0..2 {
        let store = &fixture.store;
        assert!(unanswered(store, secs(600)).await.is_empty(), "{round}");
        assert_eq!(end(store, id, secs(601)).await, Ok(Told::TooLate));
        // A clock that goes back brings nothing back.
        for answer in [approval(), denial()] {
            assert_eq!(event(store, id, answer, with_callback(id)).await, Ok(Told::TooLate));
        }
        assert!(matches!(store.crossing(id), Some(Crossing::Pending(p)) if p.opening == Opening::Ended));
        assert_eq!(outcomes(store).await, [CallbackOutcome::Unanswered]);
        fixture = fixture.reopened_at(secs(601)).await;
    }
    assert_eq!((fixture.rows("callbacks"), fixture.rows("journal")), (1, 2));
    assert_eq!(fixture.store.end_callback(id).await, Ok(true));
    fixture = fixture.reopened_at(secs(602)).await;
    assert!(
        unanswered(&fixture.store, secs(602)).await.is_empty() && outcomes(&fixture.store).await.is_empty()
    );
}

#[tokio::test]
async fn what_ended_while_nobody_looked_is_kept_until_its_client_is_told() {
    let mut fixture = Fixture::new();
    let (untold, told, answered) = (id(1), id(2), id(3));
    for n in 1..=3 {
        ask_for_push(&fixture.store, n);
    }
    ask(&fixture.store, 4, "alice");
    event(&fixture.store, answered, denial(), with_callback(answered)).await.unwrap();
    // Without a restart, long after everything else is forgotten.
    assert_eq!(fixture.store.sweep(secs(50_000)).await.unwrap().unanswered.len(), 2);
    assert!(fixture.store.crossing(untold).is_some());
    assert_eq!((fixture.store.crossing(answered), fixture.store.crossing(id(4))), (None, None));
    assert_eq!(end(&fixture.store, told, secs(50_000)).await, Ok(Told::Done));
    // And after one.
    fixture = fixture.reopened_at(secs(99_000)).await;
    assert_eq!(unanswered(&fixture.store, secs(99_000)).await, [untold]);
    assert_eq!((fixture.store.crossing(answered), fixture.store.crossing(told)), (None, None));
    assert_eq!(end(&fixture.store, untold, secs(99_000)).await, Ok(Told::Done));
    let all = [CallbackOutcome::Denied, CallbackOutcome::Unanswered, CallbackOutcome::Unanswered];
    let mut found = outcomes(&fixture.store).await;
    found.sort_unstable_by_key(|outcome| format!("{outcome:?}"));
    assert_eq!(found, all);
    // Then it goes like everything else.
    let swept = fixture.store.sweep(secs(99_001)).await.unwrap();
    assert_eq!((swept.unanswered.len(), swept.crossings), (0, 1));
    assert_eq!(fixture.rows("journal"), 0);
    assert!(fixture.store.crossings_of("alice").is_empty());
}

/// BCP 6.1.2: opened in time, a request ends later; an end that was told is one.
#[tokio::test]
async fn what_nobody_opened_in_time_ended_and_stays_so() {
    let mut fixture = Fixture::new();
    for n in 1..=2 {
        let request = Request { open_for: 60, ..pushed_to(Addressee::Person(Arc::from("alice"))) };
        fixture.store.begin(initiation_of(n, request)).unwrap();
    }
    event(&fixture.store, id(2), Event::Opened(secs(59)), Write::Later).await.unwrap();
    assert_eq!(unanswered(&fixture.store, secs(60)).await, [id(1)]);
    assert_eq!(end(&fixture.store, id(1), secs(60)).await, Ok(Told::Done));
    // Whoever came a moment too late changes nothing of it.
    for late in [Event::Opened(secs(59)), presented()] {
        event(&fixture.store, id(1), late, Write::Later).await.unwrap();
    }
    fixture = fixture.reopened_at(secs(61)).await;
    let Some(Crossing::Pending(pending)) = fixture.store.crossing(id(1)) else { panic!() };
    assert!(pending.is_over(secs(61)));
    assert_eq!(end(&fixture.store, id(1), secs(600)).await, Ok(Told::TooLate));
    assert_eq!(
        event(&fixture.store, id(1), approval_at(secs(61)), with_callback(id(1))).await,
        Ok(Told::TooLate)
    );
    assert_eq!(
        event(&fixture.store, id(2), approval_at(secs(61)), with_callback(id(2))).await,
        Ok(Told::Done)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_an_answer_and_the_end_one_wins_and_the_client_hears_of_the_winner() {
    const ROUNDS: u32 = 60;
    let mut fixture = Fixture::with(|options| options.tombstone = Duration::ZERO);
    for n in 0..ROUNDS {
        let id = ask_for_push(&fixture.store, n);
        let store = &fixture.store;
        let answer = if n.is_multiple_of(2) { approval_at(secs(599)) } else { denial() };
        // The sweep of another moment, an answer of the last one, and two ends.
        let race = |racer| {
            let (store, answer) = (store.clone(), answer.clone());
            async move {
                match racer {
                    0 => event(&store, id, answer, with_callback(id)).await == Ok(Told::Done),
                    1 => store.sweep(secs(600)).await.is_err(),
                    _ => end(&store, id, secs(600)).await == Ok(Told::Done),
                }
            }
        };
        assert_eq!(winners(4, race).await, 1, "in round {n}");
        let told = store.due_callbacks(secs(99_999), 1000).await.unwrap();
        let told = told.into_iter().find(|callback| callback.crossing == id).map(|callback| callback.outcome);
        match store.crossing(id) {
            Some(Crossing::Approved(_)) => assert_eq!(told, Some(CallbackOutcome::Approved)),
            Some(Crossing::Denied(_)) => assert_eq!(told, Some(CallbackOutcome::Denied)),
            Some(Crossing::Pending(_)) => assert_eq!(told, Some(CallbackOutcome::Unanswered)),
            // What has ended may be forgotten as soon as its client is told.
            None => assert!(told.is_some()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fixture.rows("callbacks"), u64::from(ROUNDS), "one each");
    fixture = fixture.reopened_at(secs(601)).await;
    assert!(unanswered(&fixture.store, secs(601)).await.is_empty());
    assert_eq!(fixture.rows("callbacks"), u64::from(ROUNDS));
}
