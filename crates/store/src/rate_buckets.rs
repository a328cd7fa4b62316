//! How full were the buckets of the rate limits, before the restart?
//!
//! A bucket only ever moves forward, so of two values the later one holds, whoever wrote it. That is all that several
//! nodes need to share their buckets through one store: each writes what changed, and reads what others wrote.

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use rusqlite::{Connection, params};
use std::borrow::Cow;
use tandem_core::time::Timestamp;

/// Rows that one transaction removes at most, because they say nothing any more.
const SLICE: i64 = 1000;

/// A bucket that is not full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateBucket {
    /// Of which limit.
    pub limiter: Cow<'static, str>,
    /// Of whom: a keyed digest.
    pub key: u64,
    /// When it will be full again.
    pub full_at: Timestamp,
}

impl Store {
    /// Writes buckets down, durably, and forgets those that are full by now.
    pub async fn keep_rate_buckets(
        &self,
        buckets: Vec<RateBucket>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO rate_buckets (limiter, key, full_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (limiter, key) DO UPDATE SET full_at = max(full_at, excluded.full_at)";
        const FORGET: &str = "DELETE FROM rate_buckets WHERE (limiter, key) IN \
             (SELECT limiter, key FROM rate_buckets WHERE full_at <= ?1 LIMIT ?2)";
        self.shared()
            .write(
                move |desk| {
                    let mut upsert = desk.db.prepare_cached(UPSERT)?;
                    for bucket in &buckets {
                        let key = bucket.key.cast_signed();
                        upsert.execute(params![bucket.limiter, key, sql::time(bucket.full_at)])?;
                    }
                    desk.db.prepare_cached(FORGET)?.execute(params![sql::time(now), SLICE])?;
                    Ok(())
                },
                |_, ()| {},
            )
            .await
    }

    /// The buckets that are not full yet.
    pub async fn rate_buckets(&self, now: Timestamp) -> Result<Vec<RateBucket>, StoreError> {
        const SELECT: &str = "SELECT limiter, key, full_at FROM rate_buckets WHERE full_at > ?1";
        let read_all = move |db: &Connection| {
            let mut statement = db.prepare_cached(SELECT)?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(RateBucket {
                    limiter: Cow::Owned(row.get(0)?),
                    key: row.get::<_, i64>(1)?.cast_unsigned(),
                    full_at: sql::timestamp(row.get(2)?),
                })
            };
            statement.query_map(params![sql::time(now)], read)?.collect()
        };
        self.shared().readers.read(read_all).await
    }
}
