//! Where is the database, who may open it, and which schema has it?

use crate::error::OpenError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file in the data directory.
pub const FILE: &str = "tandem.sqlite3";
const LOCK: &str = "tandem.lock";
/// "tand": says whose file it is.
const APPLICATION_ID: i64 = 0x7461_6e64;
const MIGRATIONS: [&str; SCHEMA as usize] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_ciba.sql"),
    include_str!("migrations/0003_mitigations.sql"),
    include_str!("migrations/0004_incidents.sql"),
    include_str!("migrations/0005_first_uses.sql"),
    include_str!("migrations/0006_instance.sql"),
];
/// The schema that this program knows.
pub const SCHEMA: u32 = 6;
/// How the connection that writes is set. A measurement of what a row costs sets its own the same.
pub const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; \
     PRAGMA mmap_size = 0; PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 2000; PRAGMA trusted_schema = OFF;";
const BUSY: Duration = Duration::from_secs(5);

/// What to do with an older schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Bring it up to date.
    Yes,
    /// Refuse it.
    No,
}

/// Takes the directory for this process; it is given back when the file is closed.
pub fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK);
    let mut options = private();
    let mut file = options.read(true).open(&path).map_err(|error| io(&path, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.take(20).read_to_string(&mut text);
            let pid = read.ok().and_then(|_| text.trim().parse().ok());
            return Err(OpenError::Locked { dir: dir.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(io(&path, &error)),
    }
    let note = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    note.map_err(|error| io(&path, &error))?;
    Ok(file)
}

/// Makes the directory if it is missing.
pub fn directory(dir: &Path) -> Result<(), OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| io(dir, &error))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn io(path: &Path, error: &std::io::Error) -> OpenError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return OpenError::Full { path: path.to_owned() };
    }
    OpenError::Io { path: path.to_owned(), detail: error.to_string() }
}

/// The error of an open, in words.
pub fn open_error(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) | None => OpenError::Corrupt { path, detail: error.to_string() },
        Some(ErrorCode::DiskFull) => OpenError::Full { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Busy { path },
        Some(_) => OpenError::Io { path, detail: error.to_string() },
    }
}

/// Opens the database to write, with the schema that this program knows.
pub fn writer(path: &Path, migrate: Migrate) -> Result<Connection, OpenError> {
    if migrate == Migrate::No && !path.exists() {
        return Err(OpenError::OlderSchema { found: 0, known: SCHEMA });
    }
    drop(private().open(path).map_err(|error| io(path, &error))?);
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(BUSY)?;
        let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let owner: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        let tables: u32 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((db, found, owner, tables))
    };
    let (mut db, found, owner, tables) = open().map_err(|error| open_error(path, &error))?;
    if owner != APPLICATION_ID && (owner != 0 || tables != 0) {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    if found > SCHEMA {
        return Err(OpenError::NewerSchema { found, known: SCHEMA });
    }
    if found < SCHEMA && migrate == Migrate::No {
        return Err(OpenError::OlderSchema { found, known: SCHEMA });
    }
    prepare(&mut db, found).map_err(|error| open_error(path, &error))?;
    Ok(db)
}

/// No statement is planned anew for the value that it is given: none of ours depends on one, and an order or a limit is enough
/// to make SQLite think so.
fn plan_once(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

fn prepare(db: &mut Connection, found: u32) -> rusqlite::Result<()> {
    plan_once(db)?;
    db.execute_batch(SETTINGS)?;
    db.set_prepared_statement_cache_capacity(64);
    for (number, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
        tracing::info!(schema = number, "the database was migrated");
    }
    Ok(())
}

/// Opens the database to read.
pub fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    plan_once(&db)?;
    db.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -1024;")?;
    Ok(db)
}

/// Where the database of a data directory is.
pub fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn no_statement_is_planned_again_for_another_value() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = path(dir.path());
        let db = writer(&path, Migrate::Yes).unwrap();
        for select in [
            "SELECT sub FROM families WHERE rowid > 1 ORDER BY rowid LIMIT ?1",
            "SELECT sub FROM users ORDER BY username LIMIT ?1",
            "SELECT sub FROM users WHERE username = ?1",
        ] {
            for db in [&db, &reader(&path).unwrap()] {
                let mut statement = db.prepare(select).unwrap();
                for value in ["2", "3", "4"] {
                    assert!(!statement.exists([value]).unwrap());
                }
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{select}");
            }
        }
    }
}
