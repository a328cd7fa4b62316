//! What can go wrong with the store, and what can be done about it?

use std::path::PathBuf;

/// Why the store does not open. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server process has the directory.
    #[error(
        "the data directory {} is in use by another server{}: stop that one first, or give this one a directory of its own",
        dir.display(),
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// Who has it, if it said so.
        pid: Option<u32>,
    },
    /// The database was written by a later version.
    #[error(
        "the database has schema {found}, this program knows {known} at most: use the newer program that wrote it, or restore an older backup"
    )]
    NewerSchema {
        /// The schema in the file.
        found: u32,
        /// The last one that this program knows.
        known: u32,
    },
    /// The database waits for its migration.
    #[error(
        "the database has schema {found}, this program needs {known}: run the `migrate` command, or start the server"
    )]
    OlderSchema {
        /// The schema in the file; 0 if there is no database yet.
        found: u32,
        /// The one that this program needs.
        known: u32,
    },
    /// The file is something else.
    #[error("{} is not a Tandem database: move it away, or restore a backup", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the database {} is damaged ({detail}): stop, keep a copy, and restore a backup", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The disk is full.
    #[error("the disk of {} is full: make room and start again", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Somebody holds the database for too long.
    #[error("another process is writing to {} and does not finish: end it and try again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot open {}: {detail}: check that the directory exists and that this user may write to it", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
}

/// Why something could not be kept or read. Nothing of it happened. The edge answers 503; the details are in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the room that was set aside, is full.
    #[error("the disk is full")]
    Full,
    /// Another process holds the database, or more waits to be written than may wait.
    #[error("the store is busy")]
    Busy,
    /// What was read makes no sense.
    #[error("the database is damaged")]
    Corrupt,
    /// The system refused to read or write.
    #[error("the database cannot be read or written")]
    Io,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Why a crossing did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// The user code, or the name of the crossing, is live or was lately: draw again.
    #[error("a code is in use")]
    UserCodeTaken,
    /// As many crossings live, or wait to be written, as may.
    #[error("too many crossings are under way")]
    Full,
    /// The step is no initiation, or this process is not the server.
    #[error("only a server begins crossings, and only by their initiation")]
    NotAnInitiation,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Why a transition was not applied. Nothing of it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// No such crossing, or it ended long ago.
    #[error("no such crossing")]
    Unknown,
    /// Another transition of it is being written: its outcome decides. Ask again.
    #[error("another answer is being written")]
    Busy,
    /// The crossing was redeemed: its token family exists.
    #[error("the crossing has a token family already")]
    AlreadyRedeemed,
    /// The state changed without a durable write, or with the callback of another crossing; a mistake of the caller.
    #[error("a new state needs a durable write of its own")]
    NotDurable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a user was not added or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddUserError {
    /// Somebody has that name, or that subject identifier.
    #[error("the username is taken")]
    UsernameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) | None => Self::Corrupt,
            Some(_) => Self::Io,
        }
    }
}
