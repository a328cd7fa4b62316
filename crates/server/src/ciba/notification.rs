//! What must be kept so that a client can be called back, and how is it kept? Sealed: both are secrets.

use crate::app::App;
use serde::{Deserialize, Serialize};
use tandem_core::crossing::CrossingId;

const LABEL: &str = "tandem ciba notification";

/// What a callback needs to know (CIBA Core sections 10.2 and 10.3).
#[derive(Serialize, Deserialize)]
pub struct Notification {
    /// What the client knows the request by.
    pub auth_req_id: String,
    /// What proves to the client that we call.
    pub client_notification_token: String,
}

impl Notification {
    /// The text to keep.
    pub fn seal(&self, app: &App) -> Option<Box<str>> {
        let text = serde_json::to_string(self).ok()?;
        app.keys.seal_text(LABEL, &text).ok().map(Into::into)
    }

    /// Reads what was kept, if it is of this crossing.
    pub fn open(app: &App, sealed: &str, crossing: CrossingId) -> Option<Self> {
        let text = app.keys.open_text(LABEL, sealed)?;
        let notification: Self = serde_json::from_str(&text).ok()?;
        (CrossingId::of_secret(&notification.auth_req_id) == crossing).then_some(notification)
    }
}
