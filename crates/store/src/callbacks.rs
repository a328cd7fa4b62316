//! Which clients are still to be told that their crossing was answered, or that nobody answers it? (CIBA Core sections 10.2 and 10.3)
//!
//! The outbox: a callback is written in the transaction of the answer that it tells of (see [`crate::Along`]), so that
//! there is one exactly if there is the other, and it stays until whoever sends it says that it is done with.

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, Row, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tandem_core::crossing::CrossingId;
use tandem_core::time::Timestamp;
use tokio::sync::watch;

/// What a client is to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// Of which crossing; a crossing has one callback at most.
    pub crossing: CrossingId,
    /// Who is to be told.
    pub client_id: Arc<str>,
    /// What it takes to tell them; the store cannot read it.
    pub sealed: String,
    /// What became of it.
    pub outcome: CallbackOutcome,
    /// When that was.
    pub created_at: Timestamp,
    /// When to try next; never later than `gives_up_at`, so that giving up is somebody's turn too.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// From when on trying is pointless. The store returns the callback all the same, until it is ended.
    pub gives_up_at: Timestamp,
}

/// What a callback tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackOutcome {
    /// The person said yes.
    Approved,
    /// The person said no.
    Denied,
    /// Nobody answered in time.
    Unanswered,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback")
            .field("crossing", &self.crossing)
            .field("client_id", &self.client_id)
            .field("outcome", &self.outcome)
            .field("due_at", &self.due_at)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl CallbackOutcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Unanswered => "unanswered",
        }
    }
}

/// How many wait, and who wants to hear of more.
#[derive(Debug)]
pub struct Outbox {
    waiting: AtomicU64,
    changes: watch::Sender<u64>,
}

impl Outbox {
    /// Nothing waits.
    pub fn new() -> Self {
        Self { waiting: AtomicU64::new(0), changes: watch::Sender::new(0) }
    }

    /// Counts what waits: at the start, and after another process wrote.
    pub fn load(&self, db: &Connection) -> rusqlite::Result<()> {
        let rows: i64 = db.query_row("SELECT count(*) FROM callbacks", [], |row| row.get(0))?;
        self.waiting.store(rows.unsigned_abs(), Relaxed);
        Ok(())
    }

    /// One more waits.
    pub fn added(&self) {
        self.waiting.fetch_add(1, Relaxed);
        self.changed();
    }

    /// One is done with. Nobody has to look for that.
    fn ended(&self) {
        self.waiting.fetch_sub(1, Relaxed);
    }

    /// What is due, or when, is no longer what it was.
    pub fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// How many wait.
    pub fn len(&self) -> u64 {
        self.waiting.load(Relaxed)
    }
}

/// Puts a callback into the outbox. Fails if its crossing has one.
pub fn insert(db: &Connection, callback: &Callback) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT INTO callbacks (crossing, client_id, sealed, outcome, created_at, due_at, \
         attempts, gives_up_at) VALUES (?1, ?2, ?3, ?4, ?5, min(?6, ?8), ?7, ?8)";
    db.prepare_cached(INSERT)?.execute(params![
        callback.crossing.as_bytes(),
        &*callback.client_id,
        callback.sealed,
        callback.outcome.word(),
        sql::time(callback.created_at),
        sql::time(callback.due_at),
        callback.attempts,
        sql::time(callback.gives_up_at),
    ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Callback> {
    let word: String = row.get(3)?;
    let all = [CallbackOutcome::Approved, CallbackOutcome::Denied, CallbackOutcome::Unanswered];
    let outcome =
        all.into_iter().find(|outcome| outcome.word() == word).ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(Callback {
        crossing: sql::crossing(row.get(0)?),
        client_id: row.get(1)?,
        sealed: row.get(2)?,
        outcome,
        created_at: sql::timestamp(row.get(4)?),
        due_at: sql::timestamp(row.get(5)?),
        attempts: row.get(6)?,
        gives_up_at: sql::timestamp(row.get(7)?),
    })
}

impl Store {
    /// The callbacks to send now, those due longest first, `most` at most. One stays due until it is retried or ended:
    /// whoever sends it remembers meanwhile that they do.
    pub async fn due_callbacks(&self, now: Timestamp, most: u32) -> Result<Vec<Callback>, StoreError> {
        const SELECT: &str = "SELECT crossing, client_id, sealed, outcome, created_at, due_at, attempts, \
             gives_up_at FROM callbacks WHERE due_at <= ?1 ORDER BY due_at, rowid LIMIT ?2";
        let select = move |db: &Connection| {
            let mut select = db.prepare_cached(SELECT)?;
            select.query_map(params![sql::time(now), most], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// When the next callback is due; `None` if none waits.
    pub async fn next_callback_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let select = |db: &Connection| {
            let mut select = db.prepare_cached("SELECT min(due_at) FROM callbacks")?;
            select.query_row([], |row| row.get::<_, Option<i64>>(0))
        };
        Ok(self.shared().readers.read(select).await?.map(sql::timestamp))
    }

    /// An attempt failed: the callback is due again at `due_at`, or when it gives up, if that is earlier. `false` if it
    /// was ended.
    pub async fn retry_callback(
        &self,
        crossing: CrossingId,
        attempts: u32,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str =
            "UPDATE callbacks SET attempts = ?2, due_at = min(?3, gives_up_at) WHERE crossing = ?1";
        let work = move |desk: &mut Desk<'_>| {
            let given = params![crossing.as_bytes(), attempts, sql::time(due_at)];
            desk.db.prepare_cached(UPDATE)?.execute(given)
        };
        let rows = self.shared().write(work, |shared, _| shared.outbox.changed()).await?;
        Ok(rows > 0)
    }

    /// The callback is done with: told, or given up. It is gone from the disk before this returns, and does not come
    /// back. `false` if it was ended before: of two that end it one is told that it did.
    pub async fn end_callback(&self, crossing: CrossingId) -> Result<bool, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            let mut delete = desk.db.prepare_cached("DELETE FROM callbacks WHERE crossing = ?1")?;
            delete.execute([crossing.as_bytes()])
        };
        let publish = |shared: &crate::shared::Shared, rows: &usize| {
            if *rows > 0 {
                shared.outbox.ended();
            }
        };
        Ok(self.shared().write(work, publish).await? > 0)
    }

    /// Changes whenever a callback was added or is due at another time, also by another process.
    pub fn callbacks_changed(&self) -> watch::Receiver<u64> {
        self.shared().outbox.changes.subscribe()
    }
}
