//! Is it known after a restart who waits for a notice, and which devices had it?

use crate::fixture::*;
use tandem_core::crossing::{Addressee, Crossing, CrossingId, Event};
use tandem_core::digest::Digest;
use tandem_store::{Store, Write};

fn device(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

fn left(store: &Store) -> Vec<(CrossingId, Vec<Digest>)> {
    store.left_waiting().into_iter().map(|left| (left.crossing.id(), left.notified)).collect()
}

#[tokio::test]
async fn what_waits_at_the_opening_is_told_once_with_the_devices_that_know() {
    let mut fixture = Fixture::new();
    for n in [3, 1, 2] {
        ask(&fixture.store, n, "alice");
    }
    assert!(left(&fixture.store).is_empty(), "what began since is no matter of the opening");
    let before = fixture.store.crossing(id(1));
    for n in [7, 8] {
        event(&fixture.store, id(1), Event::Notified(device(n)), Write::Later).await.unwrap();
    }
    assert_eq!(fixture.store.crossing(id(1)), before, "a notice changes nothing of what was asked");
    for _ in 0..2 {
        fixture = fixture.reopened_at(secs(5)).await;
        let waiting = [(id(3), vec![]), (id(1), vec![device(7), device(8)]), (id(2), vec![])];
        assert_eq!(left(&fixture.store), waiting, "oldest first");
        assert!(left(&fixture.store).is_empty(), "once");
    }
}

#[tokio::test]
async fn nobody_is_told_of_what_was_answered_is_over_or_was_sent_to_nobody() {
    let mut fixture = Fixture::new();
    for n in 1..=4 {
        ask(&fixture.store, n, "alice");
        event(&fixture.store, id(n), Event::Notified(device(1)), Write::Later).await.unwrap();
    }
    begin(&fixture.store, 5);
    fixture.store.begin(initiation_of(6, request_to(Addressee::Nobody))).unwrap();
    event(&fixture.store, id(1), approval(), Write::Durable).await.unwrap();
    event(&fixture.store, id(2), denial(), Write::Durable).await.unwrap();
    event(&fixture.store, id(3), approval(), Write::Durable).await.unwrap();
    event(&fixture.store, id(3), redeemed(), redeem(id(3))).await.unwrap();
    fixture = fixture.reopened_at(secs(599)).await;
    // Answered between the opening and the question.
    assert_eq!(left(&fixture.store), [(id(4), vec![device(1)])]);
    fixture = fixture.reopened_at(secs(599)).await;
    event(&fixture.store, id(4), denial(), Write::Durable).await.unwrap();
    let told = fixture.store.left_waiting();
    assert!(matches!(told[..], [ref one] if matches!(one.crossing, Crossing::Denied(_))), "as it stands now");
    fixture = fixture.reopened_at(secs(600)).await;
    assert!(left(&fixture.store).is_empty());
}
