//! Did something go wrong with this request before? (BCP 6.1.6)
//!
//! Signs of misuse that any mitigation raises are kept with the request, and it ends when one of those comes that policy
//! names. Marks: Disrupt, Recover. Limitations: it acts after somebody noticed. Requirement R6.6a. What was issued is
//! undone elsewhere; here a request that is not yet collected stops.

use super::{Facts, Reason, Signal, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which signals end a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Signals that end a request that is not yet collected.
    pub end_on: BTreeSet<Signal>,
}

impl Settings {
    /// A report.
    pub fn baseline() -> Self {
        Self { end_on: [Signal::Reported].into() }
    }

    /// A report, or a code in two hands.
    pub fn sensitive() -> Self {
        Self { end_on: [Signal::Reported, Signal::CodeContested].into() }
    }

    /// Any signal but those that a slow or impatient person can raise alone: a dead QR code, and a reload after the yes.
    pub fn critical() -> Self {
        let own = [Signal::CodeRepeated, Signal::QrRejected];
        Self { end_on: Signal::ALL.into_iter().filter(|signal| !own.contains(signal)).collect() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Refuses what an earlier signal ended.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    match facts.signals.iter().find(|signal| settings.end_on.contains(signal)) {
        Some(signal) => Verdict::Refuse(Reason::Incident(*signal)),
        None => Verdict::Pass,
    }
}
