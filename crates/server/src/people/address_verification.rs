//! Is the number that a person typed theirs? A code goes there first: until they typed it, nothing is kept and nothing
//! else is sent.

use super::browser::SignedIn;
use super::device_channels::{self, Address};
use super::device_room;
use super::devices::{Failed, Outcome, Sent};
use super::throttle::{event, in_seconds};
use crate::app::App;
use crate::notifications::AddressCode;
use crate::notifications::device_detail::Detail;
use crate::pages::Locale;
use crate::pages::views::{AddressCode as Shown, DevicesFlash, DevicesTrouble};
use crate::rate_limits::Caller;
use std::sync::Arc;
use tandem_core::address_verification::{
    self as verification, AddressVerification, Code, Refused, Whose, clean_address, counted_as,
};
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::time::Timestamp;
use tandem_store::{DeviceChannel, MOST_AUTHORIZATION_DEVICES, SecurityEvent};

const PURPOSE: &str = "address verification";

/// `webhook`, `save`: sends a code to the address, if it is another than before.
pub(super) async fn begin(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    let Some(address) = clean_address(sent.form.get("address").unwrap_or_default()) else {
        return Ok(Outcome::Wrong(DevicesTrouble::AddressInvalid));
    };
    if is_theirs(app, sent, &address).await? {
        return Ok(Outcome::Done(DevicesFlash::WebhookSaved));
    }
    let (person, now) = (sent.person, sent.visit.now);
    // A message that leads nowhere is not sent.
    if !device_room::has_room(app, &person.user.sub, Address::Typed.id(&person.user.sub)).await? {
        return Ok(Outcome::Wrong(full()));
    }
    if let Some(retry_after) = wait(app, sent, &address) {
        return Ok(Outcome::Wrong(DevicesTrouble::TooManyCodes { retry_after }));
    }
    let code = Code::from_random(app.random.bytes());
    let id = Digest::from_bytes(app.random.bytes());
    let pending = AddressVerification::begin(id, whose(person), &address, code, &app.keys.browser, now);
    let form = shown(app, &pending, now)?;
    if !send(app, sent, &pending, code).await {
        return Ok(Outcome::Wrong(DevicesTrouble::CodeNotSent));
    }
    Ok(Outcome::Code(form, None))
}

/// `webhook/code`: keeps the address, if this is the code.
pub(super) async fn finish(app: &App, sent: &Sent<'_>) -> Result<Outcome, Failed> {
    if !app.notifier.reaches(DeviceChannel::Webhook) {
        return Ok(Outcome::Missing);
    }
    let (person, now) = (sent.person, sent.visit.now);
    let wrong = |trouble| Ok(Outcome::Wrong(trouble));
    let Some(pending) = sent.form.get("verification").and_then(|sealed| open(app, sealed)) else {
        return wrong(DevicesTrouble::FormExpired);
    };
    let typed = sent.form.get("code").unwrap_or_default();
    let attempt = match pending.attempt(whose(person), typed, now) {
        Ok(attempt) => attempt,
        Err(Refused::NotTheirs) => return wrong(DevicesTrouble::FormExpired),
        Err(Refused::Expired) => return wrong(DevicesTrouble::CodeExpired),
        Err(Refused::NotACode) => {
            return Ok(Outcome::Code(shown(app, &pending, now)?, Some(DevicesTrouble::CodeInvalid)));
        }
    };
    let ends = pending.expires_at();
    if app.store.is_used(pending.use_key(), now) {
        // The button was pressed twice, perhaps.
        let is_theirs = is_theirs(app, sent, pending.address()).await?;
        let saved = Outcome::Done(DevicesFlash::WebhookSaved);
        return Ok(if is_theirs { saved } else { Outcome::Wrong(DevicesTrouble::CodeSpent) });
    }
    // Taken before anything is compared: of many attempts at once no more are heard either.
    let Some(taken) = attempt.tries().find(|one| app.store.first_use(one.key, ends, now)) else {
        return wrong(DevicesTrouble::CodeSpent);
    };
    match attempt.outcome(taken, &app.keys.browser) {
        verification::Outcome::Wrong { tries_left: 0 } => {
            record_guessing(app, sent).await?;
            wrong(DevicesTrouble::CodeSpent)
        }
        verification::Outcome::Wrong { tries_left } => {
            let trouble = DevicesTrouble::CodeWrong { tries_left: tries_left.into() };
            Ok(Outcome::Code(shown(app, &pending, now)?, Some(trouble)))
        }
        verification::Outcome::Verified if !app.store.first_use(pending.use_key(), ends, now) => {
            wrong(DevicesTrouble::CodeSpent)
        }
        verification::Outcome::Verified => {
            let id = Address::Typed.id(&person.user.sub);
            let detail = Detail::Webhook { to: pending.address().to_owned() };
            let kept = device_channels::put(app, sent, id, DeviceChannel::Webhook, &detail).await?;
            Ok(if kept { Outcome::Done(DevicesFlash::WebhookSaved) } else { Outcome::Wrong(full()) })
        }
    }
}

fn whose(person: &SignedIn) -> Whose<'_> {
    Whose { sub: &person.user.sub, session: person.session.id }
}

fn full() -> DevicesTrouble {
    DevicesTrouble::TooManyDevices { most: MOST_AUTHORIZATION_DEVICES.into() }
}

/// Whether messages go to this very address already.
async fn is_theirs(app: &App, sent: &Sent<'_>, address: &str) -> Result<bool, Failed> {
    let device = app.store.authorization_device(Address::Typed.id(&sent.person.user.sub)).await?;
    Ok(device.is_some_and(|device| device_channels::typed_address(app, &device).as_deref() == Some(address)))
}

/// Seconds until another code is sent, if this one is not. What is sent counts, whether it arrives or not.
fn wait(app: &App, sent: &Sent<'_>, address: &str) -> Option<u64> {
    let now = sent.visit.now;
    let number = counted_as(address);
    let limits = [
        (&app.limits.code_person, Caller::Name(&sent.person.user.sub)),
        (&app.limits.code_number, Caller::Name(&number)),
        (&app.limits.code_address, Caller::Address(sent.visit.address)),
    ];
    let after = |attempt| match attempt {
        Attempt::Within => None,
        Attempt::Exceeded { retry_after } => Some(retry_after),
    };
    // Looked at first, so that who has to wait for one limit does not use up the others.
    let peeked = limits.iter().filter_map(|(limit, caller)| after(limit.peek(caller, now))).max();
    let taken = || limits.iter().find_map(|(limit, caller)| after(limit.take(caller, now)));
    peeked.or_else(taken).map(in_seconds)
}

/// Whether the operator's service took the message.
async fn send(app: &App, sent: &Sent<'_>, pending: &AddressVerification, code: Code) -> bool {
    let user = &sent.person.user;
    let locale = user.locale.as_deref().and_then(Locale::from_tag);
    let locale = locale.unwrap_or_else(|| sent.visit.browser.locale());
    let digits = code.digits();
    let values = [("code", digits.as_str()), ("operator", app.pages.operator())];
    let text = app.pages.sentence(locale, "address-code", &values);
    let message = AddressCode {
        id: pending.id(),
        sub: &user.sub,
        to: pending.address(),
        code: &digits,
        text: &text,
        expires_at: pending.expires_at(),
    };
    app.notifier.send_code(&message).await
}

/// What the page shows. The address and what belongs to the code are encrypted: a digest of six digits is soon undone.
fn shown(app: &App, pending: &AddressVerification, now: Timestamp) -> Result<Shown, Failed> {
    let unsealed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the verification of an address could not be sealed");
        Failed::Internal
    };
    let text = serde_json::to_string(pending).map_err(|error| unsealed(&error))?;
    let verification = app.keys.seal_text(PURPOSE, &text).map_err(|error| unsealed(&error))?;
    Ok(Shown {
        address: pending.address().to_owned(),
        verification,
        seconds_left: pending.expires_at().since(now).as_secs(),
    })
}

fn open(app: &App, sealed: &str) -> Option<AddressVerification> {
    serde_json::from_str(&app.keys.open_text(PURPOSE, sealed)?).ok()
}

async fn record_guessing(app: &App, sent: &Sent<'_>) -> Result<(), Failed> {
    let (sub, visit) = (Arc::clone(&sent.person.user.sub), sent.visit);
    let detail = Some("too many wrong codes".to_owned());
    let kept = event("address_not_verified", visit.now, Some(sub), visit.address);
    Ok(app.store.record_event(SecurityEvent { detail, ..kept }).await?)
}
