//! How does a notice get to one device?

use super::device_detail::{self, Detail};
use super::email::{Letter, Mail, Mailer};
use super::web_push::{Push, WebPush};
use super::webhook::{AddressCode, Webhook};
use super::{Mailed, Notice, Pace, Parts, SetupError};
use crate::config::Config;
use crate::edge::metrics;
use crate::outgoing::Roots;
use crate::outgoing::gate::Gate;
use crate::pages::Locale;
use std::time::Duration;
use tandem_core::crossing::{Crossing, Event};
use tandem_store::{AuthorizationDevice, Change, DeviceChannel, Write};

/// Deliveries at once, in all and to the devices of one person: nobody's slow devices hold up those of others.
const MOST_ATTEMPTS: usize = 64;
const MOST_PER_PERSON: usize = 4;

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// It was taken.
    Delivered,
    /// Not now; the other side may have said for how long not.
    Later(Option<Duration>),
    /// Not to this browser, today or later: its push service does not know it any more.
    Gone,
    /// Not this one.
    Failed,
    /// There is nothing to send: the device asks by itself, or its channel is not set up.
    Passed,
}

/// Everything that carries notices.
pub(super) struct Delivery {
    parts: Parts,
    email: Option<Mailer>,
    web_push: WebPush,
    webhook: Option<Webhook>,
    issuer: String,
    default_locale: Locale,
    gate: Gate,
    pace: Pace,
    /// How long somebody who waits for a code may have to.
    code_patience: Duration,
}

impl Delivery {
    pub(super) fn new(config: &Config, roots: &Roots, parts: Parts, pace: Pace) -> Result<Self, SetupError> {
        let email = config.notifications.email.as_ref();
        let email = email.map(|settings| Mailer::new(settings, roots, config.issuer.host())).transpose()?;
        let webhook = config.notifications.webhook.as_ref();
        let webhook =
            webhook.map(|settings| Webhook::new(settings).ok_or(SetupError::Webhook)).transpose()?;
        let contact = config.notifications.web_push.contact.as_deref();
        Ok(Self {
            parts,
            email,
            web_push: WebPush::new(contact, config.issuer.as_str()),
            webhook,
            issuer: config.issuer.as_str().to_owned(),
            default_locale: Locale::from_tag(config.pages.default_language.as_str()).unwrap_or_default(),
            gate: Gate::new(MOST_ATTEMPTS, MOST_PER_PERSON),
            pace,
            // The page that says what came of it has to come in time.
            code_patience: Duration::from_secs(config.limits.request_timeout.into()) * 2 / 3,
        })
    }

    /// Whether a channel is set up.
    pub(super) const fn reaches(&self, channel: DeviceChannel) -> bool {
        match channel {
            DeviceChannel::Email => self.email.is_some(),
            DeviceChannel::Webhook => self.webhook.is_some(),
            DeviceChannel::App | DeviceChannel::WebPush => true,
        }
    }

    /// A mail to somebody who is no person of this server, in its turn.
    pub(super) async fn mail(&self, to: &str, subject: &str, text: &str) -> Mailed {
        let Some(mailer) = &self.email else { return Mailed::Failed };
        let mut pauses = self.pace.0.iter();
        loop {
            let (subject, text) = (subject.to_owned(), text.to_owned());
            let letter = Letter { to, subject, text, now: self.parts.clock.now() };
            match mailer.send_letter(self.parts.random, letter).await {
                Attempt::Delivered => return Mailed::Taken,
                Attempt::Later(_) => {}
                Attempt::Gone | Attempt::Failed | Attempt::Passed => return Mailed::Failed,
            }
            let Some(pause) = pauses.next() else { return Mailed::Failed };
            tokio::time::sleep(*pause).await;
        }
    }

    /// A code to an address, at once.
    pub(super) async fn send_code(&self, code: &AddressCode<'_>) -> bool {
        let Some(webhook) = &self.webhook else { return false };
        let (outgoing, now) = (&self.parts.outgoing, self.parts.clock.now());
        let taken = webhook.send_code(outgoing, code, self.code_patience, now).await;
        if !taken {
            tracing::warn!("a code for an address could not be sent");
        }
        metrics::notification("code", if taken { "delivered" } else { "failed" });
        taken
    }

    /// The devices to tell, as long as somebody can still answer.
    pub(super) async fn devices(&self, notice: &Notice) -> Vec<AuthorizationDevice> {
        if !self.is_waiting(notice) {
            return Vec::new();
        }
        match self.parts.store.authorization_devices_of(&notice.sub).await {
            Ok(devices) => {
                let untold = devices.iter().filter(|device| !notice.notified.contains(&device.id));
                untold.filter(|device| self.reaches(device.kind)).cloned().collect()
            }
            Err(error) => {
                tracing::error!(%error, "a person's devices could not be read; nobody is notified");
                Vec::new()
            }
        }
    }

    /// Tries until it is delivered, has failed for good, or nobody waits any more.
    pub(super) async fn deliver(&self, notice: &Notice, device: &AuthorizationDevice) {
        let channel = device.kind.as_str();
        let mut pauses = self.pace.0.iter();
        loop {
            let Some((attempt, tried)) = self.attempt(notice, device).await else {
                return metrics::notification(channel, "too_late");
            };
            let asked_for = match attempt {
                Attempt::Delivered => return self.delivered(notice, device).await,
                Attempt::Gone if self.gone(&tried).await => return,
                // The browser subscribed again meanwhile: there it was not tried yet, and need not wait.
                Attempt::Gone => None,
                Attempt::Failed => return metrics::notification(channel, "failed"),
                Attempt::Passed => return,
                Attempt::Later(asked_for) => Some(asked_for.unwrap_or_default()),
            };
            let Some(pause) = pauses.next() else {
                tracing::warn!(channel, "a notification was given up");
                return metrics::notification(channel, "failed");
            };
            let pause = asked_for.map_or(Duration::ZERO, |asked_for| asked_for.max(*pause));
            if self.parts.clock.now().plus(pause) >= notice.expires_at {
                return metrics::notification(channel, "failed");
            }
            metrics::notification(channel, "retried");
            tokio::time::sleep(pause).await;
        }
    }

    /// One attempt, in its turn, and the device as it was then; `None` if nobody waits any more.
    async fn attempt(
        &self,
        notice: &Notice,
        device: &AuthorizationDevice,
    ) -> Option<(Attempt, AuthorizationDevice)> {
        let _turn = self.gate.enter(&notice.sub).await?;
        if !self.is_waiting(notice) {
            return None;
        }
        // The person may have removed it while it waited for its turn or for the next attempt.
        let known = self.parts.store.authorization_device(device.id).await.ok().flatten();
        let device = known.filter(|known| known.sub == notice.sub)?;
        let Some(detail) = device_detail::open(&self.parts.keys, &device.detail) else {
            tracing::error!(device = %device.id, "what is stored of an authorization device cannot be opened");
            return Some((Attempt::Failed, device));
        };
        Some((self.send(notice, &detail).await, device))
    }

    /// The list of channels.
    async fn send(&self, notice: &Notice, detail: &Detail) -> Attempt {
        let link = format!("{}/inbox/{}", self.issuer, notice.crossing);
        let now = self.parts.clock.now();
        match (detail, &self.email, &self.webhook) {
            (Detail::Email { address }, Some(mailer), _) => {
                let locale = self.locale(notice).await;
                let mail = Mail { to: address, notice, link: &link, locale, now };
                mailer.send(&self.parts.pages, self.parts.random, mail).await
            }
            (Detail::Webhook { to }, _, Some(webhook)) => {
                let advice = self.parts.pages.words(self.locale(notice).await, "education-ciba-notice");
                webhook.send(&self.parts.outgoing, notice, (to, &link, &advice), now).await
            }
            (Detail::WebPush(subscription), ..) => {
                let locale = self.locale(notice).await;
                let push = Push { subscription, notice, link: &link, locale, now };
                self.web_push.send(&self.parts, push).await
            }
            (Detail::App { push: Some(subscription), .. }, ..) => {
                let locale = self.locale(notice).await;
                let push = Push { subscription, notice, link: &link, locale, now };
                match self.web_push.send(&self.parts, push).await {
                    // An app that is not woken up any more still asks by itself.
                    Attempt::Gone => Attempt::Failed,
                    attempt => attempt,
                }
            }
            _ => Attempt::Passed,
        }
    }

    /// The language of the person, as far as it is known.
    async fn locale(&self, notice: &Notice) -> Locale {
        let user = self.parts.store.user(&notice.sub).await.ok().flatten();
        let tag = user.as_ref().and_then(|user| user.locale.as_deref());
        tag.and_then(Locale::from_tag).unwrap_or(self.default_locale)
    }

    /// Whether somebody can still answer.
    fn is_waiting(&self, notice: &Notice) -> bool {
        self.parts.clock.now() < notice.expires_at
            && matches!(self.parts.store.crossing(notice.crossing), Some(Crossing::Pending(_)))
    }

    async fn delivered(&self, notice: &Notice, device: &AuthorizationDevice) {
        metrics::notification(device.kind.as_str(), "delivered");
        // So that a restart does not tell it again. Nobody waits for that: lost with a crash, it is told twice.
        let noted = self.parts.store.apply(notice.crossing, |crossing| {
            let write = match crossing {
                Crossing::Pending(_) => Write::Later(Event::Notified(device.id)),
                _ => Write::Nothing,
            };
            Change { next: crossing, write, answer: () }
        });
        if let Err(error) = noted.await {
            tracing::debug!(%error, "that a device took a notice could not be noted");
        }
        let now = self.parts.clock.now();
        if let Err(error) = self.parts.store.touch_authorization_device(device.id, now).await {
            tracing::warn!(%error, "when a device was last used could not be noted");
        }
    }

    /// It stays in the person's list, and says there why it is silent: their browser can still tell which subscription
    /// takes the place of this one. `false` if that is not the one any more that was tried: the answer came too late.
    async fn gone(&self, tried: &AuthorizationDevice) -> bool {
        let id = tried.id;
        let gone = match device_detail::seal(&self.parts.keys, &Detail::WebPushGone) {
            Ok(gone) => gone,
            Err(error) => {
                tracing::error!(%error, "that an authorization device is gone could not be sealed");
                return true;
            }
        };
        // What the person renewed or took away meanwhile stays as they left it.
        match self.parts.store.change_authorization_device(tried, gone).await {
            Ok(false) => return false,
            Ok(true) => tracing::info!(device = %id, "a push service knows an authorization device no more"),
            Err(error) => tracing::warn!(%error, "an authorization device that is gone could not be noted"),
        }
        metrics::notification(tried.kind.as_str(), "gone");
        true
    }
}
