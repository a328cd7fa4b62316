//! Is a value accepted once, across restarts and sweeps?

use crate::fixture::*;
use tandem_core::digest::Digest;

#[tokio::test]
async fn a_value_is_new_once_until_it_expires() {
    let mut fixture = Fixture::new();
    let key = Digest::of(b"jti");
    assert!(fixture.store.first_use(key, secs(60), NOW));
    assert!(!fixture.store.first_use(key, secs(60), NOW));
    fixture = fixture.reopened_at(secs(30)).await;
    assert!(!fixture.store.first_use(key, secs(60), secs(30)), "a restart remembers");
    fixture.store.sweep(secs(59)).await.unwrap();
    assert!(!fixture.store.first_use(key, secs(60), secs(59)), "a sweep takes only what is over");
    assert_eq!(fixture.store.sweep(secs(60)).await.unwrap().first_uses, 1);
    assert_eq!(fixture.rows("first_uses"), 0);
    assert!(fixture.store.first_use(key, secs(120), secs(60)));
    assert!(fixture.store.first_use(Digest::of(b"other"), secs(120), secs(60)));
}

#[tokio::test]
async fn what_is_used_up_stays_so_until_it_expires() {
    let mut fixture = Fixture::new();
    let key = Digest::of(b"token");
    assert!(!fixture.store.is_used(key, NOW));
    fixture.store.use_up(key, secs(60), NOW).await.unwrap();
    fixture.store.use_up(key, secs(60), NOW).await.unwrap();
    assert_eq!(fixture.rows("first_uses"), 1, "on disk once, and before the answer");
    assert!(fixture.store.is_used(key, NOW) && !fixture.store.is_used(Digest::of(b"other"), NOW));
    assert!(!fixture.store.first_use(key, secs(60), NOW));
    fixture = fixture.reopened_at(secs(30)).await;
    assert!(fixture.store.is_used(key, secs(59)), "a restart remembers");
    assert!(!fixture.store.is_used(key, secs(60)));
}

#[tokio::test]
async fn a_closed_store_accepts_nothing() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let other = store.clone();
    store.close().await;
    assert!(!other.first_use(Digest::of(b"jti"), secs(60), NOW));
    assert!(other.use_up(Digest::of(b"jti"), secs(60), NOW).await.is_err());
    assert!(!other.is_used(Digest::of(b"jti"), NOW));
}
