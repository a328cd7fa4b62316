//! Who is done with an incident, or not after all? What the doors of operators share: the change, and its count.

use crate::app::App;
use crate::edge::metrics;
use tandem_core::incident::Actor;
use tandem_core::time::Timestamp;
use tandem_store::{LifeChange, LifeRefusal, StoreError};

/// Closes an incident, or opens it again.
pub async fn change(
    app: &App,
    id: i64,
    change: LifeChange,
    actor: Actor,
    now: Timestamp,
    note: Option<String>,
) -> Result<Result<(), LifeRefusal>, StoreError> {
    let outcome = app.store.change_incident(id, change, actor, now, note).await?;
    if outcome.is_ok() {
        count(app, id, change.word()).await;
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
