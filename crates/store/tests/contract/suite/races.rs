//! Does every race have exactly one winner?

use crate::fixture::*;
use std::future::Future;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, Event};
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::Revocation;
use tandem_store::{Store, Write};
use tokio::sync::Barrier;

/// Starts `racers` at the same time and counts those that say they won.
pub async fn winners<F>(racers: usize, race: impl Fn(usize) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let start = Arc::new(Barrier::new(racers));
    let tasks: Vec<_> = (0..racers)
        .map(|racer| {
            let (start, race) = (Arc::clone(&start), race(racer));
            tokio::spawn(async move {
                start.wait().await;
                race.await
            })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    winners
}

pub async fn won(store: Store, n: u32, what: Event, write: impl Fn(Event) -> Write) -> bool {
    event(&store, id(n), what, write).await.unwrap() == Told::Done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_one_wins() {
    let fixture = Fixture::new();
    for n in 0..20 {
        begin(&fixture.store, n);
        event(&fixture.store, id(n), approval(), Write::Durable).await.unwrap();
        let store = &fixture.store;
        assert_eq!(winners(50, |_| won(store.clone(), n, redeemed(), redeem(id(n)))).await, 1);
        assert!(matches!(store.crossing(id(n)), Some(Crossing::Redeemed(_))));
    }
    assert_eq!(fixture.rows("families"), 20);
    assert_eq!(fixture.rows("journal"), 60, "no loser left a row");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_redemptions_one_wins() {
    let fixture = Fixture::new();
    for n in 0..60 {
        begin(&fixture.store, n);
        event(&fixture.store, id(n), approval(), Write::Durable).await.unwrap();
        let store = &fixture.store;
        assert_eq!(winners(2, |_| won(store.clone(), n, redeemed(), redeem(id(n)))).await, 1);
    }
    assert_eq!(fixture.rows("families"), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_approvals_and_of_fifty_denials_one_wins() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    begin(store, 1);
    assert_eq!(winners(50, |_| won(store.clone(), 1, approval(), Write::Durable)).await, 1);
    begin(store, 2);
    assert_eq!(winners(50, |_| won(store.clone(), 2, denial(), Write::Durable)).await, 1);
    assert_eq!(fixture.rows("journal"), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_yes_and_a_no_the_first_wins_and_stays() {
    let mut fixture = Fixture::new();
    let mut states = Vec::new();
    for n in 0..100 {
        let store = &fixture.store;
        begin(store, n);
        let race =
            |racer| won(store.clone(), n, if racer == 0 { approval() } else { denial() }, Write::Durable);
        assert_eq!(winners(2, race).await, 1);
        states.push(fixture.store.crossing(id(n)).unwrap());
    }
    fixture = fixture.reopened_at(secs(3)).await;
    for (n, state) in (0..).zip(states) {
        assert_eq!(fixture.store.crossing(id(n)).unwrap(), state, "the disk knows the same winner");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_refreshes_of_one_generation_one_wins() {
    let fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    for generation in 0..20 {
        let refresh = |_| {
            let store = fixture.store.clone();
            async move {
                let family = store.advance_family(id, generation, secs(10), secs(400)).await.unwrap();
                family.is_some_and(|family| family.generation == generation + 1)
            }
        };
        assert_eq!(winners(50, refresh).await, 1);
    }
    assert_eq!(fixture.store.family(id).await.unwrap().unwrap().generation, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_refresh_and_a_revocation_the_revocation_stands() {
    let fixture = Fixture::new();
    for n in 0..50 {
        let id = whole_flow(&fixture.store, n).await;
        let race = |racer| {
            let store = fixture.store.clone();
            async move {
                if racer == 0 {
                    store.advance_family(id, 0, secs(10), secs(400)).await.unwrap();
                    false
                } else {
                    store.revoke_family(id, secs(10), Revocation::Reuse).await.unwrap()
                }
            }
        };
        assert_eq!(winners(2, race).await, 1);
        assert!(!fixture.store.family(id).await.unwrap().unwrap().is_active());
        assert_eq!(fixture.store.advance_family(id, 1, secs(11), secs(400)).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_revocations_one_ended_it() {
    let fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    let revoke = |_| {
        let store = fixture.store.clone();
        async move { store.revoke_family(id, secs(10), Revocation::Person).await.unwrap() }
    };
    assert_eq!(winners(50, revoke).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_one_value_one_is_the_first() {
    let fixture = Fixture::new();
    for n in 0..50_u8 {
        let key = Digest::of(&[n]);
        let use_it = |_| {
            let store = fixture.store.clone();
            async move { store.first_use(key, secs(60), NOW) }
        };
        assert_eq!(winners(50, use_it).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_requests_with_one_user_code_one_begins() {
    let fixture = Fixture::new();
    let begin = |racer| {
        let store = fixture.store.clone();
        async move {
            let step = initiation_of(u32::try_from(racer).unwrap(), request(0));
            store.begin(step).is_ok()
        }
    };
    assert_eq!(winners(50, begin).await, 1);
}
