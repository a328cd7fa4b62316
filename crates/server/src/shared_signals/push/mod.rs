//! How do tokens get to receivers that want them posted? Out of the store's outbox, each stream by itself. (RFC 8935)
//!
//! What is about the same person goes in its order, one after the other; what is about others does not wait for it. A
//! stream begins each round with one token alone: a receiver that hangs takes up one connection, and nobody else's time.
//! Between acceptance and the note of it lies one commit: a crash in that moment is the only way to hear the same twice,
//! and the name of the token is the same then.
//!
//! [`rounds`] says which streams have their turn, [`round`] how one goes, [`post`] how a token is posted.

mod post;
mod round;
mod rounds;

use super::is_receiver;
use crate::app::App;
use crate::edge::metrics;
use rounds::Rounds;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::shared_signals::StreamStatus;
use tandem_store::{Dropped, Restatus, StoreError};

/// The longest sleep between looks at the outbox.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// How often it is looked for what waited too long, and for receivers that fell silent.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Sends tokens for as long as the server runs.
pub async fn run(app: Arc<App>) {
    if let Err(error) = tell_orphans(&app).await {
        tracing::warn!(%error, "the streams cannot be looked through");
    }
    let mut changed = app.store.deliveries_changed();
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut rounds = Rounds::new(Arc::clone(&app));
    loop {
        changed.borrow_and_update();
        let sleep = rounds.begin().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox of security event tokens cannot be read");
            LONGEST_SLEEP
        });
        tokio::select! {
            told = changed.changed() => if told.is_err() { return },
            () = rounds.one_done(), if !rounds.are_over() => {}
            _ = sweeps.tick() => {
                if let Err(error) = sweep(&app).await {
                    tracing::warn!(%error, "the outbox of security event tokens cannot be swept");
                }
            }
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Names the streams that are nobody's any more: nothing leaves them, and they stay, in case that was a mistake.
async fn tell_orphans(app: &App) -> Result<(), StoreError> {
    if !app.config.ssf.enabled {
        return Ok(());
    }
    for (stream, waiting) in app.store.list_streams().await? {
        if !app.clients.get(&stream.client_id).is_some_and(|client| is_receiver(&client)) {
            let (client_id, stream_id) = (&stream.client_id, &stream.stream_id);
            tracing::warn!(%client_id, stream_id, waiting, "the client of a stream is no receiver any more: nothing is sent");
        }
    }
    Ok(())
}

/// Delivers what is due now, until there is nothing more or nobody takes it. Says how many tokens were tried.
pub async fn deliver_due(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut rounds = Rounds::new(Arc::clone(app));
    loop {
        rounds.begin().await?;
        if rounds.are_over() {
            return Ok(rounds.tried());
        }
        rounds.one_done().await;
    }
}

/// Drops what waited for too long, and pauses the streams of silent receivers.
pub async fn sweep(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    for (stream_id, count) in app.store.sweep_deliveries(now).await? {
        tracing::warn!(stream_id, count, "security event tokens that nobody fetched were dropped");
        (0..count).for_each(|_| metrics::set_delivery("given_up"));
    }
    for Dropped { stream_id, client_id, count } in app.store.take_dropped(now).await? {
        tracing::warn!(%client_id, stream_id, count, "too much waited in a stream: the newest security event tokens were dropped");
        (0..count).for_each(|_| metrics::set_delivery("dropped"));
    }
    metrics::sets_waiting(app.store.deliveries_waiting().await?);
    let Some(timeout) = app.config.ssf.inactivity_timeout.filter(|_| app.config.ssf.enabled) else {
        return Ok(());
    };
    let restatus = Restatus {
        status: StreamStatus::Paused,
        reason: "the receiver was not heard of for the inactivity timeout".to_owned(),
        issuer: app.issuer().to_owned(),
    };
    let silent_for = Duration::from_secs(timeout.into());
    for stream in app.store.pause_inactive_streams(silent_for, restatus, now).await? {
        tracing::warn!(client_id = %stream.client_id, stream_id = stream.stream_id, "a stream was paused: its receiver is silent");
    }
    Ok(())
}
