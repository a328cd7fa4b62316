//! How much is in the store, and how hard does it work?

use crate::Store;
use crate::queue::Row;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts for the operator and for tests. All but the first seven grow from the start of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Crossings that wait for a person, expired or not.
    pub pending: u64,
    /// Crossings that were answered with yes and wait to be collected.
    pub approved: u64,
    /// Crossings that were answered with no, kept so that late callers hear the truth.
    pub denied: u64,
    /// Crossings that were collected, kept so that late callers hear the truth.
    pub redeemed: u64,
    /// Jobs that wait to be written.
    pub queued: u64,
    /// Values that may not be used again (see [`Store::first_use`]).
    pub first_uses: u64,
    /// Callbacks that wait to be sent.
    pub callbacks: u64,
    /// Jobs in the last commit.
    pub last_batch: u64,
    /// Transactions; each is one fsync of the write-ahead log.
    pub commits: u64,
    /// Transactions that failed.
    pub failed_commits: u64,
    /// Times the write-ahead log was folded in while nothing else happened; each is up to two fsyncs more.
    pub checkpoints: u64,
    /// Journal rows.
    pub journal_rows: u64,
    /// Token family rows, new or changed.
    pub family_rows: u64,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// What the writer counts.
#[derive(Debug, Default)]
pub struct Counters {
    pub commits: Counter,
    pub failed_commits: Counter,
    pub checkpoints: Counter,
    pub journal_rows: Counter,
    pub family_rows: Counter,
    last_batch: AtomicU64,
}

impl Counters {
    /// A commit of this many jobs.
    pub fn committed(&self, jobs: usize) {
        self.commits.add(1);
        self.last_batch.store(jobs as u64, Relaxed);
    }

    /// A row that was written without anybody waiting.
    pub fn row(&self, row: &Row) {
        if matches!(row, Row::Began { .. } | Row::Journal { .. }) {
            self.journal_rows.add(1);
        }
    }
}

impl Store {
    /// Counts everything. Looks at every crossing: for a metrics page, not for every request.
    pub fn census(&self) -> Census {
        let shared = self.shared();
        let counters = &shared.counters;
        let mut census = Census {
            queued: shared.queue.len() as u64,
            first_uses: shared.first_uses.len() as u64,
            callbacks: shared.outbox.len(),
            last_batch: counters.last_batch.load(Relaxed),
            commits: counters.commits.get(),
            failed_commits: counters.failed_commits.get(),
            checkpoints: counters.checkpoints.get(),
            journal_rows: counters.journal_rows.get(),
            family_rows: counters.family_rows.get(),
            ..Census::default()
        };
        shared.crossings.count(&mut census);
        census
    }
}
