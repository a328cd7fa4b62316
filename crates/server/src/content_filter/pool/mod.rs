//! Who looks at messages, how many at a time, and what if one of them dies?
//!
//! A few child processes, each with one message at a time. One that takes too long is killed, one that dies is replaced; a
//! program that cannot even start is left alone for a while. Whoever finds too many waiting is turned away at once.

mod process;

use super::worker::{Asking, Kind, Settings};
use crate::config::Config;
use crate::edge::metrics;
use axum::body::Bytes;
use process::{Process, ScanError};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tandem_content_filter::{Scan, Skipped};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// How long a process gets to start.
const START: Duration = Duration::from_secs(5);
/// The scanner ends by itself when the time is over; one that does not within this more is killed.
const GRACE: Duration = Duration::from_secs(2);
/// After so many messages a process makes room for a fresh one.
const LIFE: u32 = 500;
/// The rest after a first failed start, and after many.
const SHORTEST_REST: Duration = Duration::from_millis(200);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Why a message was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// Too many wait.
    #[error("too many messages wait")]
    Busy,
    /// No process could be started.
    #[error("no process could be started that looks at messages")]
    NoProcess,
    /// It took too long, and the process was killed.
    #[error("it took too long")]
    TooSlow,
    /// The process died of it.
    #[error("the process that looked at it died")]
    Died,
}

/// The right to have one message looked at.
#[derive(Debug)]
pub struct Ticket(#[expect(dead_code, reason = "holding it is its use")] OwnedSemaphorePermit);

/// The processes.
#[derive(Debug)]
pub struct Pool {
    program: Option<PathBuf>,
    settings: Settings,
    time: Duration,
    tickets: Arc<Semaphore>,
    places: Semaphore,
    idle: Mutex<Vec<Process>>,
    failed_starts: Mutex<FailedStarts>,
}

/// When a start may be tried again.
#[derive(Debug, Default)]
struct FailedStarts {
    count: u32,
    not_before: Option<Instant>,
}

impl Pool {
    /// A pool under this configuration; nothing is started yet.
    pub fn new(config: &Config) -> Self {
        let filter = &config.content_filter;
        let bytes = usize::try_from(filter.max_bytes).unwrap_or(usize::MAX);
        let time = Duration::from_secs(filter.seconds.into());
        let millis = u64::from(filter.seconds) * 1000;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX).clamp(1, 100_000);
        Self {
            program: filter.worker_program.clone(),
            settings: Settings::new(&super::watch(config), bytes, millis, filter.worker_memory.into()),
            time,
            tickets: Arc::new(Semaphore::new(count(filter.workers) + count(filter.queue))),
            places: Semaphore::new(count(filter.workers)),
            idle: Mutex::default(),
            failed_starts: Mutex::default(),
        }
    }

    /// A place in the queue; none if it is full.
    pub fn ticket(&self) -> Option<Ticket> {
        Arc::clone(&self.tickets).try_acquire_owned().ok().map(Ticket)
    }

    /// Has a message looked at, once it is its turn within `patience`.
    pub async fn scan(
        &self,
        ticket: Ticket,
        kind: Kind,
        message: Bytes,
        patience: Duration,
    ) -> Result<Scan, PoolError> {
        let Ok(Ok(_place)) = timeout(patience, self.places.acquire()).await else {
            return Err(PoolError::Busy);
        };
        let _ticket = ticket;
        let process = self.process().await?;
        let used = process.done() > 0;
        let mut scanned = self.scan_in(process, Asking::Message(kind), &message).await;
        if scanned == Err(PoolError::Died) && used {
            // It may have died before, of something else.
            let fresh = self.start().await?;
            scanned = self.scan_in(fresh, Asking::Message(kind), &message).await;
        }
        match (scanned, kind) {
            (Err(error), Kind::Mail | Kind::Text | Kind::Html) => self.words(kind, &message, error).await,
            (scanned, _) => scanned,
        }
    }

    /// What the words of a message say that a process died of: whoever makes one that kills us must not hide behind it what
    /// can be read without danger.
    async fn words(&self, kind: Kind, message: &[u8], error: PoolError) -> Result<Scan, PoolError> {
        let process = self.start().await.map_err(|_| error)?;
        let mut scan = self.scan_in(process, Asking::Words(kind), message).await.map_err(|_| error)?;
        scan.skipped.push(match error {
            PoolError::TooSlow => Skipped::OutOfTime,
            _ => Skipped::Undecodable { part: "0".to_owned(), why: "no process survived it".to_owned() },
        });
        Ok(scan)
    }

    /// Has a process look. It comes back if it is still of use.
    async fn scan_in(&self, mut process: Process, asking: Asking, message: &[u8]) -> Result<Scan, PoolError> {
        let scanned = timeout(self.time + GRACE, process.scan(asking, message)).await;
        let error = match scanned {
            Ok(Ok(scan)) => {
                self.put_back(process);
                return Ok(scan);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a process that looks at messages died");
                PoolError::Died
            }
            Err(_) => {
                tracing::warn!("a process that looks at messages took too long and is killed");
                PoolError::TooSlow
            }
        };
        metrics::content_filter_worker_death();
        process.kill();
        Err(error)
    }

    async fn process(&self) -> Result<Process, PoolError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(process) => Ok(process),
            None => self.start().await,
        }
    }

    fn put_back(&self, process: Process) {
        if process.done() < LIFE {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        }
    }

    async fn start(&self) -> Result<Process, PoolError> {
        let rests = {
            let failed = self.failed_starts.lock().unwrap_or_else(PoisonError::into_inner);
            failed.not_before.is_some_and(|moment| Instant::now() < moment)
        };
        if rests {
            return Err(PoolError::NoProcess);
        }
        let started = timeout(START, Process::start(self.program.as_deref(), &self.settings)).await;
        let started = started.unwrap_or(Err(ScanError::TooSlow));
        let mut failed = self.failed_starts.lock().unwrap_or_else(PoisonError::into_inner);
        match started {
            Ok(process) => {
                *failed = FailedStarts::default();
                Ok(process)
            }
            Err(error) => {
                let rest = SHORTEST_REST.saturating_mul(1 << failed.count.min(16)).min(LONGEST_REST);
                failed.count = failed.count.saturating_add(1);
                failed.not_before = Some(Instant::now() + rest);
                drop(failed);
                tracing::error!(%error, ?rest, "no process could be started that looks at messages");
                metrics::content_filter_worker_death();
                Err(PoolError::NoProcess)
            }
        }
    }
}
