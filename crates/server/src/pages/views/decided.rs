//! What happened with the answer, and what now?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;
use tandem_core::crossing::DenialReason;
use tandem_core::mitigations::{Reason, Signal};
use tandem_core::oauth::device_description::DeviceKind;

/// The answer to `POST /device/decision` or `POST /inbox/{id}`, or to a request that cannot be answered any more.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// What happened.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// The person allowed it.
    Allowed {
        /// The service's name.
        asker: String,
        /// The sort of device to go back to.
        device: DeviceKind,
    },
    /// The person denied it.
    Denied {
        /// The service's name.
        asker: String,
    },
    /// The person did not start it, and said so.
    Reported {
        /// The service's name.
        asker: String,
    },
    /// The person did not start something that has access already, and said so: it has none any more.
    AccessReported {
        /// The service's name.
        asker: String,
    },
    /// The time was over before the answer came.
    Expired,
    /// It was answered before; what the answer was is not said.
    AlreadyAnswered,
    /// The number of the device was wrong too often, so the request was stopped.
    NumberWrong {
        /// The service's name.
        asker: String,
    },
    /// What was typed on the device was given wrongly too often, so the request was stopped.
    BindingWrong {
        /// The service's name.
        asker: String,
    },
    /// Policy stands in the way. Said only to who opened the request with a true code.
    Refused {
        /// Why.
        why: Why,
    },
    /// Policy stands in the way of a request that was sent to the person.
    RequestRefused {
        /// Why.
        why: Why,
        /// How they can still say no, as long as it waits.
        no: Option<No>,
    },
    /// The person allowed a request that was sent to them.
    RequestAllowed {
        /// The service's name.
        asker: String,
    },
    /// The person denied a request that was sent to them.
    RequestDenied {
        /// The service's name.
        asker: String,
    },
    /// The person did not start a request that was sent to them, and said so.
    RequestReported {
        /// The service's name.
        asker: String,
    },
    /// The number of the other screen was wrong too often, so the request was stopped.
    RequestNumberWrong {
        /// The service's name.
        asker: String,
    },
    /// What was typed on the other screen was given wrongly too often, so the request was stopped.
    RequestBindingWrong {
        /// The service's name.
        asker: String,
    },
    /// The time of a request that was sent to the person was over before the answer came.
    RequestExpired,
    /// A request that was sent to the person was answered before, here or on another of their devices.
    RequestAlreadyAnswered,
}

/// A form that can only say no to a request that was sent to the person. It posts `decision` (`deny` or `report`),
/// `crossing` and `csrf`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct No {
    /// Where it goes: `/inbox/{id}`.
    pub action: String,
    /// The handler's own mark of the request, sealed, sent back with the answer.
    pub crossing: String,
}

/// Why a request that is known cannot be answered, in the words of the person who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It was opened as often as it may be.
    Spent,
    /// Another person opened it first.
    Held,
    /// Two opened it, and it ended for both.
    Contested,
    /// The devices are not near each other.
    Apart,
    /// The QR code is old or not ours.
    QrRejected,
    /// Only a QR code opens it.
    QrRequired,
    /// Nobody answers from this network.
    Network,
    /// Another person signed in on the device.
    Initiator,
    /// Its code was found in a message.
    Filtered,
    /// Something went wrong with it before.
    Incident,
    /// The device sent wrong PINs.
    Pin,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Spent,
        Self::Held,
        Self::Contested,
        Self::Apart,
        Self::QrRejected,
        Self::QrRequired,
        Self::Network,
        Self::Initiator,
        Self::Filtered,
        Self::Incident,
        Self::Pin,
    ];

    /// What a person is told of a mitigation's reason; nothing of those that speak to clients alone, or that a page has a
    /// step for.
    pub const fn of(reason: Reason) -> Option<Self> {
        Some(match reason {
            Reason::CodeSpent => Self::Spent,
            Reason::CodeHeldByAnother => Self::Held,
            Reason::CodeContested => Self::Contested,
            Reason::Apart => Self::Apart,
            Reason::QrRejected => Self::QrRejected,
            Reason::QrRequired => Self::QrRequired,
            Reason::NetworkNotTrusted => Self::Network,
            Reason::NotTheInitiator => Self::Initiator,
            Reason::CodeFiltered => Self::Filtered,
            Reason::Incident(signal) => match signal {
                Signal::CodeContested => Self::Contested,
                Signal::CodeFiltered => Self::Filtered,
                _ => Self::Incident,
            },
            _ => return None,
        })
    }

    /// What they are told of an end that was nobody's no.
    pub const fn ended(reason: DenialReason) -> Option<Self> {
        match reason {
            DenialReason::Contested => Some(Self::Contested),
            DenialReason::Incident => Some(Self::Incident),
            DenialReason::PinMissed => Some(Self::Pin),
            _ => None,
        }
    }

    const fn title_key(self) -> &'static str {
        match self {
            Self::Spent => "refused-spent-title",
            Self::Held => "refused-held-title",
            Self::Contested => "refused-contested-title",
            Self::Apart => "refused-apart-title",
            Self::QrRejected => "refused-qr-rejected-title",
            Self::QrRequired => "refused-qr-required-title",
            Self::Network => "refused-network-title",
            Self::Initiator => "refused-initiator-title",
            Self::Filtered => "refused-filtered-title",
            Self::Incident => "refused-incident-title",
            Self::Pin => "refused-pin-title",
        }
    }
}

impl Page for Decided {
    const TEMPLATE: &'static str = "decided.html";

    fn title_key(&self) -> Cow<'static, str> {
        match &self.outcome {
            Outcome::Allowed { .. } | Outcome::RequestAllowed { .. } => "decided-allowed-title",
            Outcome::Denied { .. } | Outcome::RequestDenied { .. } => "decided-denied-title",
            Outcome::Reported { .. } | Outcome::RequestReported { .. } | Outcome::AccessReported { .. } => {
                "decided-reported-title"
            }
            Outcome::NumberWrong { .. }
            | Outcome::BindingWrong { .. }
            | Outcome::RequestNumberWrong { .. }
            | Outcome::RequestBindingWrong { .. } => "decided-request-number-wrong-title",
            Outcome::Refused { why } => why.title_key(),
            Outcome::RequestRefused { no: Some(_), .. } => "refused-request-open-title",
            Outcome::RequestRefused { .. } => "refused-request-title",
            Outcome::Expired | Outcome::RequestExpired => "decided-expired-title",
            Outcome::AlreadyAnswered | Outcome::RequestAlreadyAnswered => "decided-already-answered-title",
        }
        .into()
    }
}
