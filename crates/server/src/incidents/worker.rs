//! Who turns security events into incidents, in their order and each once?

use super::containment::{Left, resume, would_end};
use super::{finding, summary};
use crate::app::App;
use crate::edge::metrics;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::incident::{Actor, Response};
use tandem_store::{NewIncident, Opened, StoreError, UnseenEvent};

/// How many events are looked at together.
const LOOK_AT: u32 = 256;
/// So many events that are no incident are passed without a note of it: reading them again costs less than a write for each
/// sign-in.
const UNNOTED: usize = 64;
/// A flood of events is looked at so often at most.
const PAUSE: Duration = Duration::from_millis(100);
/// When something failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// The longest sleep: the daily summary waits for no event.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Opens and contains incidents for as long as the server runs.
pub async fn run(app: Arc<App>) {
    let mut changed = app.store.incidents_changed();
    loop {
        changed.borrow_and_update();
        let sleep = match turn(&app).await {
            Ok((_, Seen::More)) => Duration::ZERO,
            Ok((Left::Nothing, Seen::All)) => LONGEST_SLEEP,
            Ok((Left::Something, Seen::All)) => AGAIN,
            Err(error) => {
                tracing::error!(%error, "incidents cannot be looked after; it is tried again");
                AGAIN
            }
        };
        summary::send_behind(&app, app.clock.now());
        if sleep.is_zero() {
            continue;
        }
        tokio::time::sleep(PAUSE).await;
        tokio::select! {
            told = changed.changed() => if told.is_err() { return },
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Looks at every event that nobody looked at, and contains what is to be contained. Says whether something is left to do.
pub async fn work_due(app: &App) -> Result<Left, StoreError> {
    loop {
        if let (left, Seen::All) = turn(app).await? {
            return Ok(left);
        }
    }
}

/// Whether there are events that nobody looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// There were none a moment ago.
    All,
    /// There are more.
    More,
}

/// Looks at some events, and contains what is to be contained: whoever makes many of them must not hold up containment.
async fn turn(app: &App) -> Result<(Left, Seen), StoreError> {
    let seen = look_at_events(app).await;
    // What was opened before waits for no event.
    let left = resume(app, app.clock.now()).await?;
    metrics::open_incidents(app.store.count_open_incidents().await?);
    Ok((left, seen?))
}

async fn look_at_events(app: &App) -> Result<Seen, StoreError> {
    let events = app.store.events_for_incidents(LOOK_AT).await?;
    let mut unnoted = 0;
    for UnseenEvent { id, event } in &events {
        let new = match event {
            Some(event) => finding::incident_of(app, event).await,
            None => Err(StoreError::Corrupt),
        };
        let opened = match new {
            Ok(None) => {
                unnoted += 1;
                continue;
            }
            Ok(Some(new)) => open(app, new, *id).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(()) => unnoted = 0,
            // It makes no sense now and will make none later: the ones behind it must not wait for ever.
            Err(StoreError::Corrupt) => {
                tracing::error!(event = id, "a security event cannot be read; it opens no incident");
                app.store.pass_events(*id).await?;
                unnoted = 0;
            }
            Err(error) => return Err(error),
        }
    }
    let is_last = events.len() < LOOK_AT as usize;
    if let Some(last) = events.last().filter(|_| unnoted >= UNNOTED) {
        app.store.pass_events(last.id).await?;
    }
    Ok(if is_last { Seen::All } else { Seen::More })
}

/// Opens an incident for an event, or adds the event to one. The mark moves with it: never twice.
async fn open(app: &App, new: NewIncident, event: i64) -> Result<(), StoreError> {
    let (cause, response, targets) = (new.cause.as_str(), new.response, new.targets.clone());
    let Some(opened) = app.store.open_incident(new, Some(event)).await? else { return Ok(()) };
    let (id, step) = match opened {
        Opened::New(id) => (id, "opened"),
        Opened::Known(id) => (id, "joined"),
    };
    metrics::incident(cause, step);
    tracing::warn!(incident = id, cause, step, response = response.as_str(), "an incident");
    if matches!(opened, Opened::New(_)) && response == Response::Record {
        let words = would_end(app, targets).await?;
        metrics::incident(cause, "would_contain");
        tracing::warn!(incident = id, cause, "{words}");
        app.store.note_on_incident(id, Actor::Rule, app.clock.now(), "would_contain", Some(words)).await?;
    }
    Ok(())
}
