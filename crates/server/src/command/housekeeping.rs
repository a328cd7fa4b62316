//! What does a running server do by itself? It sweeps what is over, and reads again what a command changed.

use crate::app::App;
use crate::edge::metrics::Reading;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_store::{Census, StoreError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

/// How often what is over is swept. Nothing depends on it but memory: what is over is refused by its time.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether a key has outlived its tokens.
const KEYS_EVERY: Duration = Duration::from_mins(1);

/// Whether the store could be written when it was last tried.
#[derive(Debug, Clone)]
pub struct Wellness(Arc<AtomicBool>);

impl Wellness {
    /// Well, until something fails.
    pub fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// What readiness asks.
    pub fn ready(&self) -> Result<(), &'static str> {
        if self.0.load(Ordering::Relaxed) { Ok(()) } else { Err("store") }
    }

    /// Notes how a sweep went; the log hears of changes alone.
    fn note(&self, outcome: Result<(), StoreError>) {
        let was_well = self.0.swap(outcome.is_ok(), Ordering::Relaxed);
        match outcome {
            Err(error) if was_well => {
                tracing::error!(%error, "the store cannot be written; the server is not ready");
            }
            Ok(()) if !was_well => tracing::info!("the store can be written again"),
            _ => {}
        }
    }
}

/// Listens for SIGHUP from now on, so that it never ends the process.
pub fn hangups() -> Option<Signal> {
    signal(SignalKind::hangup()).inspect_err(|error| tracing::error!(%error, "cannot listen to SIGHUP")).ok()
}

/// Keeps house for as long as the server runs.
pub async fn run(app: Arc<App>, wellness: Wellness, mut hangups: Option<Signal>) {
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut key_checks = tokio::time::interval(KEYS_EVERY);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    key_checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut foreign = app.store.foreign_changes();
    loop {
        tokio::select! {
            _ = sweeps.tick() => {
                wellness.note(app.sweep().await);
                if let Err(error) = app.limits.keep(&app.store, app.clock.now()).await {
                    tracing::debug!(%error, "the rate limits could not be written down; the next round tries again");
                }
            }
            _ = key_checks.tick() => drop_dead_keys(&app, app.clock.now()).await,
            changed = foreign.changed() => match changed {
                Ok(()) => {
                    tracing::debug!("another process wrote to the database: reading clients and keys again");
                    app.reload().await;
                }
                // The store is closed: so is the house.
                Err(_) => return,
            },
            () = next(&mut hangups) => {
                tracing::info!("SIGHUP: reading clients and keys again");
                app.reload().await;
            }
        }
    }
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Takes keys out of the JWK Set that nothing alive was signed with.
async fn drop_dead_keys(app: &App, now: Timestamp) {
    let dropped = async {
        let mut dropped = Vec::new();
        for key in app.store.list_keys().await? {
            if key.deletes_at.is_some_and(|at| at <= now) && app.store.delete_key(&key.kid).await? {
                dropped.push(key.kid);
            }
        }
        Ok::<_, StoreError>(dropped)
    };
    match dropped.await {
        Ok(dropped) if dropped.is_empty() => {}
        Ok(dropped) => {
            tracing::info!(kids = ?dropped, "keys whose last token is dead were dropped");
            app.reload().await;
        }
        Err(error) => tracing::warn!(%error, "old keys could not be looked for"),
    }
}

/// What is in the store, for the metrics.
pub fn readings(census: &Census) -> Vec<Reading> {
    #[expect(clippy::cast_precision_loss, reason = "counts up to 2^53 are exact, and beyond nobody minds")]
    let reading = |name, help, value: u64| Reading { name, help, value: value as f64 };
    vec![
        reading(
            "tandem_crossings_pending",
            "Crossings that wait for a person, expired or not.",
            census.pending,
        ),
        reading(
            "tandem_crossings_approved",
            "Crossings answered with yes that wait to be collected.",
            census.approved,
        ),
        reading(
            "tandem_crossings_denied",
            "Crossings answered with no, remembered for late callers.",
            census.denied,
        ),
        reading(
            "tandem_crossings_redeemed",
            "Crossings collected, remembered for late callers.",
            census.redeemed,
        ),
        reading("tandem_store_queued", "Jobs that wait to be written.", census.queued),
        reading("tandem_store_last_batch", "Jobs in the last commit.", census.last_batch),
        reading("tandem_store_first_uses", "Values that may not be used again.", census.first_uses),
        reading("tandem_store_commits", "Transactions since the start.", census.commits),
        reading(
            "tandem_store_failed_commits",
            "Transactions that failed since the start.",
            census.failed_commits,
        ),
        reading(
            "tandem_store_checkpoints",
            "Times the write-ahead log was folded in since the start.",
            census.checkpoints,
        ),
        reading("tandem_store_journal_rows", "Journal rows written since the start.", census.journal_rows),
        reading("tandem_store_family_rows", "Token families written since the start.", census.family_rows),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_falls_when_the_store_fails_and_comes_back() {
        let wellness = Wellness::new();
        assert_eq!(wellness.ready(), Ok(()));
        wellness.note(Err(StoreError::Full));
        assert_eq!(wellness.ready(), Err("store"));
        wellness.note(Ok(()));
        assert_eq!(wellness.ready(), Ok(()));
    }

    #[test]
    fn every_reading_has_a_name_of_its_own() {
        let readings = readings(&Census { pending: 7, ..Census::default() });
        let names: std::collections::HashSet<_> = readings.iter().map(|reading| reading.name).collect();
        assert_eq!(names.len(), readings.len());
        assert!(readings.iter().all(|reading| reading.name.starts_with("tandem_")));
        assert!((readings[0].value - 7.0).abs() < f64::EPSILON);
    }
}
