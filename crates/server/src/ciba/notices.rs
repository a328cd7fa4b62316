//! How do people get the notices of requests that wait for them, and those that a restart may have lost?

use crate::app::App;
use crate::notifications::Notice;
use crate::quiet_hours;
use std::sync::Arc;
use tandem_core::ciba::notice::{Missed, told};
use tandem_core::crossing::{CrossingId, Request as Asked};
use tandem_core::mitigations::rate_limits::QuietTime;
use tandem_core::oauth::client::Client;
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

/// The notice of a request, if anybody is told of it.
pub fn notice(client: &Client, crossing: CrossingId, asked: &Asked) -> Option<Notice> {
    let sub = told(asked)?;
    let binding_message = asked.backchannel.as_ref().and_then(|asked| asked.binding_message.as_deref());
    Some(Notice {
        crossing,
        sub: Arc::clone(sub),
        asker: client.client_name.clone(),
        binding_message: binding_message.map(ToOwned::to_owned),
        initiated_at: asked.initiated_at,
        expires_at: asked.open_until(),
        notified: Vec::new(),
    })
}

/// Tells of what was missed, at the start: those devices that did not take the notice before.
pub async fn resume(app: Arc<App>) {
    for left in app.store.left_waiting() {
        let now = app.clock.now();
        let Some(missed) = Missed::of(&left.crossing, now) else { continue };
        let asked = &missed.pending.request;
        let Some(client) = app.clients.get(&asked.client_id) else { continue };
        match quiet_times(&app, &client, missed.sub, now).await {
            Ok(quiet_times) if missed.is_told_again(&quiet_times) => {
                let Some(notice) = notice(&client, missed.pending.id, asked) else { continue };
                app.notifier.notify_in_turn(Notice { notified: left.notified, ..notice }).await;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "a person's settings could not be read; nobody is notified");
            }
        }
    }
}

/// The quiet hours of the person and of the client's registration, and what time it is there.
async fn quiet_times(
    app: &App,
    client: &Client,
    sub: &str,
    now: Timestamp,
) -> Result<Vec<QuietTime>, StoreError> {
    let settings = app.store.person_settings(sub).await?;
    Ok(quiet_hours::of_both(client.tandem_quiet_hours.as_ref(), settings.quiet_hours.as_ref(), now))
}
