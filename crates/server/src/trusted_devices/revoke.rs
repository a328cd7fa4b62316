//! A device was revoked: what becomes of what it began? (BCP 6.1.7)

use crate::app::App;
use crate::ciba::ending::along;
use crate::edge::metrics;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{Crossing, CrossingId, DenialReason, Step};
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Change, DeviceName, Instance, SecurityEvent, StoreError, Write};

/// A device may have collected in the moments between its revocation by a command and our hearing of it: what it got is
/// ended for revocations of this time.
const LATELY: Duration = Duration::from_mins(10);
/// How often an end is tried that meets an answer on its way to the disk, and how long it waits for that each time.
const TURNS: usize = 4;
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// Ends every open crossing that a revoked device began, answered with yes or not, and what such a device collected
/// before the server knew. For whenever devices may have been revoked.
pub async fn stop_crossings(app: &App) {
    if let Err(error) = stop_all(app).await {
        tracing::error!(%error, "requests of revoked devices could not be looked for; none of them can collect");
    }
}

async fn stop_all(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut revoked: HashMap<(Arc<str>, Arc<str>), bool> = HashMap::new();
    for open in app.store.crossings_with_instance() {
        let whose = (Arc::clone(&open.client_id), Arc::clone(&open.instance));
        let known = revoked.get(&whose).copied();
        let is_revoked = match known {
            Some(known) => known,
            None => is_revoked(app, &open).await?,
        };
        revoked.insert(whose, is_revoked);
        if is_revoked {
            stop(app, &open, now).await;
        }
    }
    let since =
        Timestamp::from_millis(now.as_millis().saturating_sub(LATELY.as_millis().try_into().unwrap_or(0)));
    let ended = app.store.end_families_of_revoked_devices(since, now).await?;
    if ended > 0 {
        tracing::warn!(ended, "devices collected while they were revoked: that is ended too");
    }
    Ok(())
}

async fn is_revoked(app: &App, open: &Instance) -> Result<bool, StoreError> {
    let by_id = app.store.trusted_device(DeviceName::Id(Arc::clone(&open.instance))).await?;
    let device = match by_id.filter(|device| device.client_id == open.client_id) {
        Some(device) => Some(device),
        // One that an attester vouched for is named by its key, and can be registered only to be revoked.
        None => match thumbprint(&open.instance) {
            Some(key) => app.store.trusted_device(DeviceName::Key(Arc::clone(&open.client_id), key)).await?,
            None => None,
        },
    };
    Ok(device.is_some_and(|device| device.revoked_at.is_some()))
}

fn thumbprint(text: &str) -> Option<Digest> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

async fn stop(app: &App, open: &Instance, now: Timestamp) {
    for _ in 0..TURNS {
        let mut written = app.store.crossing_changed(open.crossing);
        match end(app, open.crossing, &open.instance, now).await {
            Err(ApplyError::Busy) => {
                // If nothing comes of it, the next look says so.
                let _ = tokio::time::timeout(WRITTEN_WITHIN, written.changed()).await;
            }
            Ok(true) => {
                metrics::crossing("stopped");
                tracing::warn!(crossing = %open.crossing, client_id = %open.client_id, device = %open.instance,
                    "a request ended because its device was revoked");
                return;
            }
            Ok(false) | Err(ApplyError::Unknown) => return,
            Err(error) => {
                tracing::error!(%error, crossing = %open.crossing, "a request of a revoked device could not be ended");
                return;
            }
        }
    }
}

async fn end(app: &App, id: CrossingId, device: &str, now: Timestamp) -> Result<bool, ApplyError> {
    app.store
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
                        kind: "request_of_revoked_device_ended".to_owned(),
                        crossing: Some(id),
                        sub: None,
                        client_id: Some(Arc::clone(unchanged.client_id())),
                        address: request.map(|request| request.device.address),
                        detail: Some(format!("device {device}")),
                    };
                    let along = Along { security_event: Some(record), ..told.unwrap_or_default() };
                    Change { next, write: Write::DurableWith(event, Box::new(along)), answer: true }
                }
                Err(_) => Change { next: unchanged, write: Write::Nothing, answer: false },
            }
        })
        .await
}
