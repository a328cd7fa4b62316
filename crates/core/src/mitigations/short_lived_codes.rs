//! Is the code still young enough? (BCP 6.1.2)
//!
//! A code or QR that is dead when a forwarded message is read disrupts an attack that needs time. Marks: Disrupt.
//! Limitations: a just-in-time attacker asks for a code only when the victim is there, and a life too short keeps
//! honest people from signing in first. Requirements R6.2. Proved by play B1, and by B1j, which it must not stop.

use super::{Facts, Limits, Reason, Verdict};
use crate::crossing::CheckpointKind;
use std::time::Duration;

/// How long codes live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The longest life of a code, whatever the server or client settings want. 30 s to 30 min.
    pub longest: Duration,
}

impl Settings {
    /// Half an hour at most.
    pub const fn baseline() -> Self {
        Self { longest: Duration::from_mins(30) }
    }
}

/// At initiation it limits the life; later it refuses a code whose life is over.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Initiate {
        let life = facts.wanted_code_lifetime.min(settings.longest);
        return Verdict::Limit(Limits { code_lifetime: Some(life), ..Limits::none() });
    }
    match facts.request {
        Some(request) if request.is_expired(facts.now) => Verdict::Refuse(Reason::CodeExpired),
        _ => Verdict::Pass,
    }
}
