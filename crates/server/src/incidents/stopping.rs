//! How does an open request end that nobody may answer or collect any more?

use crate::ciba::ending::along;
use crate::edge::metrics;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{Crossing, CrossingId, DenialReason, Step};
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Change, SecurityEvent, Store, Write};

/// How often an end is tried that meets an answer on its way to the disk, and how long it waits for that each time.
const TURNS: usize = 4;
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// What the record says of the end.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The kind of security event.
    pub kind: &'a str,
    /// More, for people.
    pub detail: &'a str,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It ended now.
    Now,
    /// It was over before: refused, collected, expired, or gone.
    Before,
}

/// Ends an open request, answered with yes or not. Whoever asks for its result hears `access_denied`, and a client that waits
/// to be called is called. On disk when this returns.
///
/// [`ApplyError::Busy`]: an answer was on its way to the disk all the time.
pub async fn stop(
    store: &Store,
    id: CrossingId,
    record: Record<'_>,
    now: Timestamp,
) -> Result<Stopped, ApplyError> {
    for _ in 0..TURNS {
        let mut written = store.crossing_changed(id);
        match end(store, id, record, now).await {
            Err(ApplyError::Busy) => {
                // If nothing comes of it, the next look says so.
                let _ = tokio::time::timeout(WRITTEN_WITHIN, written.changed()).await;
            }
            Ok(Stopped::Now) => {
                metrics::crossing("stopped");
                tracing::warn!(crossing = %id, why = record.kind, detail = record.detail, "a request was ended");
                return Ok(Stopped::Now);
            }
            Ok(Stopped::Before) | Err(ApplyError::Unknown) => return Ok(Stopped::Before),
            Err(error) => return Err(error),
        }
    }
    Err(ApplyError::Busy)
}

async fn end(
    store: &Store,
    id: CrossingId,
    record: Record<'_>,
    now: Timestamp,
) -> Result<Stopped, ApplyError> {
    store
        .apply(id, |crossing| {
            let unchanged = crossing.clone();
            let request = crossing.request().cloned();
            match crossing.stop(DenialReason::Incident, now) {
                Ok(Step { next, event }) => {
                    let denial = match &next {
                        Crossing::Denied(denied) => Some(Arc::clone(&denied.denial)),
                        _ => None,
                    };
                    // A client that waits to be called is told, like of any other no. One that was called because of a
                    // yes hears when it comes, and pushed tokens are not made: nobody is called twice.
                    let waits = request.as_deref().filter(|_| matches!(unchanged, Crossing::Pending(_)));
                    let told = waits.zip(denial).map(|(asked, by)| along(&next, asked, &by, None));
                    let record = SecurityEvent {
                        at: now,
                        kind: record.kind.to_owned(),
                        crossing: Some(id),
                        sub: None,
                        client_id: Some(Arc::clone(unchanged.client_id())),
                        address: request.map(|request| request.device.address),
                        detail: Some(record.detail.to_owned()),
                    };
                    let along = Along { security_event: Some(record), ..told.unwrap_or_default() };
                    Change { next, write: Write::DurableWith(event, Box::new(along)), answer: Stopped::Now }
                }
                Err(_) => Change { next: unchanged, write: Write::Nothing, answer: Stopped::Before },
            }
        })
        .await
}
