//! To how many people was a code sent, whoever asks how often?

use crate::fixture::*;
use std::time::Duration;
use tandem_core::digest::Digest;

fn people(from: u32, to: u32) -> Vec<Digest> {
    (from..to).map(|n| Digest::of(format!("person {n}").as_bytes())).collect()
}

/// R6.5: the same person counts once, over messages and restarts; each crossing has its own number.
#[tokio::test]
async fn each_recipient_counts_once_for_each_crossing() {
    let fixture = Fixture::new();
    let note = |n, from, to| fixture.store.note_filtered_recipients(id(n), people(from, to), NOW);
    assert_eq!(note(1, 0, 0).await.unwrap(), 0);
    assert_eq!(note(1, 0, 2).await.unwrap(), 2);
    assert_eq!(note(1, 1, 3).await.unwrap(), 3, "one of them was known");
    assert_eq!(note(1, 0, 3).await.unwrap(), 3, "all of them were known");
    assert_eq!(note(2, 0, 1).await.unwrap(), 1, "another crossing");
    let fixture = fixture.reopened_at(NOW).await;
    assert_eq!(fixture.store.note_filtered_recipients(id(1), people(3, 4), NOW).await.unwrap(), 4);
}

#[tokio::test]
async fn the_rows_of_one_crossing_are_bounded() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert_eq!(store.note_filtered_recipients(id(1), people(0, 999), NOW).await.unwrap(), 999);
    assert_eq!(store.note_filtered_recipients(id(1), people(999, 5000), NOW).await.unwrap(), 1000);
    assert_eq!(store.note_filtered_recipients(id(1), people(5000, 5001), NOW).await.unwrap(), 1000);
    assert_eq!(fixture.rows("filtered_recipients"), 1000);
}

#[tokio::test]
async fn what_is_long_over_is_swept() {
    let fixture = Fixture::new();
    let later = NOW.plus(Duration::from_hours(40));
    fixture.store.note_filtered_recipients(id(1), people(0, 900), NOW).await.unwrap();
    fixture.store.note_filtered_recipients(id(2), people(0, 900), NOW).await.unwrap();
    fixture.store.note_filtered_recipients(id(3), people(0, 3), later).await.unwrap();
    fixture.store.sweep(later).await.unwrap();
    assert_eq!(fixture.rows("filtered_recipients"), 1803, "nothing is old enough");
    fixture.store.sweep(NOW.plus(Duration::from_hours(48))).await.unwrap();
    assert_eq!(fixture.rows("filtered_recipients"), 3);
}

#[tokio::test]
async fn concurrent_messages_count_each_recipient_once() {
    let fixture = Fixture::slow(5);
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = fixture.store.clone();
            tokio::spawn(async move {
                store.note_filtered_recipients(id(1), people(n, n + 10), NOW).await.unwrap()
            })
        })
        .collect();
    let mut counts = Vec::new();
    for task in tasks {
        counts.push(task.await.unwrap());
    }
    assert_eq!(counts.into_iter().max(), Some(29));
    assert_eq!(fixture.rows("filtered_recipients"), 29);
}
