//! Has this value been used before? (`jti` of RFC 9449 section 11.1 and RFC 7523 section 3)

use crate::queue::Row;
use crate::shards::{DigestKey, DigestMap, Shards};
use crate::shared::Shared;
use crate::writer::Desk;
use crate::{Store, StoreError};
use rusqlite::{Connection, params};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// The most that is remembered; beyond it nothing counts as a first use.
pub const LIMIT: usize = 1_000_000;

const INSERT: &str = "INSERT INTO first_uses (digests, expires_at) VALUES (?1, ?2)";

/// What one transaction writes down as used: one row for all, since a row costs more than what stands in it.
#[derive(Default)]
pub struct Gathered {
    digests: Vec<u8>,
    expires_at: Timestamp,
}

impl Gathered {
    /// Of a digest and until when that matters.
    pub fn add(&mut self, digest: &Digest, expires_at: Timestamp) {
        self.digests.extend_from_slice(digest.as_bytes());
        // All are remembered as long as the one that has to be longest.
        self.expires_at = self.expires_at.max(expires_at);
    }

    /// Writes the row, if there is anything in it.
    pub fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.digests.is_empty() {
            return Ok(());
        }
        let mut statement = db.prepare_cached(INSERT)?;
        statement.execute(params![self.digests, crate::sql::time(self.expires_at)]).map(|_| ())
    }

    /// Forgets all, for the next transaction.
    pub fn clear(&mut self) {
        self.digests.clear();
        self.expires_at = Timestamp::default();
    }
}

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
        let mut rows = db.prepare("SELECT digests, expires_at FROM first_uses WHERE expires_at > ?1")?;
        let mut rows = rows.query([crate::sql::time(now)])?;
        while let Some(row) = rows.next()? {
            let (digests, rest) = row.get_ref(0)?.as_blob()?.as_chunks();
            if !rest.is_empty() {
                return Err(rusqlite::Error::InvalidQuery);
            }
            let expires_at = crate::sql::timestamp(row.get(1)?);
            for digest in digests {
                self.insert(Digest::from_bytes(*digest), expires_at, now);
            }
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
            desk.used.add(&key, expires_at);
            Ok(())
        };
        let publish = move |shared: &Shared, (): &()| {
            shared.first_uses.insert(key, expires_at, now);
        };
        shared.write(work, publish).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "CREATE TABLE first_uses (seq INTEGER PRIMARY KEY, digests BLOB, expires_at INTEGER)";

    fn remembered(db: &Connection, now: Timestamp) -> rusqlite::Result<FirstUses> {
        let uses = FirstUses::new(LIMIT);
        uses.load(db, now).map(|()| uses)
    }

    #[test]
    fn what_one_transaction_used_is_one_row_and_all_of_it_is_remembered() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(TABLE).unwrap();
        let rows =
            || db.query_row("SELECT count(*) FROM first_uses", [], |row| row.get::<_, u32>(0)).unwrap();
        let at = Timestamp::from_secs;
        let mut gathered = Gathered::default();
        gathered.write(&db).unwrap();
        assert_eq!(rows(), 0, "nothing was used");
        for (key, until) in [(b"a", 60), (b"b", 90), (b"c", 30)] {
            gathered.add(&Digest::of(key), at(until));
        }
        gathered.write(&db).unwrap();
        gathered.clear();
        gathered.add(&Digest::of(b"d"), at(20));
        gathered.write(&db).unwrap();
        assert_eq!(rows(), 2);
        let uses = remembered(&db, at(40)).unwrap();
        let kept = |key: &[u8], now| uses.contains(Digest::of(key), at(now));
        assert!([b"a", b"b", b"c"].into_iter().all(|key| kept(key, 89)), "as long as the longest of them");
        assert!(!kept(b"a", 90) && !kept(b"d", 40) && !kept(b"e", 40));
    }

    #[test]
    fn a_row_that_is_no_list_of_digests_is_not_passed_over() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(TABLE).unwrap();
        db.execute("INSERT INTO first_uses (digests, expires_at) VALUES (zeroblob(33), 60000)", []).unwrap();
        assert!(remembered(&db, Timestamp::from_secs(1)).is_err());
    }

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
