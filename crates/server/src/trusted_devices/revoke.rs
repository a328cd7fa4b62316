//! A device was revoked: what becomes of what it began? (BCP 6.1.7)

use crate::app::App;
use crate::incidents::stopping::{self, Record};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_store::{DeviceName, Instance, StoreError};

/// A device may have collected in the moments between its revocation by a command and our hearing of it: what it got is
/// ended for revocations of this time.
const LATELY: Duration = Duration::from_mins(10);
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
    let detail = format!("device {}", open.instance);
    let record = Record { kind: "request_of_revoked_device_ended", detail: &detail };
    if let Err(error) = stopping::stop(&app.store, open.crossing, record, now).await {
        tracing::error!(%error, crossing = %open.crossing, "a request of a revoked device could not be ended");
    }
}
