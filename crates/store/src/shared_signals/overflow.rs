//! What is lost where too much waits, and who is told of it?
//!
//! What a full stream drops is counted in the transaction that drops it, also by a command beside the server. The server takes the
//! counts from time to time, and records them once an hour: a flood should not fill the record, too.

use crate::Store;
use crate::error::StoreError;
use crate::security_events::{self, SecurityEvent};
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, Row, params};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::time::Timestamp;

/// The kind of the security event.
const KIND: &str = "set_dropped";
/// How often it is recorded of one stream, at most.
const RECORDED_EVERY: Duration = Duration::from_hours(1);

/// What a full stream dropped since the counts were last taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Which stream.
    pub stream_id: String,
    /// Whose.
    pub client_id: Arc<str>,
    /// How many tokens.
    pub count: u64,
}

/// So many were dropped.
pub fn count(db: &Connection, stream_id: &str, dropped: u64) -> rusqlite::Result<()> {
    const COUNT: &str = "UPDATE ssf_streams SET dropped = dropped + ?2 WHERE stream_id = ?1";
    db.prepare_cached(COUNT)?.execute(params![stream_id, sql::integer(dropped)]).map(|_| ())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Dropped> {
    let count: i64 = row.get(2)?;
    Ok(Dropped { stream_id: row.get(0)?, client_id: row.get(1)?, count: count.unsigned_abs() })
}

impl Store {
    /// What was dropped since this was last asked. Records it, of each stream once an hour.
    pub async fn take_dropped(&self, now: Timestamp) -> Result<Vec<Dropped>, StoreError> {
        const SELECT: &str = "SELECT stream_id, client_id, dropped FROM ssf_streams WHERE dropped > 0";
        const TAKE: &str = "UPDATE ssf_streams SET dropped = 0 WHERE dropped > 0";
        const RECORD: &str = "UPDATE ssf_streams SET dropped_at = ?2 \
             WHERE stream_id = ?1 AND (dropped_at IS NULL OR dropped_at <= ?3)";
        let select = |db: &Connection| db.prepare_cached(SELECT)?.query_map([], read)?.collect();
        let seen: Vec<Dropped> = self.shared().readers.read(select).await?;
        if seen.is_empty() {
            return Ok(seen);
        }
        let work = move |desk: &mut Desk<'_>| {
            let dropped: Vec<Dropped> = select(desk.db)?;
            desk.db.prepare_cached(TAKE)?.execute([])?;
            let before = sql::time(now.minus(RECORDED_EVERY));
            for one in &dropped {
                let due = desk.db.prepare_cached(RECORD)?.execute(params![
                    one.stream_id,
                    sql::time(now),
                    before
                ])?;
                if due > 0 {
                    security_events::insert(desk.db, &event(one, now))?;
                }
            }
            Ok(dropped)
        };
        self.shared().write(work, |_, _| {}).await
    }
}

fn event(dropped: &Dropped, now: Timestamp) -> SecurityEvent {
    let Dropped { stream_id, client_id, count } = dropped;
    SecurityEvent {
        at: now,
        kind: KIND.to_owned(),
        crossing: None,
        sub: None,
        client_id: Some(Arc::clone(client_id)),
        address: None,
        detail: Some(format!("{count} in stream {stream_id}: too many wait in it")),
    }
}
