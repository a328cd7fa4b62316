//! Who is done with an incident, or not after all? What the doors of operators share: the change, and its count.

use crate::app::App;
use crate::edge::metrics;
use tandem_core::incident::Actor;
use tandem_core::time::Timestamp;
use tandem_store::{LifeRefusal, StoreError};

/// Closes an incident.
pub async fn close(
    app: &App,
    id: i64,
    actor: Actor,
    now: Timestamp,
    note: Option<String>,
) -> Result<Result<(), LifeRefusal>, StoreError> {
    let outcome = app.store.close_incident(id, actor, now, note).await?;
    if outcome.is_ok() {
        count(app, id, "closed").await;
    }
    Ok(outcome)
}

/// Opens a closed one again.
pub async fn reopen(
    app: &App,
    id: i64,
    actor: Actor,
    now: Timestamp,
    note: Option<String>,
) -> Result<Result<(), LifeRefusal>, StoreError> {
    let outcome = app.store.reopen_incident(id, actor, now, note).await?;
    if outcome.is_ok() {
        count(app, id, "reopened").await;
    }
    Ok(outcome)
}

async fn count(app: &App, id: i64, step: &'static str) {
    match app.store.incident(id).await {
        Ok(Some(file)) => metrics::incident(file.incident.cause.as_str(), step),
        Ok(None) => {}
        Err(error) => tracing::warn!(incident = id, step, %error, "a step of an incident was not counted"),
    }
}
