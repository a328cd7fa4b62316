//! Do the buckets of the rate limits, and the signs of misuse, outlive a restart?

use crate::fixture::*;
use std::borrow::Cow;
use std::time::Duration;
use tandem_store::{RateBucket, SecurityEvent};

fn bucket(key: u64, secs: u64) -> RateBucket {
    RateBucket { limiter: Cow::Borrowed("guess_address"), key, full_at: NOW.plus(Duration::from_secs(secs)) }
}

/// R6.11.
#[tokio::test]
async fn a_bucket_outlives_a_restart_and_only_moves_forward() {
    let fixture = Fixture::new();
    let other = RateBucket { limiter: Cow::Borrowed("sign_in_address"), ..bucket(u64::MAX, 30) };
    fixture.store.keep_rate_buckets(vec![bucket(u64::MAX, 60), other.clone()], NOW).await.unwrap();
    fixture.store.keep_rate_buckets(vec![bucket(u64::MAX, 20)], NOW).await.unwrap();
    let fixture = fixture.reopened_at(NOW).await;
    let kept = fixture.store.rate_buckets(NOW).await.unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.contains(&bucket(u64::MAX, 60)) && kept.contains(&other), "{kept:?}");
}

#[tokio::test]
async fn a_full_bucket_is_neither_told_nor_kept() {
    let fixture = Fixture::new();
    fixture.store.keep_rate_buckets(vec![bucket(1, 10), bucket(2, 20)], NOW).await.unwrap();
    let later = NOW.plus(Duration::from_secs(10));
    assert_eq!(fixture.store.rate_buckets(later).await.unwrap(), [bucket(2, 20)]);
    fixture.store.keep_rate_buckets(vec![], later).await.unwrap();
    assert_eq!(fixture.store.rate_buckets(NOW).await.unwrap(), [bucket(2, 20)], "the row is gone");
}

#[tokio::test]
async fn events_of_crossings_are_told_from_a_moment_on() {
    let fixture = Fixture::new();
    let event = |secs, crossing| SecurityEvent {
        at: NOW.plus(Duration::from_secs(secs)),
        kind: "code_repeated".to_owned(),
        crossing,
        sub: None,
        client_id: Some("tv".into()),
        address: Some("192.0.2.1".parse().unwrap()),
        detail: None,
    };
    for (secs, crossing) in [(0, Some(id(1))), (5, Some(id(2))), (6, None), (7, Some(id(3)))] {
        fixture.store.record_event(event(secs, crossing)).await.unwrap();
    }
    let fixture = fixture.reopened_at(NOW).await;
    let since = NOW.plus(Duration::from_secs(5));
    let told = fixture.store.events_of_crossings_since(since).await.unwrap();
    assert_eq!(told, [event(5, Some(id(2))), event(7, Some(id(3)))]);
}
