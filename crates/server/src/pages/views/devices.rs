//! How do requests reach a person, and how do they change that?

use super::Page;
use crate::pages::{QrError, qr_svg};
use serde::Serialize;
use std::borrow::Cow;

/// `GET /account/devices`, and the answer to a form of it that needs another try. Every form posts `csrf`, and to
/// `/account/devices/…`:
///
/// - `rename`: `device` (its id), `name`
/// - `remove`: `device`
/// - `app`: nothing more; the answer is this page with [`Devices::app`]
/// - `email`: `change` (`on` or `off`)
/// - `webhook`: `address`, `change` (`save` or `remove`); the answer to a new address is this page with
///   [`TextMessages::code`]
/// - `webhook/code`: `verification`, `code`
/// - `user-code`: `user_code`, `password` (missing where [`PasswordField::NotNeeded`]), `change` (`save` or `remove`)
/// - `quiet-hours`: `from`, `until` (`HH:MM`), `zone` (an IANA name), `change` (`save` or `remove`)
#[derive(Debug, Clone, Serialize)]
pub struct Devices {
    /// The person's authorization devices, oldest first, of every channel.
    pub devices: Vec<AuthorizationDevice>,
    /// What adds an app: only right after the person asked for it.
    pub app: Option<AppLink>,
    /// Notifications in browsers; `None` if the operator has switched them off.
    pub web_push: Option<WebPush>,
    /// E-mail; `None` if the operator has set none up.
    pub email: Option<EmailNotices>,
    /// Text messages; `None` if the operator has set none up.
    pub webhook: Option<TextMessages>,
    /// The secret that must be known to send this person a request.
    pub user_code: UserCode,
    /// When nothing makes itself heard.
    pub quiet_hours: QuietHours,
    /// What was just done, said once.
    pub flash: Option<DevicesFlash>,
    /// What was wrong with the last try.
    pub trouble: Option<DevicesTrouble>,
}

/// One authorization device.
#[derive(Debug, Clone, Serialize)]
pub struct AuthorizationDevice {
    /// Its identifier, sent back to rename or remove it.
    pub id: String,
    /// The name that the person or the app gave it.
    pub name: String,
    /// How it is reached.
    pub channel: Channel,
    /// How long ago it was added, in seconds.
    pub added_seconds_ago: u64,
    /// How long ago it was last used, in seconds; `None` if never.
    pub used_seconds_ago: Option<u64>,
    /// Whether it can be reached, as far as we know.
    pub reach: Reach,
}

/// Whether something can be sent to an authorization device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nothing speaks against it.
    Open,
    /// The browser's push service does not know it any more.
    Gone,
}

/// How an authorization device is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// An app of its own, which signs.
    App,
    /// A notification of a browser.
    WebPush,
    /// An e-mail.
    Email,
    /// A text message, or whatever the operator made of it.
    Webhook,
}

/// What adds an app: an address that works once, and its picture.
#[derive(Debug, Clone, Serialize)]
pub struct AppLink {
    address: String,
    seconds_left: u64,
    svg: String,
}

impl AppLink {
    /// The message that describes the picture.
    pub const LABEL: &'static str = "devices-app-qr";

    /// `address` is what the app reads; `label` is [`Self::LABEL`] in the person's language.
    pub fn new(address: String, seconds_left: u64, label: &str) -> Result<Self, QrError> {
        let svg = qr_svg(&address, label)?;
        Ok(Self { address, seconds_left, svg })
    }
}

/// Notifications in browsers. The script `web-push.js` does the rest.
#[derive(Debug, Clone, Serialize)]
pub struct WebPush {
    /// The server's public key (RFC 8292), in base64url.
    pub key: String,
}

/// E-mail to the person's own verified address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EmailNotices {
    /// The account has no verified address.
    NoAddress,
    /// Switched off.
    Off {
        /// Where it would go.
        address: String,
    },
    /// Switched on.
    On {
        /// Where it goes.
        address: String,
    },
}

/// Messages that the operator's own service delivers, to a phone for example.
#[derive(Debug, Clone, Serialize)]
pub struct TextMessages {
    /// Whether they are sent.
    pub state: Setting,
    /// Where they go, or what was typed before a mistake; empty at first.
    pub address: String,
    /// A code that was sent to a new address: only right after the person asked for it.
    pub code: Option<AddressCode>,
}

/// A code that was sent to an address, for the person to type.
#[derive(Debug, Clone, Serialize)]
pub struct AddressCode {
    /// Where it was sent.
    pub address: String,
    /// What is sent back with the code, sealed.
    pub verification: String,
    /// For how long it can be typed, in seconds.
    pub seconds_left: u64,
}

/// Whether the person made a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// They did.
    Set,
    /// They did not.
    Unset,
}

/// The user code (CIBA Core section 7.1): a secret that an asker must know.
#[derive(Debug, Clone, Serialize)]
pub struct UserCode {
    /// Whether there is one.
    pub state: Setting,
    /// The fewest characters that it may have.
    pub shortest: u64,
    /// The most characters that it may have.
    pub longest: u64,
    /// Whether changing it needs the password.
    pub password: PasswordField,
}

/// Whether a form asks for the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordField {
    /// It does.
    Asked,
    /// The person has only just proved who they are.
    NotNeeded,
}

/// When nothing makes itself heard.
#[derive(Debug, Clone, Serialize)]
pub struct QuietHours {
    /// Whether there are any.
    pub state: Setting,
    /// When they begin, `HH:MM`: what is set, what was typed, or a proposal.
    pub from: String,
    /// When they end, `HH:MM`.
    pub until: String,
    /// The time zone in which this is meant: one of `zones`.
    pub zone: String,
    /// The names of the time zones to choose from (IANA).
    pub zones: Vec<String>,
}

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DevicesFlash {
    /// A device has another name.
    Renamed,
    /// A device was removed.
    Removed,
    /// E-mail was switched on.
    EmailOn,
    /// E-mail was switched off.
    EmailOff,
    /// Text messages were switched on, or go elsewhere.
    WebhookSaved,
    /// Text messages were switched off.
    WebhookRemoved,
    /// The user code was set or changed.
    UserCodeSaved,
    /// The user code was removed.
    UserCodeRemoved,
    /// Quiet hours were set or changed.
    QuietHoursSaved,
    /// Quiet hours were removed.
    QuietHoursRemoved,
}

impl DevicesFlash {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Renamed,
        Self::Removed,
        Self::EmailOn,
        Self::EmailOff,
        Self::WebhookSaved,
        Self::WebhookRemoved,
        Self::UserCodeSaved,
        Self::UserCodeRemoved,
        Self::QuietHoursSaved,
        Self::QuietHoursRemoved,
    ];
}

/// Why a form did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DevicesTrouble {
    /// The new name of a device is empty or too long.
    NameInvalid {
        /// The device.
        device: String,
        /// The most characters that a name may have.
        longest: u64,
    },
    /// The person has as many devices as anybody may have.
    TooManyDevices {
        /// How many that is.
        most: u64,
    },
    /// The operator's service cannot send to such an address.
    AddressInvalid,
    /// What was typed is no code of an address: those have six digits.
    CodeInvalid,
    /// It is not the code that was sent to the address.
    CodeWrong {
        /// How many tries are left.
        tries_left: u64,
    },
    /// The time of the code is over.
    CodeExpired,
    /// The code was used, or too many others were tried for it.
    CodeSpent,
    /// No code could be sent to the address.
    CodeNotSent,
    /// Too many codes were sent for the person, to the address, or from where they are.
    TooManyCodes {
        /// Seconds until another is sent.
        retry_after: u64,
    },
    /// The user code is too short, too long, or has unusable characters.
    UserCodeInvalid,
    /// The password is wrong.
    PasswordWrong,
    /// Too many wrong passwords.
    TooManyTries {
        /// Seconds until the next try is heard.
        retry_after: u64,
    },
    /// The quiet hours do not begin or do not end at a time, or begin when they end.
    TimesInvalid,
    /// There is no such time zone.
    ZoneInvalid,
    /// The form was too old, or did not come from this page (CSRF).
    FormExpired,
}

impl Page for Devices {
    const TEMPLATE: &'static str = "devices.html";

    fn title_key(&self) -> Cow<'static, str> {
        "devices-title".into()
    }
}
