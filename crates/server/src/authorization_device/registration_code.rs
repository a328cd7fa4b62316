//! With what does an app become a person's device? With a code from their page of devices: sealed, brief, used once.

use super::REGISTER;
use crate::app::App;
use crate::people::sealed_value::{open, seal};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

const LABEL: &str = "tandem authorization device registration";

/// How long a code can be used.
pub const LIFETIME: Duration = Duration::from_mins(10);

/// A code that is good, but may have been used.
pub(super) struct RegistrationCode {
    /// Who made it.
    pub sub: Arc<str>,
    unique: [u8; 16],
}

/// A fresh code for this person, as the link that an app reads.
pub fn link(app: &App, sub: &str, now: Timestamp) -> String {
    let unique: [u8; 16] = app.random.bytes();
    let payload = [&unique, sub.as_bytes()].concat();
    let code = seal(&app.keys.browser, LABEL, &payload, now.plus(LIFETIME));
    format!("{}?code={code}", app.url(REGISTER))
}

/// Reads a code; `None` if we did not make it, or its time is over.
pub(super) fn read(app: &App, code: &str, now: Timestamp) -> Option<RegistrationCode> {
    let payload = open(&app.keys.browser, LABEL, code, now)?;
    let (unique, sub) = payload.split_first_chunk::<16>()?;
    Some(RegistrationCode { sub: std::str::from_utf8(sub).ok()?.into(), unique: *unique })
}

impl RegistrationCode {
    /// Uses it up; `false` if somebody has.
    pub fn spend(&self, app: &App, now: Timestamp) -> bool {
        let key = Digest::of(&[LABEL.as_bytes(), &self.unique].concat());
        // However old it is, it ends before this.
        app.store.first_use(key, now.plus(LIFETIME), now)
    }
}
