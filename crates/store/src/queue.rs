//! What waits to be written, in which order, and when does the writer wake?

use crate::error::StoreError;
use crate::shared::Shared;
use crate::writer::Desk;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tandem_core::crossing::{CrossingId, Event, Request};
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tokio::runtime::Handle;

/// At this many rows the writer begins without waiting for more.
const BATCH: usize = 1024;
/// The most that one transaction takes from the queue: on a slow disk few large commits keep up where many small ones
/// would not.
const LARGEST_BATCH: usize = 1 << 12;
/// The most that may wait. Beyond it new requests are refused, so that a dead disk cannot eat the memory.
const LIMIT: usize = 1 << 17;

/// A row that nobody waits for. It may be written late, but never after what was queued behind it.
#[derive(Debug)]
pub enum Row {
    /// A crossing began; what was asked is shared with the crossing, since very many of these may wait.
    Began { seq: u64, crossing: CrossingId, request: Arc<Request> },
    /// A transition of a crossing.
    Journal { seq: u64, crossing: CrossingId, event: Box<Event> },
    /// A value that may be used once was used.
    FirstUse { digest: Digest, expires_at: Timestamp },
    /// A session was seen.
    Seen { session: Digest, at: Timestamp },
}

/// Something that somebody waits for.
pub trait Work: Send {
    /// Does it within the transaction. An error without any change fails this work alone.
    fn run(&mut self, desk: &mut Desk<'_>) -> rusqlite::Result<()>;
    /// After the commit, or its failure: publishes, and keeps the answer.
    fn finish(&mut self, shared: &Shared, outcome: Result<(), StoreError>);
    /// After that: gives the answer.
    fn answer(self: Box<Self>);
}

/// What stands in the queue.
pub enum Job {
    /// Written when it suits.
    Row(Row),
    /// Written at once, for somebody who waits in this runtime.
    Work(Box<dyn Work>, Option<Handle>),
}

/// The one way to the writer; first in, first out.
pub struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

struct Waiting {
    jobs: VecDeque<Job>,
    /// Rows that failed and wait with the writer for their next try.
    carried: usize,
    next_seq: u64,
    pace: Pace,
    gate: Gate,
}

#[derive(PartialEq, Eq)]
enum Pace {
    /// Only rows wait: they may until the journal delay is over.
    Lazy,
    /// Somebody waits.
    Urgent,
}

#[derive(PartialEq, Eq)]
enum Gate {
    Open,
    Closed,
}

/// Why the writer woke.
#[derive(Debug, PartialEq, Eq)]
pub enum Woken {
    /// There is work.
    Work,
    /// Nothing happened for a while.
    Idle,
    /// The store closes and nothing is left.
    Closed,
}

impl Queue {
    /// An empty queue.
    pub const fn new(next_seq: u64) -> Self {
        let waiting =
            Waiting { jobs: VecDeque::new(), carried: 0, next_seq, pace: Pace::Lazy, gate: Gate::Open };
        Self { waiting: Mutex::new(waiting), wake: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a row that nobody waits for; `make` gets its journal number, which is returned.
    pub fn row(&self, make: impl FnOnce(u64) -> Row) -> Result<u64, StoreError> {
        let mut waiting = self.lock();
        waiting.admit()?;
        let seq = waiting.number();
        waiting.jobs.push_back(Job::Row(make(seq)));
        // One wake starts the writer's clock, one at a full batch stops it: a wake a row would cost more than the row.
        let wake = waiting.jobs.len() == 1 || waiting.jobs.len() == BATCH;
        drop(waiting);
        if wake {
            self.wake.notify_one();
        }
        Ok(seq)
    }

    /// Queues work that somebody waits for; `make` gets its journal number.
    pub fn work(&self, make: impl FnOnce(u64) -> Box<dyn Work>) -> Result<(), StoreError> {
        let runtime = Handle::try_current().ok();
        let mut waiting = self.lock();
        waiting.admit()?;
        let seq = waiting.number();
        waiting.jobs.push_back(Job::Work(make(seq), runtime));
        let wake = waiting.pace == Pace::Lazy;
        waiting.pace = Pace::Urgent;
        drop(waiting);
        if wake {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// For the writer: waits until there is something to do, and moves it to the end of `batch`. Rows alone are left
    /// to gather for `delay`; work, for which somebody waits, gathers for `linger`; after `tick` without anything the
    /// answer is `Idle`.
    pub fn take(&self, delay: Duration, linger: Duration, tick: Duration, batch: &mut Vec<Job>) -> Woken {
        let idle = |waiting: &mut Waiting| waiting.jobs.is_empty() && waiting.gate == Gate::Open;
        let gathering = |waiting: &mut Waiting| {
            waiting.pace == Pace::Lazy && waiting.gate == Gate::Open && waiting.jobs.len() < BATCH
        };
        let guard = self.lock();
        let (guard, _) =
            self.wake.wait_timeout_while(guard, tick, idle).unwrap_or_else(PoisonError::into_inner);
        if guard.jobs.is_empty() {
            return if guard.gate == Gate::Closed { Woken::Closed } else { Woken::Idle };
        }
        let (guard, _) =
            self.wake.wait_timeout_while(guard, delay, gathering).unwrap_or_else(PoisonError::into_inner);
        let mut guard = self.linger(guard, linger);
        let count = guard.jobs.len().min(LARGEST_BATCH);
        batch.extend(guard.jobs.drain(..count));
        if guard.jobs.is_empty() {
            guard.jobs.shrink_to(BATCH);
        }
        guard.carried = 0;
        guard.pace = if guard.jobs.is_empty() { Pace::Lazy } else { Pace::Urgent };
        Woken::Work
    }

    /// Whoever is about to queue more does so now, and shares the commit. Where a commit takes long, the answers of
    /// the one before it are still under way: waiting for what they bring makes one large commit of two small ones.
    fn linger<'q>(&'q self, guard: MutexGuard<'q, Waiting>, linger: Duration) -> MutexGuard<'q, Waiting> {
        if linger.is_zero() {
            drop(guard);
            std::thread::yield_now();
            return self.lock();
        }
        let more = |waiting: &mut Waiting| waiting.gate == Gate::Open && waiting.jobs.len() < BATCH;
        self.wake.wait_timeout_while(guard, linger, more).unwrap_or_else(PoisonError::into_inner).0
    }

    /// For the writer: this many rows failed and wait with it.
    pub fn carry(&self, rows: usize) {
        self.lock().carried = rows;
    }

    /// Lets nothing more in. What is inside is still written.
    pub fn close(&self) {
        self.lock().gate = Gate::Closed;
        self.wake.notify_all();
    }

    /// For a writer that ends: closes and forgets what is left, so that nobody waits for an answer in vain.
    pub fn abandon(&self) {
        self.close();
        let left = std::mem::take(&mut self.lock().jobs);
        drop(left);
    }

    /// The journal number that comes next.
    pub fn next_seq(&self) -> u64 {
        self.lock().next_seq
    }

    /// How much waits.
    pub fn len(&self) -> usize {
        let waiting = self.lock();
        waiting.jobs.len() + waiting.carried
    }
}

impl Waiting {
    fn admit(&self) -> Result<(), StoreError> {
        if self.gate == Gate::Closed {
            Err(StoreError::Closed)
        } else if self.jobs.len() + self.carried >= LIMIT {
            Err(StoreError::Busy)
        } else {
            Ok(())
        }
    }

    const fn number(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_small() {
        assert!(size_of::<Job>() <= 56, "{}", size_of::<Job>());
    }
}
