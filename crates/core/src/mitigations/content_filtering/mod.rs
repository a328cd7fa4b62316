//! Did a filter find this code in a message? (BCP 6.1.5)
//!
//! A code that travels by mail or chat is on its way to a victim. A filter that sees it tells the server, which ends the
//! request. Marks: Prevent, Disrupt. Limitations: only messages that pass a filter are seen. Requirement R6.5. Here stands
//! what its signal does, in [`concern`] which codes matter, and in [`handling`] what becomes of the message; finding codes in messages is a crate of its own.

pub mod concern;
pub mod handling;

use super::{Facts, Reason, Signal, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a filter's finding does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether a code that a filter found in a message is dead.
    pub filtered_codes: Filtered,
}

/// What becomes of a code that a filter found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filtered {
    /// It works on; the finding is recorded.
    Record,
    /// It is dead.
    Refuse,
}

impl Settings {
    /// What a filter finds is dead.
    pub const fn baseline() -> Self {
        Self { filtered_codes: Filtered::Refuse }
    }

    /// The same.
    pub const fn sensitive() -> Self {
        Self::baseline()
    }

    /// The same.
    pub const fn critical() -> Self {
        Self::baseline()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Refuses what a filter found.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if settings.filtered_codes == Filtered::Refuse && facts.signals.contains(&Signal::CodeFiltered) {
        Verdict::Refuse(Reason::CodeFiltered)
    } else {
        Verdict::Pass
    }
}
