//! What happened with the answer, and what now?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;
use tandem_core::oauth::device_description::DeviceKind;

/// The answer to `POST /device/decision`, or to a request that cannot be answered any more.
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
}

impl Page for Decided {
    const TEMPLATE: &'static str = "decided.html";

    fn title_key(&self) -> Cow<'static, str> {
        match &self.outcome {
            Outcome::Allowed { .. } => "decided-allowed-title",
            Outcome::Denied { .. } => "decided-denied-title",
            Outcome::Reported { .. } => "decided-reported-title",
            Outcome::Expired => "decided-expired-title",
            Outcome::AlreadyAnswered => "decided-already-answered-title",
        }
        .into()
    }
}
