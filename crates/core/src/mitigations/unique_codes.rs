//! Is this drawn code in use, or was it lately? (BCP 6.1.4)
//!
//! A code that never repeats within its window makes a second use of it a sign of misuse. Marks: Disrupt.
//! Limitations: it says nothing of who uses a unique code first. Requirements R6.4a, R6.4b: the window is a setting, and
//! never shorter than the code's own life. A code that is opened after its use or its end raises the signal
//! `code_repeated`. Proved by play B1.

use super::facts::Freshness;
use super::{Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long codes are remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Seconds for which a used or expired code is remembered: it is not drawn again, and who brings it is noticed.
    #[schemars(range(min = 60, max = 86_400))]
    pub window: u32,
}

impl Settings {
    /// Ten minutes.
    pub const fn baseline() -> Self {
        Self { window: 600 }
    }

    /// An hour.
    pub const fn sensitive() -> Self {
        Self { window: 3600 }
    }

    /// An hour.
    pub const fn critical() -> Self {
        Self { window: 3600 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Refuses a drawn code that is known; the server draws another.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>) -> Verdict {
    match facts.code.freshness {
        Freshness::New => Verdict::Pass,
        Freshness::Known => Verdict::Refuse(Reason::CodeRepeated),
    }
}
