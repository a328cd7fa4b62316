//! How does a store open and close?

use crate::cache::Cache;
use crate::callbacks::Outbox;
use crate::census::Counters;
use crate::crossings::{self, Crossings};
use crate::database::{self, Migrate};
use crate::error::OpenError;
use crate::first_use::{self, FirstUses};
use crate::incidents;
use crate::queue::Queue;
use crate::readers::Readers;
use crate::shared::Shared;
use crate::shared_signals::Deliveries;
use crate::sweep::Cursors;
use crate::upkeep;
use crate::writer::{self, Tempo};
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tandem_core::time::Timestamp;
use tokio::sync::watch;

const FAMILIES: usize = 64 * 1024;
const SESSIONS: usize = 16 * 1024;
const USERS: usize = 16 * 1024;
const DEVICES: usize = 16 * 1024;
const CLIENTS: usize = 1024;
/// An initiation is on disk this much later at most, plus one commit.
const MOST_JOURNAL_DELAY: Duration = Duration::from_millis(50);

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory of the database; made if it is missing.
    pub data_dir: PathBuf,
    /// For whom.
    pub open: Open,
    /// Added to every commit, to measure as on a slower disk; normally zero.
    pub fsync_delay: Duration,
    /// How late an initiation may be written; 50 ms at most.
    pub journal_delay: Duration,
    /// How long a crossing is remembered after it expired, so that late callers hear the truth.
    pub tombstone: Duration,
    /// How many crossings are remembered at most.
    pub max_crossings: usize,
    /// The issuer identifier in what receivers of shared signals are told; none if nobody is told anything.
    pub issuer: Option<Arc<str>>,
}

impl Options {
    /// The usual options.
    pub fn new(data_dir: impl Into<PathBuf>, open: Open) -> Self {
        Self {
            data_dir: data_dir.into(),
            open,
            fsync_delay: Duration::ZERO,
            journal_delay: Duration::from_millis(25),
            tombstone: Duration::from_mins(10),
            max_crossings: 2_000_000,
            issuer: None,
        }
    }
}

/// Who opens a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// The server: alone in its data directory, the only one with crossings. Brings the schema up to date.
    Server,
    /// A command-line tool, beside a running server or not. It sees no crossings.
    Tool {
        /// Whether to bring the schema up to date; that needs the directory for itself.
        migrate: bool,
    },
}

/// The open store; clones share it. When the last one goes, what waits is written and the file is closed.
#[derive(Clone)]
pub struct Store(Arc<Opened>);

struct Opened {
    shared: Arc<Shared>,
    open: Open,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("open", &self.0.open).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a store. Blocks: it reads the whole journal.
    pub fn open(options: Options, now: Timestamp) -> Result<Self, OpenError> {
        let Options { data_dir, open, fsync_delay, journal_delay, tombstone, max_crossings, issuer } =
            options;
        let (db, lock) = connect(&data_dir, open)?;
        let path = database::path(&data_dir);
        let corrupt = |error: rusqlite::Error| database::open_error(&path, &error);
        let crossings = Crossings::new(max_crossings, tombstone);
        let first_uses = FirstUses::new(first_use::LIMIT);
        let outbox = Outbox::new();
        outbox.load(&db).map_err(corrupt)?;
        let mut next_seq = 1;
        if open == Open::Server {
            next_seq = crossings::load(&db, &crossings, now).map_err(corrupt)?;
            first_uses.load(&db, now).map_err(corrupt)?;
        }
        let shared = Arc::new(Shared {
            queue: Queue::new(next_seq),
            readers: Readers::new(path.clone()),
            crossings,
            families: Cache::new(FAMILIES),
            users: Cache::new(USERS),
            names: Cache::new(USERS),
            sessions: Cache::new(SESSIONS),
            devices: Cache::new(DEVICES),
            devices_of: Cache::new(USERS),
            settings: Cache::new(USERS),
            trusted_devices: Cache::new(DEVICES),
            has_trusted_devices: Cache::new(CLIENTS),
            outbox,
            shared_signals: Deliveries::new(),
            issuer,
            incidents: incidents::Changes::new(),
            first_uses,
            counters: Counters::default(),
            size_limit: AtomicU64::new(u64::MAX),
            cursors: Cursors::default(),
            foreign: watch::Sender::new(0),
        });
        let tempo = Tempo { journal_delay: journal_delay.min(MOST_JOURNAL_DELAY), fsync_delay };
        let writer = start(db, lock, Arc::clone(&shared), tempo)
            .map_err(|error| OpenError::Io { path: path.clone(), detail: error.to_string() })?;
        let opened = Opened { shared, open, writer: Mutex::new(Some(writer)) };
        Ok(Self(Arc::new(opened)))
    }

    /// Writes what waits, folds the write-ahead log in and gives the directory back. Other clones of this store answer
    /// [`crate::StoreError::Closed`] from now on.
    pub async fn close(self) {
        let opened = Arc::clone(&self.0);
        // Joining fails only if the writer panicked, and then there is nothing left to wait for.
        let _ = tokio::task::spawn_blocking(move || opened.end()).await;
    }

    /// Changes whenever another process (a command-line tool) wrote to the database: what was read before may not hold.
    pub fn foreign_changes(&self) -> watch::Receiver<u64> {
        self.0.shared.foreign.subscribe()
    }

    /// Sets how large the database may become, in bytes; beyond it writes fail with [`crate::StoreError::Full`]. Holds
    /// from the next commit until the store closes; `u64::MAX` is no limit.
    pub fn limit_size(&self, bytes: u64) {
        self.0.shared.size_limit.store(bytes, Relaxed);
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn is_server(&self) -> bool {
        self.0.open == Open::Server
    }
}

/// The connection, and the lock of who must be alone.
fn connect(dir: &Path, open: Open) -> Result<(Connection, Option<File>), OpenError> {
    let path = database::path(dir);
    let alone = || {
        database::directory(dir)?;
        let lock = database::lock(dir)?;
        Ok((database::writer(&path, Migrate::Yes)?, lock))
    };
    match open {
        Open::Server => alone().map(|(db, lock)| (db, Some(lock))),
        Open::Tool { migrate } => match database::writer(&path, Migrate::No) {
            Err(OpenError::OlderSchema { .. }) if migrate => alone().map(|(db, _)| (db, None)),
            opened => opened.map(|db| (db, None)),
        },
    }
}

fn start(
    db: Connection,
    lock: Option<File>,
    shared: Arc<Shared>,
    tempo: Tempo,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
        writer::run(&db, &shared, tempo);
        shared.readers.close();
        if lock.is_some() {
            upkeep::fold(&db, &shared, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        if let Err((_, error)) = db.close() {
            tracing::warn!(%error, "the database did not close");
        }
        // Only now may another server have the directory.
        drop(lock);
    })
}

impl Opened {
    fn end(&self) {
        self.shared.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the writer of the store panicked");
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.end();
    }
}
