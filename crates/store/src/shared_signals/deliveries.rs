//! Which tokens still wait for somebody to acknowledge them?

use super::streams::{self, Stream};
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, Row, params};
use std::time::Duration;
use tandem_core::shared_signals::SecurityEventToken;
use tandem_core::time::Timestamp;
use tokio::sync::watch;

/// How many tokens wait in one stream at most.
pub const MOST_WAITING: u64 = 50_000;
/// For how long a token is sent again.
pub const RETRIED_FOR: Duration = Duration::from_hours(24);
/// For how long a token waits in a stream that does not flow, or whose receiver does not fetch it.
const KEPT_FOR: Duration = Duration::from_hours(7 * 24);
/// How many are removed together.
const SLICE: i64 = 1000;

/// What a token tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    /// Of something that happened.
    Event,
    /// That the stream works.
    Verification,
    /// That the stream has another status: that leaves a stream that does not flow, too.
    StreamUpdated,
}

impl SetKind {
    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Verification => "verification",
            Self::StreamUpdated => "stream_updated",
        }
    }
}

/// A token that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its place in the stream.
    pub seq: i64,
    /// What it is about: of the same, one goes after the other.
    pub about: String,
    /// Its name.
    pub jti: String,
    /// Its claims, as JSON.
    pub claims: String,
    /// When to try next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// From when on trying is pointless.
    pub gives_up_at: Timestamp,
}

/// Who wants to hear that there is more to send.
#[derive(Debug)]
pub struct Deliveries {
    changes: watch::Sender<u64>,
}

impl Deliveries {
    /// Nobody does.
    pub fn new() -> Self {
        Self { changes: watch::Sender::new(0) }
    }

    /// What waits is no longer what it was.
    pub fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

/// How many more may wait in a stream.
pub fn room(db: &Connection, stream_id: &str) -> rusqlite::Result<u64> {
    const COUNT: &str = "SELECT count(*) FROM (SELECT 1 FROM ssf_deliveries WHERE stream_id = ?1 LIMIT ?2)";
    let given = params![stream_id, sql::integer(MOST_WAITING)];
    let waiting: i64 = db.prepare_cached(COUNT)?.query_row(given, |row| row.get(0))?;
    Ok(MOST_WAITING.saturating_sub(waiting.unsigned_abs()))
}

/// Writes a token down.
pub fn insert(
    db: &Connection,
    stream_id: &str,
    kind: SetKind,
    about: &str,
    token: &SecurityEventToken,
    now: Timestamp,
) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT INTO ssf_deliveries (stream_id, jti, kind, about, body, created_at, due_at, \
         attempts, gives_up_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0, ?7)";
    let gives_up_at = sql::time(now.plus(RETRIED_FOR));
    let given =
        params![stream_id, token.jti, kind.word(), about, sql::json(token)?, sql::time(now), gives_up_at];
    db.prepare_cached(INSERT)?.execute(given).map(|_| ())
}

const SELECT: &str = "SELECT seq, about, jti, body, due_at, attempts, gives_up_at FROM ssf_deliveries \
     WHERE stream_id = ?1 AND (?2 OR kind = 'stream_updated') ORDER BY seq LIMIT ?3";

fn read(row: &Row<'_>) -> rusqlite::Result<Delivered> {
    Ok(Delivered {
        seq: row.get(0)?,
        about: row.get(1)?,
        jti: row.get(2)?,
        claims: row.get(3)?,
        due_at: sql::timestamp(row.get(4)?),
        attempts: row.get(5)?,
        gives_up_at: sql::timestamp(row.get(6)?),
    })
}

fn waiting(db: &Connection, stream: &Stream, most: u32) -> rusqlite::Result<Vec<Delivered>> {
    use tandem_core::shared_signals::StreamStatus::Enabled;
    let mut select = db.prepare_cached(SELECT)?;
    select.query_map(params![stream.stream_id, stream.status == Enabled, most], read)?.collect()
}

impl Store {
    /// Every stream to whose receiver something is to be posted, but for those in `without`, with what waits in it, the oldest
    /// first, `most` of each. What is not due yet is among it: what follows it about the same waits, too.
    pub async fn waiting_pushes(
        &self,
        without: Vec<String>,
        most: u32,
    ) -> Result<Vec<(Stream, Vec<Delivered>)>, StoreError> {
        let select = move |db: &Connection| {
            let mut found = Vec::new();
            for stream in streams::by_method(db, "push")? {
                if without.contains(&stream.stream_id) {
                    continue;
                }
                let rows = waiting(db, &stream, most)?;
                if !rows.is_empty() {
                    found.push((stream, rows));
                }
            }
            Ok(found)
        };
        self.shared().readers.read(select).await
    }

    /// What waits in a stream whose receiver fetches it, the oldest first, `most` at most.
    pub async fn waiting_for_poll(&self, stream: &Stream, most: u32) -> Result<Vec<Delivered>, StoreError> {
        let stream = stream.clone();
        self.shared().readers.read(move |db| waiting(db, &stream, most)).await
    }

    /// An attempt failed: the token is due again then, or when it is given up, if that is earlier.
    pub async fn retry_delivery(&self, seq: i64, attempts: u32, due_at: Timestamp) -> Result<(), StoreError> {
        const UPDATE: &str =
            "UPDATE ssf_deliveries SET attempts = ?2, due_at = min(?3, gives_up_at) WHERE seq = ?1";
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(UPDATE)?.execute(params![seq, attempts, sql::time(due_at)]).map(|_| ())
        };
        self.shared().write(work, |_, ()| {}).await
    }

    /// These tokens of a stream are done with. They are gone from the disk before this returns, and do not come back. Says
    /// which of them there were.
    pub async fn end_deliveries(
        &self,
        stream_id: &str,
        jtis: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        const DELETE: &str = "DELETE FROM ssf_deliveries WHERE jti = ?1 AND stream_id = ?2";
        let stream_id = stream_id.to_owned();
        let work = move |desk: &mut Desk<'_>| {
            let mut delete = desk.db.prepare_cached(DELETE)?;
            let mut ended = Vec::new();
            for jti in jtis {
                if delete.execute(params![jti, stream_id])? > 0 {
                    ended.push(jti);
                }
            }
            Ok(ended)
        };
        self.shared().write(work, |_, _| {}).await
    }

    /// How many tokens wait.
    pub async fn deliveries_waiting(&self) -> Result<u64, StoreError> {
        let count = |db: &Connection| {
            let mut count = db.prepare_cached("SELECT count(*) FROM ssf_deliveries")?;
            count.query_row([], |row| row.get::<_, i64>(0))
        };
        Ok(self.shared().readers.read(count).await?.unsigned_abs())
    }

    /// Removes what waited for too long in streams that do not flow, or that nobody fetches. Says how many of which stream.
    pub async fn sweep_deliveries(&self, now: Timestamp) -> Result<Vec<(String, u64)>, StoreError> {
        const DELETE: &str = "DELETE FROM ssf_deliveries WHERE seq IN (SELECT seq FROM ssf_deliveries \
             WHERE gives_up_at <= ?1 ORDER BY gives_up_at LIMIT ?2) RETURNING stream_id";
        // Those that are pushed are given up one by one, long before.
        let over = sql::time(now.minus(KEPT_FOR).plus(RETRIED_FOR));
        let work = move |desk: &mut Desk<'_>| {
            let mut delete = desk.db.prepare_cached(DELETE)?;
            let mut gone: Vec<(String, u64)> = Vec::new();
            for stream_id in delete.query_map(params![over, SLICE], |row| row.get::<_, String>(0))? {
                let stream_id = stream_id?;
                match gone.iter_mut().find(|(known, _)| *known == stream_id) {
                    Some((_, count)) => *count += 1,
                    None => gone.push((stream_id, 1)),
                }
            }
            Ok(gone)
        };
        self.shared().write(work, |_, _| {}).await
    }

    /// Changes whenever tokens were written down, or a stream changed, also by another process.
    pub fn deliveries_changed(&self) -> watch::Receiver<u64> {
        self.shared().shared_signals.changes.subscribe()
    }
}
