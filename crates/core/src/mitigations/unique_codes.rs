//! Is this drawn code in use, or was it lately? (BCP 6.1.4)
//!
//! A code that never repeats within its window makes a second use of it a sign of misuse. Marks: Disrupt.
//! Limitations: it says nothing of who uses a unique code first. Requirements R6.4a, R6.4b: the window is the life of
//! the code and as long again as its tombstone. Repetition as an incident signal comes with incidents.

use super::facts::Freshness;
use super::{Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;

/// Refuses a drawn code that is known; the server draws another.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>) -> Verdict {
    match facts.code.freshness {
        Freshness::New => Verdict::Pass,
        Freshness::Known => Verdict::Refuse(Reason::CodeRepeated),
    }
}
