//! Did the person see what they answer? (BCP 6.1.14)
//!
//! The context of the request (who, from what device, for what, the code to compare) is kept from initiation to
//! decision and shown, with a no as plain as the yes. Marks: Disrupt. Limitations: a person can be talked past any
//! page, so it never stands alone. Requirements R6.14a to R6.14c. Proved by play B1 with the careful victim.

use super::facts::ContextShown;
use super::{Ask, Facts, Verdict};
use crate::crossing::CheckpointKind;

/// Asks for the decision page if this answer did not come from it.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>) -> Verdict {
    match facts.context {
        ContextShown::DecisionPage => Verdict::Pass,
        ContextShown::No => Verdict::Ask(Ask::ShowContext),
    }
}
