//! Does the person know when to expect such a request? (BCP 6.1.13)
//!
//! Before the question, a page says when such a request is genuine and what a scam looks like; in a risky context nobody
//! answers without it. Marks: Disrupt. Limitations: people click through. Requirements R6.13a, R6.13b. Proved by play B1
//! with the careful victim.

use super::{Ask, Facts, Risk, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When the person reads first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// When a page of its own stands before the question.
    pub interstitial: Interstitial,
}

/// When a page of its own says what a scam looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interstitial {
    /// Never; the question's page says it in a sentence.
    Never,
    /// Where the risk is raised.
    AtRisk,
    /// Always.
    Always,
}

impl Settings {
    /// In risky contexts.
    pub const fn baseline() -> Self {
        Self { interstitial: Interstitial::AtRisk }
    }

    /// In risky contexts.
    pub const fn sensitive() -> Self {
        Self::baseline()
    }

    /// Always.
    pub const fn critical() -> Self {
        Self { interstitial: Interstitial::Always }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Asks for the page where it is due and was not read.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>, risk: Risk, settings: &Settings) -> Verdict {
    let due = match settings.interstitial {
        Interstitial::Never => false,
        Interstitial::AtRisk => risk == Risk::Raised,
        Interstitial::Always => true,
    };
    if due && !facts.warned { Verdict::Ask(Ask::ReadWarning) } else { Verdict::Pass }
}
