//! What does the writer see to between its commits?

use crate::shared::Shared;
use rusqlite::Connection;

/// Tells whoever must know if another process wrote since `version`, and returns the version that was found.
pub fn look_for_others(db: &Connection, shared: &Shared, version: i64) -> i64 {
    match data_version(db) {
        Ok(found) if found != version => {
            if let Err(error) = shared.outbox.load(db) {
                tracing::warn!(%error, "cannot count the callbacks that wait");
            }
            shared.foreign_change();
            found
        }
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "cannot see whether another process wrote");
            version
        }
    }
}

/// Applies another limit; outside a transaction, since the transaction may fail for want of room.
pub fn limit_size(db: &Connection, before: u64, bytes: u64) -> u64 {
    if bytes != before {
        let applied = db.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).and_then(|page| {
            let pages = (bytes / page.unsigned_abs().max(1)).clamp(1, u64::from(u32::MAX) - 1);
            db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        });
        if let Err(error) = applied {
            tracing::warn!(%error, "the size of the database cannot be limited");
        }
    }
    bytes
}

/// Moves what the write-ahead log holds into the database file.
pub fn fold(db: &Connection, shared: &Shared, pragma: &str) {
    match db.query_row(pragma, [], |_| Ok(())) {
        Ok(()) => shared.counters.checkpoints.add(1),
        Err(error) => tracing::warn!(%error, "the write-ahead log could not be folded in"),
    }
}

/// Another value as soon as another process wrote.
pub fn data_version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}
