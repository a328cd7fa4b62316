//! What happened with the answer, and what now?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;
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
    /// The time was over before the answer came.
    Expired,
    /// It was answered before; what the answer was is not said.
    AlreadyAnswered,
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
    /// The time of a request that was sent to the person was over before the answer came.
    RequestExpired,
    /// A request that was sent to the person was answered before, here or on another of their devices.
    RequestAlreadyAnswered,
}

impl Page for Decided {
    const TEMPLATE: &'static str = "decided.html";

    fn title_key(&self) -> Cow<'static, str> {
        match &self.outcome {
            Outcome::Allowed { .. } | Outcome::RequestAllowed { .. } => "decided-allowed-title",
            Outcome::Denied { .. } | Outcome::RequestDenied { .. } => "decided-denied-title",
            Outcome::Reported { .. } | Outcome::RequestReported { .. } => "decided-reported-title",
            Outcome::RequestNumberWrong { .. } => "decided-request-number-wrong-title",
            Outcome::Expired | Outcome::RequestExpired => "decided-expired-title",
            Outcome::AlreadyAnswered | Outcome::RequestAlreadyAnswered => "decided-already-answered-title",
        }
        .into()
    }
}
