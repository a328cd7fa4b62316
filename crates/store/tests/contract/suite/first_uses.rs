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
async fn a_closed_store_accepts_nothing() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let other = store.clone();
    store.close().await;
    assert!(!other.first_use(Digest::of(b"jti"), secs(60), NOW));
}
