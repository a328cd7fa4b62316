//! What happened to one crossing, as far as the database still tells?

use crate::Store;
use crate::error::StoreError;
use crate::security_events::{self, RecordedEvent};
use crate::sql;
use rusqlite::{Connection, params};
use tandem_core::crossing::{CrossingId, Event};

impl Store {
    /// What the journal tells of a crossing, in order: all of it, its end if the beginning was swept, or nothing if it
    /// ended long ago. For tools; it reads the whole journal. A row that cannot be read fails.
    pub async fn journal_of(&self, id: CrossingId) -> Result<Vec<Event>, StoreError> {
        const SELECT: &str = "SELECT event FROM journal WHERE crossing = ?1 ORDER BY seq";
        let read_all = move |db: &Connection| {
            let mut statement = db.prepare_cached(SELECT)?;
            let rows = statement.query_map(params![id.as_bytes()], |row| row.get::<_, String>(0))?;
            rows.map(|text| sql::from_json(&text?)).collect()
        };
        self.shared().readers.read(read_all).await
    }

    /// The security events of a crossing, in order.
    pub async fn events_of(&self, id: CrossingId) -> Result<Vec<RecordedEvent>, StoreError> {
        const SELECT: &str = "SELECT id, at, kind, crossing, sub, client_id, address, detail \
             FROM security_events WHERE crossing = ?1 ORDER BY id";
        let read_all = move |db: &Connection| {
            let mut statement = db.prepare_cached(SELECT)?;
            statement.query_map(params![id.as_bytes()], security_events::read)?.collect()
        };
        self.shared().readers.read(read_all).await
    }
}
