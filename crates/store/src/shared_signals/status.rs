//! What follows from a stream's new status? And what if the transmitter decided on it? (SSF 1.0 section 8.1.2)

use super::deliveries::{RETRIED_FOR, SetKind};
use super::enqueue::enqueue_own;
use super::streams::{self, Stream};
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, params};
use std::time::Duration;
use tandem_core::shared_signals::{StreamEvent, StreamStatus};
use tandem_core::time::Timestamp;

/// A disabled stream holds nothing; one that flows again sends what it held, from now on and for as long as anything new.
pub fn follow(
    db: &Connection,
    stream_id: &str,
    was: StreamStatus,
    is: StreamStatus,
    now: Timestamp,
) -> rusqlite::Result<()> {
    const DROP: &str = "DELETE FROM ssf_deliveries WHERE stream_id = ?1 AND kind <> ?2";
    match is {
        StreamStatus::Disabled if was != is => {
            db.prepare_cached(DROP)?.execute(params![stream_id, SetKind::StreamUpdated.word()])?;
        }
        StreamStatus::Enabled if was != is => {
            renew(db, stream_id, now)?;
        }
        _ => {}
    }
    Ok(())
}

/// What waits is sent from now on, and for as long as anything new.
pub fn renew(db: &Connection, stream_id: &str, now: Timestamp) -> rusqlite::Result<()> {
    const RENEW: &str = "UPDATE ssf_deliveries SET due_at = ?2, gives_up_at = max(gives_up_at, ?3) \
         WHERE stream_id = ?1";
    let until = sql::time(now.plus(RETRIED_FOR));
    db.prepare_cached(RENEW)?.execute(params![stream_id, sql::time(now), until]).map(|_| ())
}

/// The status that the transmitter gives streams of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restatus {
    /// Which status.
    pub status: StreamStatus,
    /// Why, for the receiver's people.
    pub reason: String,
    /// Who we are.
    pub issuer: String,
}

impl Store {
    /// Pauses the streams that flow and whose receivers were not heard of for so long, and tells them. Says which.
    pub async fn pause_inactive_streams(
        &self,
        silent_for: Duration,
        restatus: Restatus,
        now: Timestamp,
    ) -> Result<Vec<Stream>, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            let silent = streams::inactive(desk.db, now.minus(silent_for))?;
            silent.into_iter().map(|stream| change(desk.db, stream, &restatus, now)).collect()
        };
        let publish = |shared: &crate::shared::Shared, paused: &Vec<Stream>| {
            if !paused.is_empty() {
                shared.shared_signals.changed();
            }
        };
        self.shared().write(work, publish).await
    }

    /// Gives one stream another status, and tells its receiver. `None`: this receiver has no such stream.
    pub async fn restate_stream(
        &self,
        stream_id: &str,
        client_id: &str,
        restatus: Restatus,
        now: Timestamp,
    ) -> Result<Option<Stream>, StoreError> {
        let (stream_id, client_id) = (stream_id.to_owned(), client_id.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let Some(stream) = streams::of_receiver(desk.db, &stream_id, &client_id)? else {
                return Ok(None);
            };
            change(desk.db, stream, &restatus, now).map(Some)
        };
        let publish = |shared: &crate::shared::Shared, changed: &Option<Stream>| {
            if changed.is_some() {
                shared.shared_signals.changed();
            }
        };
        self.shared().write(work, publish).await
    }
}

fn change(db: &Connection, stream: Stream, restatus: &Restatus, now: Timestamp) -> rusqlite::Result<Stream> {
    let (was, status) = (stream.status, restatus.status);
    let reason = Some(restatus.reason.clone());
    let stream = Stream { status, reason: reason.clone(), changed_at: now, ..stream };
    streams::restate(db, &stream)?;
    follow(db, &stream.stream_id, was, status, now)?;
    enqueue_own(db, &stream, &StreamEvent::StreamUpdated { status, reason }, &restatus.issuer, now)?;
    Ok(stream)
}
