//! How does a person add, rename and remove what notifies them?

use super::address_verification;
use super::browser::SignedIn;
use super::device_room;
use super::devices::{Failed, Outcome, Sent};
use super::passkey_registration::FRESH;
use super::throttle::event;
use crate::app::App;
use crate::authorization_device::registration_code;
use crate::notifications::device_detail::{self, Detail};
use crate::pages::views::{AppLink, DevicesFlash, DevicesTrouble};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::oauth::device_description::{MAX_NAME, clean_name};
use tandem_store::{
    AuthorizationDevice, DeviceChannel, MOST_AUTHORIZATION_DEVICES, SecurityEvent, StoreError,
};

/// A channel that leads to one address of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    /// Their e-mail address, which is known to be theirs.
    Mailbox,
    /// What they typed, for the operator's own service, and showed to be theirs.
    Typed,
}

impl Address {
    const fn channel(self) -> DeviceChannel {
        match self {
            Self::Mailbox => DeviceChannel::Email,
            Self::Typed => DeviceChannel::Webhook,
        }
    }

    /// A person has one device of such a channel.
    pub(super) fn id(self, sub: &str) -> Digest {
        Digest::of(format!("tandem {} device of {sub}", self.channel().as_str()).as_bytes())
    }
}

/// What a person calls a device; an address has no other name unless they give it one.
pub(super) fn name_of(app: &App, device: &AuthorizationDevice) -> String {
    if !device.name.is_empty() {
        return device.name.clone();
    }
    match device_detail::open(&app.keys, &device.detail) {
        Some(Detail::Email { address }) => address,
        Some(Detail::Webhook { to }) => to,
        Some(Detail::App { .. } | Detail::WebPush(_) | Detail::WebPushGone) | None => {
            device.kind.as_str().to_owned()
        }
    }
}

/// The address of a device that a person typed.
pub(super) fn typed_address(app: &App, device: &AuthorizationDevice) -> Option<String> {
    match device_detail::open(&app.keys, &device.detail) {
        Some(Detail::Webhook { to }) => Some(to),
        _ => None,
    }
}

/// The e-mail address that is known to be this person's.
pub(super) fn mailbox(person: &SignedIn) -> Option<&str> {
    person.user.email.as_deref().filter(|_| person.user.email_verified)
}

/// `rename`.
pub(super) async fn rename(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    let Some(id) = device_id(sent) else { return Ok(Outcome::Missing) };
    let typed = sent.form.get("name").unwrap_or_default();
    let name = clean_name(typed).filter(|_| typed.trim().chars().nth(MAX_NAME).is_none());
    let Some(name) = name else {
        let trouble = DevicesTrouble::NameInvalid { device: id.to_string(), longest: MAX_NAME as u64 };
        return Ok(Outcome::Wrong(trouble));
    };
    let renamed = app.store.rename_authorization_device(id, &sent.person.user.sub, &name).await?;
    Ok(if renamed { Outcome::Done(DevicesFlash::Renamed) } else { Outcome::Missing })
}

/// `remove`: nothing is sent to the device any more, and nothing is taken from it.
pub(super) async fn remove(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    let Some(id) = device_id(sent) else { return Ok(Outcome::Missing) };
    let removed = end(app, sent, id).await?;
    Ok(if removed { Outcome::Done(DevicesFlash::Removed) } else { Outcome::Missing })
}

/// `app`: a link that makes an app a device. Who finds an unlocked browser must not get a lasting way in.
pub(super) fn app(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    let (visit, person) = (sent.visit, sent.person);
    if visit.now.since(person.session.auth_time) > FRESH {
        return Ok(Outcome::SignInAgain);
    }
    let address = registration_code::link(app, &person.user.sub, visit.now);
    let label = app.pages.words(visit.browser.locale(), AppLink::LABEL);
    let link = AppLink::new(address, registration_code::LIFETIME.as_secs(), &label).map_err(|error| {
        tracing::error!(%error, "the picture of a registration code could not be drawn");
        Failed::Internal
    })?;
    Ok(Outcome::App(link))
}

/// `email` and `webhook`.
pub(super) async fn switch(app: &App, sent: &Sent<'_>, kind: Address) -> Result<Outcome, Failed> {
    let id = kind.id(&sent.person.user.sub);
    let detail = match (kind, sent.form.get("change")) {
        (Address::Mailbox, Some("off")) | (Address::Typed, Some("remove")) => {
            // Switched off twice is off.
            end(app, sent, id).await?;
            return Ok(Outcome::Done(match kind {
                Address::Mailbox => DevicesFlash::EmailOff,
                Address::Typed => DevicesFlash::WebhookRemoved,
            }));
        }
        _ if !app.notifier.reaches(kind.channel()) => return Ok(Outcome::Missing),
        (Address::Mailbox, Some("on")) => match mailbox(sent.person) {
            Some(address) => Detail::Email { address: address.to_owned() },
            None => return Ok(Outcome::Missing),
        },
        (Address::Typed, Some("save")) => return address_verification::begin(app, sent).await,
        _ => return Ok(Outcome::Missing),
    };
    if !put(app, sent, id, kind.channel(), &detail).await? {
        return Ok(Outcome::Wrong(DevicesTrouble::TooManyDevices {
            most: MOST_AUTHORIZATION_DEVICES.into(),
        }));
    }
    Ok(Outcome::Done(DevicesFlash::EmailOn))
}

fn device_id(sent: &Sent<'_>) -> Option<Digest> {
    let bytes = URL_SAFE_NO_PAD.decode(sent.form.get("device")?).ok()?;
    bytes.try_into().ok().map(Digest::from_bytes)
}

/// Keeps what reaches a person; `false` if they have no room for another.
pub(super) async fn put(
    app: &App,
    sent: &Sent<'_>,
    id: Digest,
    kind: DeviceChannel,
    detail: &Detail,
) -> Result<bool, Failed> {
    let known = app.store.authorization_device(id).await?;
    let sealed = device_detail::seal(&app.keys, detail).map_err(|error| {
        tracing::error!(%error, "an authorization device could not be sealed");
        Failed::Internal
    })?;
    let changed = match known.as_ref().map(|known| device_detail::open(&app.keys, &known.detail)) {
        None => Some("authorization_device_added"),
        Some(old) if old.as_ref() != Some(detail) => Some("authorization_device_changed"),
        Some(_) => None,
    };
    let device = AuthorizationDevice {
        id,
        sub: Arc::clone(&sent.person.user.sub),
        kind,
        // Only the sealed detail has the address.
        name: known.as_ref().map_or_else(String::new, |device| device.name.clone()),
        detail: sealed,
        created_at: known.as_ref().map_or(sent.visit.now, |device| device.created_at),
        last_used_at: known.and_then(|device| device.last_used_at),
    };
    let put = device_room::keep(app, device, sent.visit.now, sent.visit.address).await?;
    if put && let Some(changed) = changed {
        record(app, sent, changed, kind).await?;
    }
    Ok(put)
}

async fn end(app: &App, sent: &Sent<'_>, id: Digest) -> Result<bool, StoreError> {
    let sub = &sent.person.user.sub;
    let Some(device) = app.store.authorization_device(id).await? else { return Ok(false) };
    let removed = app.store.remove_authorization_device(id, sub).await?;
    if removed {
        record(app, sent, "authorization_device_removed", device.kind).await?;
    }
    Ok(removed)
}

async fn record(app: &App, sent: &Sent<'_>, what: &str, kind: DeviceChannel) -> Result<(), StoreError> {
    let (sub, visit) = (Arc::clone(&sent.person.user.sub), sent.visit);
    let detail = Some(kind.as_str().to_owned());
    app.store.record_event(SecurityEvent { detail, ..event(what, visit.now, Some(sub), visit.address) }).await
}
