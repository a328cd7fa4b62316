//! What is a durable row, where nothing else is done with it? As long as Tandem's rows, in the SQLite that Tandem has, as Tandem has
//! it set.

use rusqlite::{Connection, params};
use std::path::Path;
use tandem_server::clock::Random;
use tandem_store::SETTINGS;

/// Rows that are there before, so that keys have many pages to stand in.
const BEFORE: u32 = 20_000;
/// As long as the row of a token family.
const BODY: &str = "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567\
    89012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123\
    456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\
    12345678901234567890123456789\"}";

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// At the end: its key counts up.
    Appended,
    /// Where its random key says.
    Keyed,
}

impl Table {
    const fn sql(self) -> &'static str {
        match self {
            Self::Appended => {
                "CREATE TABLE rows (seq INTEGER PRIMARY KEY, key BLOB, body TEXT NOT NULL) STRICT"
            }
            Self::Keyed => "CREATE TABLE rows (key BLOB NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT",
        }
    }
}

/// A new database with the rows that are there before.
pub fn create(file: &Path, table: Table) -> rusqlite::Result<Connection> {
    let db = Connection::open(file)?;
    db.execute_batch(SETTINGS)?;
    db.execute_batch(table.sql())?;
    commit(&db, BEFORE)?;
    Ok(db)
}

/// So many rows in one durable commit.
pub fn commit(db: &Connection, rows: u32) -> rusqlite::Result<()> {
    let transaction = db.unchecked_transaction()?;
    let mut insert = db.prepare_cached("INSERT INTO rows (key, body) VALUES (?1, ?2)")?;
    for _ in 0..rows {
        insert.execute(params![Random.bytes::<16>(), BODY])?;
    }
    transaction.commit()
}
