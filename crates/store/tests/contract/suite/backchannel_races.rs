//! Does every race about a request that was sent to a person have exactly one winner, and does the loser hear the truth?

use super::races::{winners, won};
use crate::fixture::*;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::Crossing;
use tandem_store::{ApplyError, CallbackOutcome, Write};
use tokio::sync::Barrier;

const ROUNDS: u32 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_approval_and_the_end_one_wins() {
    let fixture = Fixture::with(|options| options.tombstone = Duration::ZERO);
    let store = &fixture.store;
    let mut in_time = 0;
    for n in 0..ROUNDS {
        let id = ask(store, n, "alice");
        let start = Arc::new(Barrier::new(2));
        let approving = tokio::spawn({
            let (store, start) = (store.clone(), Arc::clone(&start));
            async move {
                start.wait().await;
                event(&store, id, approval_at(secs(599)), with_callback(id)).await
            }
        });
        let ending = tokio::spawn({
            let store = store.clone();
            async move {
                start.wait().await;
                store.sweep(secs(600)).await.unwrap();
            }
        });
        ending.await.unwrap();
        let approved = approving.await.unwrap();
        match approved {
            Ok(Told::Done) => in_time += 1,
            Err(ApplyError::Unknown) => assert_eq!(store.crossing(id), None, "it ended first"),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            fixture.rows("callbacks"),
            in_time,
            "a client is told of what was acknowledged, and only that"
        );
        assert_eq!(store.crossings_of("alice").len(), usize::from(store.crossing(id).is_some()));
        store.sweep(secs(600)).await.unwrap();
        assert_eq!((store.crossing(id), store.crossings_of("alice").len()), (None, 0));
    }
    assert_eq!(store.census().callbacks, in_time);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_approval_in_time_and_one_too_late_the_first_wins() {
    let fixture = Fixture::new();
    for n in 0..ROUNDS {
        let id = ask(&fixture.store, n, "alice");
        let store = &fixture.store;
        let race = |racer| won(store.clone(), n, approval_at(secs(600 - racer as u64)), with_callback(id));
        assert_eq!(winners(2, race).await, 1);
        let Some(Crossing::Approved(approved)) = store.crossing(id) else { panic!() };
        assert_eq!(approved.approval.at, secs(599));
    }
    assert_eq!(
        (fixture.rows("callbacks"), fixture.rows("journal")),
        (u64::from(ROUNDS), 2 * u64::from(ROUNDS))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_approval_and_a_denial_one_wins_and_the_callback_is_the_winners() {
    let mut fixture = Fixture::new();
    for n in 0..ROUNDS {
        let id = ask(&fixture.store, n, "alice");
        let store = &fixture.store;
        let mut watch = store.crossing_changed(id);
        let race =
            |racer| won(store.clone(), n, if racer == 0 { approval() } else { denial() }, with_callback(id));
        assert_eq!(winners(2, race).await, 1);
        soon(watch.changed()).await;
        let late = event(store, id, approval(), Write::Durable).await;
        assert_eq!(late, Ok(Told::TooLate), "and whoever comes later hears it too");
    }
    fixture = fixture.reopened_at(secs(3)).await;
    let callbacks = fixture.store.due_callbacks(secs(3), 1000).await.unwrap();
    assert_eq!(callbacks.len(), ROUNDS as usize);
    for callback in callbacks {
        let state = fixture.store.crossing(callback.crossing);
        match callback.outcome {
            CallbackOutcome::Approved => assert!(matches!(state, Some(Crossing::Approved(_))), "{state:?}"),
            CallbackOutcome::Denied => assert!(matches!(state, Some(Crossing::Denied(_))), "{state:?}"),
            CallbackOutcome::Unanswered => panic!("somebody answered: {state:?}"),
        }
    }
    assert_eq!(fixture.rows("journal"), 2 * u64::from(ROUNDS), "no loser left a row");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_poll_and_a_callback_one_collects_and_the_callback_ends_once() {
    let fixture = Fixture::new();
    for n in 0..ROUNDS {
        let id = ask(&fixture.store, n, "alice");
        event(&fixture.store, id, approval(), with_callback(id)).await.unwrap();
        let store = &fixture.store;
        let race = |racer| {
            let store = store.clone();
            async move {
                // The sender of callbacks collects too, as push does, before or after it is done with the callback.
                let sends = racer == 1;
                if sends && n.is_multiple_of(2) {
                    assert_eq!(store.end_callback(id).await, Ok(true));
                }
                let collected = won(store.clone(), n, redeemed(), redeem(id)).await;
                if sends && !n.is_multiple_of(2) {
                    assert_eq!(store.end_callback(id).await, Ok(true), "whoever collected");
                }
                collected
            }
        };
        assert_eq!(winners(2, race).await, 1);
        assert!(matches!(store.crossing(id), Some(Crossing::Redeemed(_))));
        assert_eq!(store.end_callback(id).await, Ok(false));
    }
    assert_eq!((fixture.rows("families"), fixture.rows("callbacks")), (u64::from(ROUNDS), 0));
    assert_eq!(fixture.store.census().callbacks, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_that_end_a_callback_one_ended_it() {
    let fixture = Fixture::new();
    let id = ask(&fixture.store, 1, "alice");
    event(&fixture.store, id, approval(), with_callback(id)).await.unwrap();
    let end = |_| {
        let store = fixture.store.clone();
        async move { store.end_callback(id).await.unwrap() }
    };
    assert_eq!(winners(50, end).await, 1);
    assert_eq!(fixture.store.census().callbacks, 0);
}
