//! Did the person see what they answer? (BCP 6.1.14)
//!
//! The context of the request (who, from what device, for what, the code to compare) is kept from initiation to
//! decision and shown, with a no as plain as the yes. Marks: Disrupt. Limitations: a person can be talked past any
//! page, so it never stands alone. Requirements R6.14a to R6.14c. Proved by play B1 with the careful victim.

use super::facts::ContextShown;
use super::{Ask, Facts, Limits, Verdict};
use crate::crossing::{CheckpointKind, Verification};

/// What a yes demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Of everybody to whom a request is sent, whatever the request asks for.
    pub verification: Verification,
}

impl Settings {
    /// To be signed in.
    pub const fn baseline() -> Self {
        Self { verification: Verification::Session }
    }
}

/// At initiation it says what a yes will demand at least; later it asks for the decision page if the answer did not
/// come from it.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Initiate {
        return Verdict::Limit(Limits { verification: Some(settings.verification), ..Limits::none() });
    }
    match facts.context {
        ContextShown::DecisionPage => Verdict::Pass,
        ContextShown::No => Verdict::Ask(Ask::ShowContext),
    }
}
