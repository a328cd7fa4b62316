//! How do many requests share one commit?

use crate::answers::Answers;
use crate::error::StoreError;
use crate::first_use::Gathered;
use crate::queue::{Job, Queue, Row, Woken};
use crate::shared::Shared;
use crate::shared_signals;
use crate::sql;
use crate::upkeep::{data_version, fold, limit_size, look_for_others};
use rusqlite::{Connection, Statement, params};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tandem_core::crossing::{CrossingId, Event, Request};
use tandem_core::shared_signals::SharedSignal;
use tandem_core::time::Timestamp;

/// After this long without work the writer looks whether another process wrote.
const TICK: Duration = Duration::from_millis(500);
/// While there is work it looks this often, not after each commit: a look is a read transaction with its locks.
const GLANCE: Duration = Duration::from_millis(50);

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const JOURNAL: &str = "INSERT OR IGNORE INTO journal (seq, crossing, event) VALUES (?1, ?2, ?3)";
const SEEN: &str = "UPDATE sessions SET last_seen = max(last_seen, ?2) WHERE id = ?1";

/// What work finds at the writer: the connection, inside a transaction, and the statements that everybody needs.
pub struct Desk<'c> {
    /// The connection.
    pub db: &'c Connection,
    /// Whose signals leave; none if nobody is told anything.
    pub issuer: Option<Arc<str>>,
    /// What of this transaction may not be used again.
    pub used: Gathered,
    /// Whether the outbox of shared signals has got something that is not committed yet.
    told: bool,
    begin: Statement<'c>,
    commit: Statement<'c>,
    journal: Statement<'c>,
}

impl<'c> Desk<'c> {
    fn new(db: &'c Connection, issuer: Option<Arc<str>>) -> rusqlite::Result<Self> {
        let told = false;
        Ok(Self {
            db,
            issuer,
            used: Gathered::default(),
            told,
            begin: db.prepare(BEGIN)?,
            commit: db.prepare(COMMIT)?,
            journal: db.prepare(JOURNAL)?,
        })
    }

    /// Appends a journal row.
    pub fn journal(&mut self, seq: u64, crossing: CrossingId, event: &Event) -> rusqlite::Result<()> {
        match self.append(seq, crossing, event)? {
            1 => Ok(()),
            _ => Err(rusqlite::Error::StatementChangedRows(0)),
        }
    }

    fn append(&mut self, seq: u64, crossing: CrossingId, event: &impl Serialize) -> rusqlite::Result<usize> {
        let event = sql::json(event)?;
        self.journal.execute(params![sql::integer(seq), crossing.as_bytes(), event])
    }

    /// Tells every stream that wants it, if this server tells anybody anything.
    pub fn tell(
        &mut self,
        now: Timestamp,
        signals: impl FnOnce(&str) -> Vec<SharedSignal>,
    ) -> rusqlite::Result<u64> {
        let Some(issuer) = &self.issuer else { return Ok(0) };
        let rows = shared_signals::enqueue(self.db, &signals(issuer), issuer, now)?;
        self.told |= rows > 0;
        Ok(rows)
    }

    fn row(&mut self, row: &Row) -> rusqlite::Result<()> {
        match row {
            // Written again after a failure that was none: the row is there.
            Row::Began { seq, crossing, request } => {
                self.append(*seq, *crossing, &Began::Initiated(request))?
            }
            Row::Journal { seq, crossing, event } => self.append(*seq, *crossing, event)?,
            Row::FirstUse { digest, expires_at } => {
                self.used.add(digest, *expires_at);
                0
            }
            Row::Seen { session, at } => {
                self.db.prepare_cached(SEEN)?.execute(params![session.as_bytes(), sql::time(*at)])?
            }
        };
        Ok(())
    }
}

/// [`Event::Initiated`] as the journal keeps it, of a request that is the crossing's.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Began<'r> {
    Initiated(&'r Request),
}

/// How the writer works.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// How long rows may gather.
    pub journal_delay: Duration,
    /// How much longer every commit takes.
    pub fsync_delay: Duration,
}

/// Whoever waits must hear it when the writer ends, however it ends.
struct Farewell<'a>(&'a Queue);

impl Drop for Farewell<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Writes until the store closes.
pub fn run(db: &Connection, shared: &Arc<Shared>, tempo: Tempo) {
    let farewell = Farewell(&shared.queue);
    if let Err(error) = write(db, shared, tempo) {
        tracing::error!(%error, "the writer of the store cannot go on");
    }
    drop(farewell);
}

fn write(db: &Connection, shared: &Shared, tempo: Tempo) -> rusqlite::Result<()> {
    let mut desk = Desk::new(db, shared.issuer.clone())?;
    let mut batch = Vec::new();
    let mut version = data_version(db)?;
    let mut looked = now();
    let mut unfolded = Unfolded::No;
    let mut health = Health::Good;
    let mut limit = u64::MAX;
    let mut linger = Duration::ZERO;
    loop {
        let woken = shared.queue.take(tempo.journal_delay, linger, TICK, &mut batch);
        if !batch.is_empty() {
            limit = limit_size(db, limit, shared.size_limit.load(Relaxed));
            let begun = now();
            commit(&mut desk, shared, tempo, &mut batch, &mut health);
            linger = lingering(begun.elapsed());
            unfolded = Unfolded::Yes;
        }
        if woken != Woken::Work || looked.elapsed() >= GLANCE {
            looked = now();
            version = look_for_others(db, shared, version);
        }
        match woken {
            Woken::Idle if unfolded == Unfolded::Yes => {
                fold(db, shared, "PRAGMA wal_checkpoint(PASSIVE)");
                unfolded = Unfolded::No;
            }
            Woken::Work | Woken::Idle => {}
            Woken::Closed => break,
        }
    }
    if !batch.is_empty() {
        tracing::error!(rows = batch.len(), "journal rows could not be written before the end");
    }
    Ok(())
}

/// How long the writer waits for more before the next commit, after one that took so long: not at all on a quick disk,
/// a quarter of the commit on a slow one, a millisecond at most.
fn lingering(took: Duration) -> Duration {
    const SLOW: Duration = Duration::from_millis(1);
    if took < SLOW { Duration::ZERO } else { (took / 4).min(SLOW) }
}

#[expect(clippy::disallowed_methods, reason = "how long the disk takes is no moment in anybody's life")]
fn now() -> Instant {
    Instant::now()
}

/// How the last commit went: a full disk should not fill the log too.
#[derive(PartialEq, Eq)]
enum Health {
    Good,
    Failing,
}

/// Whether the write-ahead log holds what the database file does not.
#[derive(PartialEq, Eq)]
enum Unfolded {
    Yes,
    No,
}

/// One transaction for the whole batch. If it fails nothing of it happened: whoever waits hears so, and the rows that
/// nobody waits for stay in `batch` for the next one, before everything younger.
fn commit(desk: &mut Desk<'_>, shared: &Shared, tempo: Tempo, batch: &mut Vec<Job>, health: &mut Health) {
    let mut failed_alone = vec![None; batch.len()];
    let outcome = attempt(desk, batch, &mut failed_alone);
    if let Err(error) = &outcome {
        if *health == Health::Good {
            tracing::error!(%error, jobs = batch.len(), "a commit failed; more of the same is not reported");
        }
        *health = Health::Failing;
        shared.counters.failed_commits.add(1);
        if !desk.db.is_autocommit()
            && let Err(error) = desk.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a rollback failed");
        }
    } else {
        if *health == Health::Failing {
            tracing::info!("commits succeed again");
        }
        *health = Health::Good;
        shared.counters.committed(batch.len());
        if std::mem::take(&mut desk.told) {
            shared.shared_signals.changed();
        }
        if !tempo.fsync_delay.is_zero() {
            // A slow disk, to measure with.
            std::thread::sleep(tempo.fsync_delay);
        }
    }
    let outcome = outcome.map_err(StoreError::from);
    let mut rows = Vec::new();
    let mut answers = Answers::default();
    for (job, alone) in batch.drain(..).zip(failed_alone) {
        match job {
            Job::Row(row) if outcome.is_err() => rows.push(Job::Row(row)),
            Job::Row(row) => shared.counters.row(&row),
            Job::Work(mut work, runtime) => {
                work.finish(shared, alone.map_or(outcome, Err));
                answers.add(work, runtime);
            }
        }
    }
    answers.give();
    *batch = rows;
    shared.queue.carry(batch.len());
}

fn attempt(
    desk: &mut Desk<'_>,
    batch: &mut [Job],
    failed_alone: &mut [Option<StoreError>],
) -> rusqlite::Result<()> {
    desk.begin.execute([])?;
    desk.used.clear();
    for (job, alone) in batch.iter_mut().zip(failed_alone) {
        match job {
            Job::Row(row) => desk.row(row)?,
            Job::Work(work, _) => {
                let changes = desk.db.total_changes();
                if let Err(error) = work.run(desk) {
                    if desk.db.is_autocommit() || desk.db.total_changes() != changes || is_grave(&error) {
                        return Err(error);
                    }
                    tracing::error!(%error, "a write failed");
                    *alone = Some(error.into());
                }
            }
        }
    }
    desk.used.write(desk.db)?;
    desk.commit.execute([]).map(|_| ())
}

/// Whether an error concerns the database, not just one statement.
fn is_grave(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    !matches!(
        error.sqlite_error_code(),
        None | Some(
            Code::ConstraintViolation | Code::TypeMismatch | Code::TooBig | Code::ParameterOutOfRange
        )
    )
}
