//! May somebody try to sign in now? Failures count, for the account and for the address.
//!
//! An account that somebody locks by guessing its password can still be opened by its passkeys, which cannot be
//! guessed: they only count for the address.

use crate::app::App;
use crate::rate_limits::Caller;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::time::Timestamp;
use tandem_store::{SecurityEvent, StoreError};

/// Who tries to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempted<'a> {
    /// The account by the name that was typed, whether it exists or not; none for a passkey.
    pub account: Option<&'a str>,
    /// From where.
    pub address: IpAddr,
}

impl Attempted<'_> {
    /// Seconds until the next try is heard, if this one is not.
    pub fn wait(&self, app: &App, now: Timestamp) -> Option<u64> {
        let account = self.account.map(|name| app.limits.sign_in_account.peek(&Caller::Name(name), now));
        let address = app.limits.sign_in_address.peek(&Caller::Address(self.address), now);
        let waits = account.into_iter().chain([address]).filter_map(|attempt| match attempt {
            Attempt::Within => None,
            Attempt::Exceeded { retry_after } => Some(retry_after),
        });
        waits.max().map(in_seconds)
    }

    /// Counts a failure. The one that uses up a limit is recorded: later ones are not even tried.
    pub async fn failed(&self, app: &App, sub: Option<Arc<str>>, now: Timestamp) -> Result<(), StoreError> {
        if let Some(name) = self.account {
            app.limits.sign_in_account.take(&Caller::Name(name), now);
        }
        app.limits.sign_in_address.take(&Caller::Address(self.address), now);
        if self.wait(app, now).is_none() {
            return Ok(());
        }
        let detail = Some("too many failed tries to sign in".to_owned());
        app.store
            .record_event(SecurityEvent { detail, ..event("sign_in_failed", now, sub, self.address) })
            .await
    }
}

/// A wait as people and headers are told it. Rounded up: whoever waits as long as told is heard.
pub fn in_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_micros().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1)
}

/// A security event about a person.
pub fn event(kind: &str, at: Timestamp, sub: Option<Arc<str>>, address: IpAddr) -> SecurityEvent {
    SecurityEvent {
        at,
        kind: kind.to_owned(),
        crossing: None,
        sub,
        client_id: None,
        address: Some(address),
        detail: None,
    }
}
