//! What did people report, and what looked wrong?

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use rusqlite::{Connection, Row, params};
use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::time::Timestamp;

/// Something that an operator should be able to find again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// When.
    pub at: Timestamp,
    /// What kind of event, in one lower-case word with underscores.
    pub kind: String,
    /// Which crossing it concerns.
    pub crossing: Option<CrossingId>,
    /// Whom it concerns.
    pub sub: Option<Arc<str>>,
    /// Which client it concerns.
    pub client_id: Option<Arc<str>>,
    /// From where.
    pub address: Option<IpAddr>,
    /// More, for people. Never a secret or a code.
    pub detail: Option<String>,
}

/// A security event with its place in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its number; later events have greater ones.
    pub id: i64,
    /// What happened.
    pub event: SecurityEvent,
}

/// Records an event.
pub fn insert(db: &Connection, event: &SecurityEvent) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT INTO security_events (at, kind, crossing, sub, client_id, address, detail) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    db.prepare_cached(INSERT)?.execute(params![
        sql::time(event.at),
        event.kind,
        event.crossing.as_ref().map(CrossingId::as_bytes),
        event.sub.as_deref(),
        event.client_id.as_deref(),
        event.address.map(|address| address.to_string()),
        event.detail,
    ])?;
    Ok(())
}

/// Reads a row: id, at, kind, crossing, sub, client_id, address, detail.
pub fn read(row: &Row<'_>) -> rusqlite::Result<RecordedEvent> {
    let address: Option<String> = row.get(6)?;
    let event = SecurityEvent {
        at: sql::timestamp(row.get(1)?),
        kind: row.get(2)?,
        crossing: row.get::<_, Option<[u8; 16]>>(3)?.map(sql::crossing),
        sub: row.get(4)?,
        client_id: row.get(5)?,
        address: address.map(|text| sql::address(&text)).transpose()?,
        detail: row.get(7)?,
    };
    Ok(RecordedEvent { id: row.get(0)?, event })
}

impl Store {
    /// Records an event, durably.
    pub async fn record_event(&self, event: SecurityEvent) -> Result<(), StoreError> {
        self.shared().write(move |desk| insert(desk.db, &event), |shared, ()| shared.incidents.tell()).await
    }

    /// The newest events first, `limit` at most; those with a number below `before`, if given.
    pub async fn events(&self, limit: u32, before: Option<i64>) -> Result<Vec<RecordedEvent>, StoreError> {
        const SELECT: &str = "SELECT id, at, kind, crossing, sub, client_id, address, detail \
             FROM security_events WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
        let read_all = move |db: &Connection| {
            let mut statement = db.prepare_cached(SELECT)?;
            statement.query_map(params![before.unwrap_or(i64::MAX), limit], read)?.collect()
        };
        self.shared().readers.read(read_all).await
    }

    /// What was recorded of crossings from this moment on, the oldest first.
    pub async fn events_of_crossings_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        const SELECT: &str = "SELECT id, at, kind, crossing, sub, client_id, address, detail \
             FROM security_events WHERE at >= ?1 AND crossing IS NOT NULL ORDER BY id";
        let read_all = move |db: &Connection| {
            let mut statement = db.prepare_cached(SELECT)?;
            let events = statement.query_map(params![sql::time(since)], read)?;
            events.map(|recorded| recorded.map(|recorded| recorded.event)).collect()
        };
        self.shared().readers.read(read_all).await
    }
}
