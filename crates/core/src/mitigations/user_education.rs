//! Does the person know when to expect such a request? (BCP 6.1.13)
//!
//! Before the question, a page says when such a request is genuine and what a scam looks like; in a risky context nobody
//! answers without it. Marks: Disrupt. Limitations: people click through. Requirements R6.13a, R6.13b. Proved by play B1
//! with the careful victim.

use super::{Ask, Facts, Policy, Risk, Verdict};
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

impl Settings {
    const fn is_due(&self, risk: Risk) -> bool {
        match self.interstitial {
            Interstitial::Never => false,
            Interstitial::AtRisk => matches!(risk, Risk::Raised),
            Interstitial::Always => true,
        }
    }
}

/// Whether the page stands before the question, for whoever did not read it yet.
pub fn stands_before(facts: &Facts<'_>, policy: &Policy) -> bool {
    !facts.warned && policy.user_education.is_due(Risk::of(facts, policy))
}

/// Asks for the page where it is due and was not read.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>, risk: Risk, settings: &Settings) -> Verdict {
    if settings.is_due(risk) && !facts.warned { Verdict::Ask(Ask::ReadWarning) } else { Verdict::Pass }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mitigations::Signal;
    use crate::time::Timestamp;

    /// R6.13a
    #[test]
    fn the_page_comes_where_it_is_due_and_only_once() {
        let usual = Facts::at(Timestamp::from_secs(1));
        let risky = Facts { signals: &[Signal::CodeRepeated], ..usual.clone() };
        let with = |interstitial| Policy { user_education: Settings { interstitial }, ..Policy::baseline() };
        for (interstitial, facts, due) in [
            (Interstitial::Never, &usual, false),
            (Interstitial::Never, &risky, false),
            (Interstitial::AtRisk, &usual, false),
            (Interstitial::AtRisk, &risky, true),
            (Interstitial::Always, &usual, true),
            (Interstitial::Always, &risky, true),
        ] {
            let policy = with(interstitial);
            assert_eq!(stands_before(facts, &policy), due, "{interstitial:?}");
            let verdict = |facts: &Facts<'_>| {
                assess(CheckpointKind::Approve, facts, Risk::of(facts, &policy), &policy.user_education)
            };
            let asked = if due { Verdict::Ask(Ask::ReadWarning) } else { Verdict::Pass };
            assert_eq!(verdict(facts), asked);
            let read = Facts { warned: true, ..facts.clone() };
            assert!(!stands_before(&read, &policy));
            assert_eq!(verdict(&read), Verdict::Pass);
        }
    }
}
