//! What may stand between a person and their yes? The parts that the question pages of all flows share.

use super::{Asker, Page, Warning};
use serde::Serialize;
use std::borrow::Cow;
use tandem_core::crossing::{Binding, NumberAnswer, NumberMatch};
use tandem_core::mitigations::request_binding::BindingAnswer;
use tandem_core::oauth::device_description::DeviceKind;

/// How the person gives the number that the other screen shows (`part_number.html`). The form posts `number`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NumberQuestion {
    /// They choose one.
    Pick {
        /// Two digits each, in an order that tells nothing.
        choices: Vec<String>,
    },
    /// They type it.
    Type,
}

impl NumberQuestion {
    /// How a request asks for its number. What is typed is nowhere on the page.
    pub fn of(number: &NumberMatch) -> Self {
        match number.answer {
            NumberAnswer::Pick => Self::Pick { choices: number.choices().map(|n| n.to_string()).to_vec() },
            NumberAnswer::Type => Self::Type,
        }
    }
}

/// How the person gives what they typed on the other device (`part_binding.html`). The form posts `binding`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum BindingQuestion {
    /// They see it, and tick that it is theirs.
    Confirm {
        /// What it is, in the client's words.
        label: String,
        /// What was typed.
        text: String,
    },
    /// They type it once more.
    Type {
        /// What it is, in the client's words.
        label: String,
    },
}

impl BindingQuestion {
    /// How a request asks for what is bound into it. What is typed is nowhere on the page.
    pub fn of(binding: &Binding) -> Self {
        let label = binding.label.to_string();
        match binding.answer {
            BindingAnswer::Confirm => Self::Confirm { label, text: binding.text.to_string() },
            BindingAnswer::Type => Self::Type { label },
        }
    }
}

/// What a person does first when the request demands more than their session. While it is there, the page has no Allow and
/// asks for nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Confirm {
    /// They sign in again with a passkey.
    Passkey {
        /// Where: a path on this server that leads back here, `/sign-in?next=/inbox/{id}&again=1`.
        address: String,
    },
    /// They have no passkey, and get one.
    AddPasskey {
        /// Where: a path on this server.
        address: String,
    },
}

/// Why an answer did not count (`part_trouble.html`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RequestTrouble {
    /// A yes without the number. Costs no try.
    NumberMissing,
    /// A yes with another number. After the last try the request ends.
    NumberWrong {
        /// How many tries are left, at least one.
        tries_left: u64,
    },
    /// A yes without what was typed on the other device. Costs no try.
    BindingMissing,
    /// A yes with something else. After the last try the request ends.
    BindingWrong {
        /// How many tries are left, at least one.
        tries_left: u64,
    },
    /// The form was too old, or did not come from this page (CSRF).
    FormExpired,
}

/// The page before the question of a risky request (BCP 6.1.13): what is odd, and what a scam looks like. The form posts
/// `decision` (`deny`, `continue` or `report`), `crossing` and `csrf`.
#[derive(Debug, Clone, Serialize)]
pub struct Warn {
    /// Where the form goes: `/device/decision` or `/inbox/{id}`.
    pub action: String,
    /// Which words fit.
    pub flow: WarnFlow,
    /// Who asks.
    pub asker: Asker,
    /// What is odd about this request; nothing if everybody reads this page.
    pub warnings: Vec<Warning>,
    /// The handler's own mark of the request, sealed, sent back with the answer.
    pub crossing: String,
}

/// How the request came to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarnFlow {
    /// They opened it by a code.
    Device,
    /// It was sent to them.
    Request,
}

impl Page for Warn {
    const TEMPLATE: &'static str = "warn.html";

    fn title_key(&self) -> Cow<'static, str> {
        "warn-title".into()
    }
}

/// The page after a yes that the other device must complete with a PIN (BCP 6.1.16). The form posts `decision`
/// (`report`), `crossing` and `csrf`.
#[derive(Debug, Clone, Serialize)]
pub struct ShowPin {
    /// Where the form goes: `/device/decision` or `/inbox/{id}`.
    pub action: String,
    /// The service's name.
    pub asker: String,
    /// The sort of device that waits for the PIN.
    pub device: DeviceKind,
    /// The PIN, in groups.
    pub pin: String,
    /// Seconds until it is worth nothing.
    pub seconds_left: u64,
    /// The handler's own mark of the request, sealed, sent back with the report.
    pub crossing: String,
}

impl Page for ShowPin {
    const TEMPLATE: &'static str = "show_pin.html";

    fn title_key(&self) -> Cow<'static, str> {
        "pin-title".into()
    }
}
