//! Is the code still young enough? (BCP 6.1.2)
//!
//! A code or QR that is dead when a forwarded message is read disrupts an attack that needs time. Marks: Disrupt.
//! Limitations: a just-in-time attacker asks for a code only when the victim is there, and a life too short keeps
//! honest people from signing in first: that is what the time to decide is for. Requirement R6.2. Proved by play B1,
//! and by B1j, which it must not stop.
//!
//! There are two deadlines. Until the first a code can be opened on an authorization device; who came in time has until the
//! second, `time_to_decide` later, to sign in and answer. The crossing keeps the first itself: see `Pending::ends_at`.

use super::{Facts, Limits, Reason, Risk, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long codes live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The longest time, in seconds, in which a code can be opened on an authorization device, whatever server or client
    /// want.
    #[schemars(range(min = 15, max = 1800))]
    pub longest: u32,
    /// The same where the risk is raised when the device asks.
    #[schemars(range(min = 15, max = 1800))]
    pub longest_at_risk: u32,
    /// Seconds for the person to sign in and decide, once they opened the request in time; all together never more than
    /// what server or client want. 0: until the code ends.
    #[schemars(range(min = 0, max = 900))]
    pub time_to_decide: u32,
}

impl Settings {
    /// Half an hour at most.
    pub const fn baseline() -> Self {
        Self { longest: 1800, longest_at_risk: 1800, time_to_decide: 0 }
    }

    /// Three minutes to open it, five to decide.
    pub const fn sensitive() -> Self {
        Self { longest: 180, longest_at_risk: 90, time_to_decide: 300 }
    }

    /// A minute to open it, two to decide.
    pub const fn critical() -> Self {
        Self { longest: 60, longest_at_risk: 45, time_to_decide: 120 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// At initiation it limits the life; later it refuses what has expired.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, risk: Risk, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Initiate {
        let most = match risk {
            Risk::Usual => settings.longest,
            Risk::Raised => settings.longest_at_risk.min(settings.longest),
        };
        let open_for = facts.wanted_code_lifetime.min(Duration::from_secs(most.into()));
        let decide = Duration::from_secs(settings.time_to_decide.into());
        return Verdict::Limit(Limits {
            code_lifetime: Some(facts.wanted_code_lifetime.min(open_for + decide)),
            open_for: Some(open_for),
            ..Limits::none()
        });
    }
    match facts.request {
        Some(request) if request.is_expired(facts.now) => Verdict::Refuse(Reason::CodeExpired),
        _ => Verdict::Pass,
    }
}
