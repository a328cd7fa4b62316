//! Has this value been used before? (`jti` of RFC 9449 section 11.1 and RFC 7523 section 3)

use crate::queue::Row;
use crate::shards::{DigestKey, DigestMap, Shards};
use crate::shared::Shared;
use crate::writer::{Desk, FIRST_USE};
use crate::{Store, StoreError};
use rusqlite::{Connection, params};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// The most that is remembered; beyond it nothing counts as a first use.
pub const LIMIT: usize = 1_000_000;

/// The values in use, until they expire.
pub struct FirstUses {
    seen: Shards<DigestMap<Timestamp>>,
    count: AtomicUsize,
    limit: usize,
}

impl FirstUses {
    /// Remembers `limit` values at most.
    pub fn new(limit: usize) -> Self {
        Self { seen: Shards::default(), count: AtomicUsize::new(0), limit }
    }

    /// Remembers what an earlier process wrote down.
    pub fn load(&self, db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
        let mut rows = db.prepare("SELECT digest, expires_at FROM first_uses WHERE expires_at > ?1")?;
        let mut rows = rows.query([crate::sql::time(now)])?;
        while let Some(row) = rows.next()? {
            let digest = Digest::from_bytes(row.get(0)?);
            self.insert(digest, crate::sql::timestamp(row.get(1)?), now);
        }
        Ok(())
    }

    fn insert(&self, digest: Digest, expires_at: Timestamp, now: Timestamp) -> bool {
        let key = DigestKey::of(digest);
        let mut seen = self.seen.of(&key);
        match seen.get_mut(&key) {
            Some(until) if *until > now => false,
            Some(until) => {
                *until = expires_at;
                true
            }
            None if self.count.load(Relaxed) >= self.limit => false,
            None => {
                self.count.fetch_add(1, Relaxed);
                seen.insert(key, expires_at);
                true
            }
        }
    }

    fn remove(&self, digest: Digest) {
        let key = DigestKey::of(digest);
        if self.seen.of(&key).remove(&key).is_some() {
            self.count.fetch_sub(1, Relaxed);
        }
    }

    fn contains(&self, digest: Digest, now: Timestamp) -> bool {
        let key = DigestKey::of(digest);
        self.seen.of(&key).get(&key).is_some_and(|until| *until > now)
    }

    /// Forgets what is over; says how many that were.
    pub fn sweep(&self, now: Timestamp) -> u64 {
        let mut gone = 0;
        for mut seen in self.seen.each() {
            let before = seen.len();
            seen.retain(|_, until| *until > now);
            gone += before - seen.len();
            crate::shards::shrink(&mut seen);
        }
        self.count.fetch_sub(gone, Relaxed);
        gone as u64
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.count.load(Relaxed)
    }
}

impl Store {
    /// Whether `key` is used for the first time; it is remembered until `expires_at`. Written down within the journal
    /// delay, so that a restart remembers. Fails closed: if there is no room to remember, it is no first use.
    pub fn first_use(&self, key: Digest, expires_at: Timestamp, now: Timestamp) -> bool {
        let shared = self.shared();
        if !shared.first_uses.insert(key, expires_at, now) {
            return false;
        }
        let queued = shared.queue.row(|_| Row::FirstUse { digest: key, expires_at });
        if queued.is_err() {
            shared.first_uses.remove(key);
        }
        queued.is_ok()
    }

    /// Whether `key` was used, without using it.
    pub fn is_used(&self, key: Digest, now: Timestamp) -> bool {
        self.shared().first_uses.contains(key, now)
    }

    /// Makes `key` a used one until `expires_at`. Once this is answered it is on disk, and [`Store::is_used`] knows.
    pub async fn use_up(&self, key: Digest, expires_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let shared = self.shared();
        if shared.first_uses.contains(key, now) {
            return Ok(());
        }
        if shared.first_uses.len() >= shared.first_uses.limit {
            return Err(StoreError::Busy);
        }
        let work = move |desk: &mut Desk<'_>| {
            let mut statement = desk.db.prepare_cached(FIRST_USE)?;
            statement.execute(params![key.as_bytes(), crate::sql::time(expires_at)])
        };
        let publish = move |shared: &Shared, _: &usize| {
            shared.first_uses.insert(key, expires_at, now);
        };
        shared.write(work, publish).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_to_remember_nothing_is_a_first_use() {
        let (now, later) = (Timestamp::from_secs(1), Timestamp::from_secs(2));
        let uses = FirstUses::new(2);
        assert!(uses.insert(Digest::of(b"1"), later, now));
        assert!(uses.insert(Digest::of(b"2"), later, now));
        assert!(!uses.insert(Digest::of(b"3"), later, now));
        assert!(uses.insert(Digest::of(b"1"), Timestamp::from_secs(3), later), "its time was over");
        assert_eq!(uses.sweep(later), 1);
        assert!(uses.insert(Digest::of(b"3"), Timestamp::from_secs(3), later));
        assert_eq!(uses.len(), 2);
    }
}
