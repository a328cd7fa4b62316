//! Which streams are there, and whose are they?

use super::status;
use crate::Store;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::HashMap;
use std::sync::Arc;
use tandem_core::shared_signals::{Delivery, StreamStatus, StreamTerms};
use tandem_core::time::Timestamp;

/// A stream of events to one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its name.
    pub stream_id: String,
    /// Its receiver.
    pub client_id: Arc<str>,
    /// What was agreed upon.
    pub terms: StreamTerms,
    /// Whether it flows.
    pub status: StreamStatus,
    /// Why not, or why again.
    pub reason: Option<String>,
    /// Since when there is it.
    pub created_at: Timestamp,
    /// When its terms or status last changed.
    pub changed_at: Timestamp,
    /// When it last was to show that it works.
    pub verified_at: Option<Timestamp>,
    /// When its receiver was last heard of.
    pub active_at: Timestamp,
}

/// What became of a new stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewStream {
    /// It is there.
    Created,
    /// Its receiver has as many as it may.
    TooMany,
}

const SELECT: &str = "SELECT stream_id, client_id, body, status, reason, created_at, changed_at, verified_at, \
     active_at FROM ssf_streams";

fn read(row: &Row<'_>) -> rusqlite::Result<Stream> {
    let word: String = row.get(3)?;
    Ok(Stream {
        stream_id: row.get(0)?,
        client_id: row.get(1)?,
        terms: sql::from_json(row.get_ref(2)?.as_str()?)?,
        status: StreamStatus::of_word(&word).ok_or(rusqlite::Error::InvalidQuery)?,
        reason: row.get(4)?,
        created_at: sql::timestamp(row.get(5)?),
        changed_at: sql::timestamp(row.get(6)?),
        verified_at: row.get::<_, Option<i64>>(7)?.map(sql::timestamp),
        active_at: sql::timestamp(row.get(8)?),
    })
}

/// Those to which what happens is written down.
pub fn flowing_or_paused(db: &Connection) -> rusqlite::Result<Vec<Stream>> {
    let mut select = db.prepare_cached(&format!("{SELECT} WHERE status <> 'disabled' ORDER BY rowid"))?;
    select.query_map([], read)?.collect()
}

/// The streams with this method of delivery, whatever their status.
pub fn by_method(db: &Connection, method: &str) -> rusqlite::Result<Vec<Stream>> {
    let sql = format!("{SELECT} WHERE json_extract(body, '$.delivery.method') = ?1 ORDER BY rowid");
    let mut select = db.prepare_cached(&sql)?;
    select.query_map([method], read)?.collect()
}

/// The stream, if it is this receiver's.
pub fn of_receiver(db: &Connection, stream_id: &str, client_id: &str) -> rusqlite::Result<Option<Stream>> {
    let mut select = db.prepare_cached(&format!("{SELECT} WHERE stream_id = ?1 AND client_id = ?2"))?;
    select.query_row([stream_id, client_id], read).optional()
}

/// Those whose receivers were not heard of since.
pub fn inactive(db: &Connection, since: Timestamp) -> rusqlite::Result<Vec<Stream>> {
    let mut select = db.prepare_cached(&format!("{SELECT} WHERE status = 'enabled' AND active_at <= ?1"))?;
    select.query_map([sql::time(since)], read)?.collect()
}

fn update(db: &Connection, stream: &Stream) -> rusqlite::Result<()> {
    const UPDATE: &str = "UPDATE ssf_streams SET body = ?2, status = ?3, reason = ?4, changed_at = ?5, \
         active_at = ?6 WHERE stream_id = ?1";
    db.prepare_cached(UPDATE)?.execute(params![
        stream.stream_id,
        sql::json(&stream.terms)?,
        stream.status.word(),
        stream.reason,
        sql::time(stream.changed_at),
        sql::time(stream.active_at),
    ])?;
    Ok(())
}

impl Store {
    /// Makes a stream, unless its receiver has `most` already.
    pub async fn create_stream(&self, stream: Stream, most: u64) -> Result<NewStream, StoreError> {
        const INSERT: &str = "INSERT INTO ssf_streams (stream_id, client_id, body, status, reason, created_at, \
             changed_at, verified_at, active_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        const COUNT: &str = "SELECT count(*) FROM ssf_streams WHERE client_id = ?1";
        let work = move |desk: &mut Desk<'_>| {
            let has: i64 =
                desk.db.prepare_cached(COUNT)?.query_row([&*stream.client_id], |row| row.get(0))?;
            if has.unsigned_abs() >= most {
                return Ok(NewStream::TooMany);
            }
            desk.db.prepare_cached(INSERT)?.execute(params![
                stream.stream_id,
                &*stream.client_id,
                sql::json(&stream.terms)?,
                stream.status.word(),
                stream.reason,
                sql::time(stream.created_at),
                sql::time(stream.changed_at),
                stream.verified_at.map(sql::time),
                sql::time(stream.active_at),
            ])?;
            Ok(NewStream::Created)
        };
        self.shared().write(work, |_, _| {}).await
    }

    /// The stream with this name, if it is this receiver's.
    pub async fn stream(&self, stream_id: &str, client_id: &str) -> Result<Option<Stream>, StoreError> {
        let (stream_id, client_id) = (stream_id.to_owned(), client_id.to_owned());
        self.shared().readers.read(move |db| of_receiver(db, &stream_id, &client_id)).await
    }

    /// Every stream of a receiver, the oldest first.
    pub async fn streams_of(&self, client_id: &str) -> Result<Vec<Stream>, StoreError> {
        let client_id = client_id.to_owned();
        let select = move |db: &Connection| {
            let mut select = db.prepare_cached(&format!("{SELECT} WHERE client_id = ?1 ORDER BY rowid"))?;
            select.query_map([client_id], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// Every stream there is, the oldest first, with how many tokens wait in it: for operators.
    pub async fn list_streams(&self) -> Result<Vec<(Stream, u64)>, StoreError> {
        const COUNT: &str = "SELECT stream_id, count(*) FROM ssf_deliveries GROUP BY stream_id";
        let select = |db: &Connection| {
            let mut counts = db.prepare_cached(COUNT)?;
            let counts = counts.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let counts: HashMap<String, i64> = counts.collect::<Result<_, _>>()?;
            let mut select = db.prepare_cached(&format!("{SELECT} ORDER BY rowid"))?;
            let streams: Vec<Stream> = select.query_map([], read)?.collect::<Result<_, _>>()?;
            let waiting = |stream: Stream| {
                let count = counts.get(&stream.stream_id).copied().unwrap_or(0).unsigned_abs();
                (stream, count)
            };
            Ok(streams.into_iter().map(waiting).collect())
        };
        self.shared().readers.read(select).await
    }

    /// Changes a stream in one step: `change` sees it as it is, and says what becomes of it, or why nothing does. `None`: this
    /// receiver has no such stream. What follows from another status follows at once.
    pub async fn change_stream<E: Send + 'static>(
        &self,
        stream_id: &str,
        client_id: &str,
        now: Timestamp,
        change: impl FnOnce(Stream) -> Result<Stream, E> + Send + 'static,
    ) -> Result<Option<Result<Stream, E>>, StoreError> {
        let (stream_id, client_id) = (stream_id.to_owned(), client_id.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let Some(before) = of_receiver(desk.db, &stream_id, &client_id)? else { return Ok(None) };
            let (was, was_fetched) = (before.status, before.terms.delivery == Delivery::Poll);
            let after = match change(before) {
                Ok(after) => Stream { changed_at: now, active_at: now, ..after },
                Err(why) => return Ok(Some(Err(why))),
            };
            update(desk.db, &after)?;
            status::follow(desk.db, &after.stream_id, was, after.status, now)?;
            if was_fetched != (after.terms.delivery == Delivery::Poll) {
                // What waits goes the new way, and gets its whole time there.
                status::renew(desk.db, &after.stream_id, now)?;
            }
            Ok(Some(Ok(after)))
        };
        self.shared().write(work, |shared: &Shared, _| shared.shared_signals.changed()).await
    }

    /// Removes a stream with everything that waits in it; `false` if this receiver has no such stream.
    pub async fn delete_stream(&self, stream_id: &str, client_id: &str) -> Result<bool, StoreError> {
        let (stream_id, client_id) = (stream_id.to_owned(), client_id.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            const DELETE: &str = "DELETE FROM ssf_streams WHERE stream_id = ?1 AND client_id = ?2";
            if desk.db.prepare_cached(DELETE)?.execute([&stream_id, &client_id])? == 0 {
                return Ok(false);
            }
            empty(desk.db, &stream_id)?;
            Ok(true)
        };
        self.shared().write(work, |shared: &Shared, _| shared.shared_signals.changed()).await
    }

    /// Its receiver was heard of.
    pub async fn touch_stream(&self, stream_id: &str, now: Timestamp) -> Result<(), StoreError> {
        const TOUCH: &str = "UPDATE ssf_streams SET active_at = max(active_at, ?2) WHERE stream_id = ?1";
        let stream_id = stream_id.to_owned();
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(TOUCH)?.execute(params![stream_id, sql::time(now)]).map(|_| ())
        };
        self.shared().write(work, |_, ()| {}).await
    }
}

/// Removes all streams of a client, with everything that was said and waits there. Says how many.
pub fn delete_of(db: &Connection, client_id: &str) -> rusqlite::Result<u64> {
    const DELETE: &str = "DELETE FROM ssf_streams WHERE client_id = ?1 RETURNING stream_id";
    let mut delete = db.prepare_cached(DELETE)?;
    let gone: Vec<String> = delete.query_map([client_id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    gone.iter().try_for_each(|stream_id| empty(db, stream_id))?;
    Ok(gone.len() as u64)
}

fn empty(db: &Connection, stream_id: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM ssf_subjects WHERE stream_id = ?1", [stream_id])?;
    db.execute("DELETE FROM ssf_deliveries WHERE stream_id = ?1", [stream_id]).map(|_| ())
}

/// Writes the status that the transmitter itself decided on.
pub fn restate(db: &Connection, stream: &Stream) -> rusqlite::Result<()> {
    update(db, stream)
}
