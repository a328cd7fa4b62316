//! Has the code been opened too often, or by somebody else? (BCP 6.1.3)
//!
//! One code sent to many people works for the first at most. Marks: Disrupt. Limitations: it does not stop the
//! first victim, and people are interrupted, so a few presentations by the same person are allowed (R6.3b).
//! That a code is *redeemed* once is not a setting: the crossing has one `Redeemed` state. Proved by play B1.

use super::{Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;

/// How often a code may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often one person may open the decision page for one code: 1 to 255.
    pub presentations: u8,
}

impl Settings {
    /// Ten times: reloads, a lost connection, a second look.
    pub const fn baseline() -> Self {
        Self { presentations: 10 }
    }
}

/// Refuses a code that is spent, or that another person opened first.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    let held_by_another = match (facts.code.first, facts.code.presenting) {
        (Some(first), Some(now)) => first.sub != now.sub,
        _ => false,
    };
    if held_by_another {
        return Verdict::Refuse(Reason::CodeHeldByAnother);
    }
    if checkpoint == CheckpointKind::Transfer && facts.code.presentations >= settings.presentations {
        return Verdict::Refuse(Reason::CodeSpent);
    }
    Verdict::Pass
}
