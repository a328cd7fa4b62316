//! Did the person see what they answer, and prove who they are as strongly as it takes? (BCP 6.1.14)
//!
//! The context of the request (who, from what device, for what, the code to compare) is kept from initiation to
//! decision and shown, with a no as plain as the yes. Marks: Disrupt. Limitations: a person can be talked past any
//! page, so it never stands alone. Requirements R6.14a to R6.14c. Proved by play B1 with the careful victim.

use super::facts::ContextShown;
use super::{Ask, Facts, Limits, Risk, Verdict};
use crate::crossing::{CheckpointKind, Verification};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a yes demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What a yes demands of everybody, whatever the request asks for: to be signed in, or a phishing-resistant proof made
    /// after the request (a passkey, or an app's key).
    pub verification: Verification,
    /// The same where the risk is raised.
    pub verification_at_risk: Verification,
}

impl Settings {
    /// To be signed in.
    pub const fn baseline() -> Self {
        Self { verification: Verification::Session, verification_at_risk: Verification::Session }
    }

    /// A passkey where the risk is raised.
    pub const fn sensitive() -> Self {
        Self { verification: Verification::Session, verification_at_risk: Verification::PhishingResistant }
    }

    /// A passkey each time.
    pub const fn critical() -> Self {
        Self {
            verification: Verification::PhishingResistant,
            verification_at_risk: Verification::PhishingResistant,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// At initiation it says what a yes will demand at least; later it asks for the decision page if the answer did not
/// come from it, and limits a risky yes to those who prove themselves again.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, risk: Risk, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Approve && facts.context == ContextShown::No {
        return Verdict::Ask(Ask::ShowContext);
    }
    let demand = match risk {
        Risk::Usual => settings.verification,
        Risk::Raised => settings.verification.max(settings.verification_at_risk),
    };
    Verdict::Limit(Limits { verification: Some(demand), ..Limits::none() })
}
