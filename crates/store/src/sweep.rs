//! What is over, and how does it go without standing in anybody's way?

use crate::Store;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::params;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// Rows from which one transaction removes positions.
const POSITIONS_SLICE: usize = 256;
/// The most journal rows that one transaction removes.
const JOURNAL_SLICE: i64 = 2000;
/// The most keyed rows that one transaction looks at: a fraction of a millisecond.
const SLICE: i64 = 500;
/// How many mostly living slices of a table one sweep looks at; the next sweep goes on from there.
const PATIENCE: u32 = 10;

/// How far the sweep of each keyed table has come.
#[derive(Debug, Default)]
pub struct Cursors {
    first_uses: AtomicI64,
    families: AtomicI64,
    sessions: AtomicI64,
}

/// What a sweep removed, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Crossings that nobody answered in time and whose clients are still to be told. Each is kept, and found again, until
    /// it ended ([`tandem_core::crossing::Crossing::end_unanswered`]) together with the callback that tells of it.
    pub unanswered: Vec<CrossingId>,
    /// Crossings from memory.
    pub crossings: u64,
    /// Journal rows.
    pub journal_rows: u64,
    /// Token families.
    pub families: u64,
    /// Sessions.
    pub sessions: u64,
    /// Values that may not be used again, from memory.
    pub first_uses: u64,
}

/// One slice of a table.
struct Slice {
    /// How many rows it had.
    rows: i64,
    /// The names of those that were removed.
    gone: Vec<Vec<u8>>,
    /// The last row; none if there was no row.
    end: Option<i64>,
}

/// A table whose rows end by themselves.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    /// Which column names a row in the cache, and when a row is over (`?3` is now).
    key: &'static str,
    over: &'static str,
    /// Lets the cache forget a row.
    forget: fn(&Shared, &[u8]),
}

const FIRST_USES: Table =
    Table { name: "first_uses", key: "x''", over: "expires_at <= ?3", forget: |_, _| {} };
const FAMILIES: Table = Table {
    name: "families",
    key: "crossing",
    over: "max(access_until, coalesce(refresh_until, 0)) <= ?3",
    forget: |shared, id| {
        if let Ok(id) = id.try_into() {
            shared.families.forget(&CrossingId::from_bytes(id));
        }
    },
};
const SESSIONS: Table = Table {
    name: "sessions",
    key: "id",
    over: "expires_at <= ?3",
    forget: |shared, id| {
        if let Ok(id) = id.try_into() {
            shared.sessions.forget(&Digest::from_bytes(id));
        }
    },
};

impl Store {
    /// Removes what nobody can use or ask for any more. Works in slices, between which other writes have their turn;
    /// call it every few seconds.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, StoreError> {
        let shared = self.shared();
        let dropped = shared.crossings.sweep(&shared.queue, now);
        let mut swept = Swept {
            crossings: dropped.crossings,
            first_uses: shared.first_uses.sweep(now),
            unanswered: dropped.unanswered,
            ..Swept::default()
        };
        if self.is_server() {
            self.sweep_positions(dropped.positions).await?;
            swept.journal_rows = self.sweep_journal(dropped.least_seq).await?;
        }
        let cursors = &shared.cursors;
        self.sweep_table(FIRST_USES, &cursors.first_uses, now).await?;
        swept.families = self.sweep_table(FAMILIES, &cursors.families, now).await?;
        swept.sessions = self.sweep_table(SESSIONS, &cursors.sessions, now).await?;
        self.sweep_filtered_recipients(now).await?;
        self.sweep_received_sets(now).await?;
        Ok(swept)
    }

    /// Where consumption devices were when they asked is kept no longer than somebody may have to compare it.
    async fn sweep_positions(&self, mut rows: Vec<u64>) -> Result<(), StoreError> {
        const FORGET: &str = "UPDATE journal SET event = json_remove(event, '$.initiated.context.coordinates') \
             WHERE seq = ?1 AND CASE WHEN json_valid(event) \
             THEN json_extract(event, '$.initiated.context.coordinates') IS NOT NULL END";
        while !rows.is_empty() {
            let slice = rows.split_off(rows.len().saturating_sub(POSITIONS_SLICE));
            let forget = move |desk: &mut Desk<'_>| {
                let mut forget = desk.db.prepare_cached(FORGET)?;
                for seq in &slice {
                    forget.execute(params![sql::integer(*seq)])?;
                }
                Ok(())
            };
            self.shared().write(forget, |_, ()| {}).await?;
        }
        Ok(())
    }

    /// The beginning of the journal, up to the first row of a crossing that lives.
    async fn sweep_journal(&self, least_seq: u64) -> Result<u64, StoreError> {
        const DELETE: &str =
            "DELETE FROM journal WHERE seq < ?1 AND seq < (SELECT min(seq) FROM journal) + ?2";
        let mut gone = 0;
        loop {
            let delete = move |desk: &mut Desk<'_>| {
                desk.db.prepare_cached(DELETE)?.execute(params![sql::integer(least_seq), JOURNAL_SLICE])
            };
            let rows = self.shared().write(delete, |_, _| {}).await?;
            if rows == 0 {
                return Ok(gone);
            }
            gone += rows as u64;
        }
    }

    /// Goes on through a table where the last sweep stopped, until the end or until patience is over.
    async fn sweep_table(&self, table: Table, cursor: &AtomicI64, now: Timestamp) -> Result<u64, StoreError> {
        let (mut gone, mut patience) = (0, PATIENCE);
        while patience > 0 {
            let from = cursor.load(Relaxed);
            let delete = move |desk: &mut Desk<'_>| table.slice(desk, from, now);
            let forget = move |shared: &Shared, slice: &Slice| {
                for key in &slice.gone {
                    (table.forget)(shared, key);
                }
            };
            let slice = self.shared().write(delete, forget).await?;
            let dead = slice.gone.len() as u64;
            gone += dead;
            let Some(end) = slice.end.filter(|_| slice.rows == SLICE) else {
                cursor.store(0, Relaxed);
                break;
            };
            cursor.store(end, Relaxed);
            // Where most are dead there is more to do now.
            if dead < SLICE.unsigned_abs() / 2 {
                patience -= 1;
            }
        }
        Ok(gone)
    }
}

impl Table {
    /// Removes what is over among the rows after number `from`.
    fn slice(self, desk: &Desk<'_>, from: i64, now: Timestamp) -> rusqlite::Result<Slice> {
        let Self { name, key, over, .. } = self;
        let range = format!(
            "SELECT max(rowid), count(*) FROM (SELECT rowid FROM {name} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2)"
        );
        let bounds = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (end, rows) = desk.db.prepare_cached(&range)?.query_row(params![from, SLICE], bounds)?;
        let delete =
            format!("DELETE FROM {name} WHERE rowid > ?1 AND rowid <= ?2 AND {over} RETURNING {key}");
        let mut delete = desk.db.prepare_cached(&delete)?;
        let gone = delete.query_map(params![from, end, sql::time(now)], |row| row.get(0))?;
        Ok(Slice { rows, gone: gone.collect::<Result<_, _>>()?, end })
    }
}
