//! What went wrong with a request, so that every mitigation and the operator can hear of it?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sign of misuse that one mitigation raises and others may act on. Recorded as a security event of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// A person said that they did not start it (6.1.6, 6.1.16).
    Reported,
    /// A code came again after its use or its end (6.1.4).
    CodeRepeated,
    /// A code was opened more often than it may be (6.1.3).
    CodeSpent,
    /// A second person or network opened a code while the first was deciding (6.1.3).
    CodeContested,
    /// A mail or chat filter found the code in a message (6.1.5).
    CodeFiltered,
    /// The number of the other device was given wrongly too often (6.1.16).
    NumberMissed,
    /// The PIN was given wrongly too often (6.1.16).
    PinMissed,
    /// The data that was bound into the request was given wrongly too often (6.1.17).
    BindingMissed,
    /// A QR token was altered, moved, or dead (6.1.1).
    QrRejected,
    /// A key other than the pinned one was shown (6.1.12).
    ForeignKey,
    /// A registered device asked too fast (6.1.7).
    DeviceTooFast,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Reported,
        Self::CodeRepeated,
        Self::CodeSpent,
        Self::CodeContested,
        Self::CodeFiltered,
        Self::NumberMissed,
        Self::PinMissed,
        Self::BindingMissed,
        Self::QrRejected,
        Self::ForeignKey,
        Self::DeviceTooFast,
    ];

    /// The word in records, metrics and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::CodeRepeated => "code_repeated",
            Self::CodeSpent => "code_spent",
            Self::CodeContested => "code_contested",
            Self::CodeFiltered => "code_filtered",
            Self::NumberMissed => "number_missed",
            Self::PinMissed => "pin_missed",
            Self::BindingMissed => "binding_missed",
            Self::QrRejected => "qr_rejected",
            Self::ForeignKey => "foreign_key",
            Self::DeviceTooFast => "device_too_fast",
        }
    }
}
