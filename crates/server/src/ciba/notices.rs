//! Which notices do people get of requests that wait for them, and which again after a restart?

use crate::app::App;
use crate::notifications::Notice;
use crate::quiet_hours;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId, Request as Asked, Sound};
use tandem_core::mitigations::rate_limits::{self, Whose};
use tandem_core::oauth::client::Client;
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

/// The notice of a request that makes itself heard; nothing if it is sent to nobody, or in silence.
pub fn notice(client: &Client, crossing: CrossingId, asked: &Asked) -> Option<Notice> {
    let backchannel = asked.backchannel.as_ref()?;
    let (Some(sub), Sound::Heard) = (backchannel.addressee.sub(), backchannel.sound) else { return None };
    Some(Notice {
        crossing,
        sub: Arc::clone(sub),
        asker: client.client_name.clone(),
        binding_message: backchannel.binding_message.as_deref().map(ToOwned::to_owned),
        initiated_at: asked.initiated_at,
        expires_at: asked.open_until(),
        notified: Vec::new(),
    })
}

/// Notices do not outlive the process that gives them. So at the start whoever was asked, has not come, and can still answer
/// is told on the devices that did not take the notice before, unless it is a quiet time by now.
pub async fn resume(app: Arc<App>) {
    for left in app.store.left_waiting() {
        let now = app.clock.now();
        let Some(notice) = due(&app, &left.crossing, now) else { continue };
        match is_quiet(&app, &left.crossing, &notice.sub, now).await {
            Ok(false) => app.notifier.notify_in_turn(Notice { notified: left.notified, ..notice }).await,
            Ok(true) => {}
            Err(error) => {
                tracing::error!(%error, "a person's settings could not be read; nobody is notified");
            }
        }
    }
}

/// The notice of a request that nobody came to yet, and still can.
fn due(app: &App, crossing: &Crossing, now: Timestamp) -> Option<Notice> {
    let Crossing::Pending(pending) = crossing else { return None };
    let client = app.clients.get(&pending.request.client_id).filter(|_| pending.waits_unseen(now))?;
    notice(&client, pending.id, &pending.request)
}

/// Whether the person, or the client's registration, wants quiet now.
async fn is_quiet(app: &App, crossing: &Crossing, sub: &str, now: Timestamp) -> Result<bool, StoreError> {
    let client = app.clients.get(crossing.client_id());
    let client = client.as_ref().and_then(|client| client.tandem_quiet_hours.as_ref());
    let settings = app.store.person_settings(sub).await?;
    let quiet = [(client, Whose::Client), (settings.quiet_hours.as_ref(), Whose::Person)];
    let times = quiet.into_iter().filter_map(|(hours, whose)| quiet_hours::now(hours?, whose, now));
    Ok(rate_limits::quiet_now(&times.collect::<Vec<_>>()).is_some())
}
