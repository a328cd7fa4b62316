//! Does somebody ask, guess or sign in too often, or is a person asked too often? (BCP 6.1.11)
//!
//! Limits by client, address, account and session slow floods and guessing. Where requests are sent to people (CIBA),
//! few may be open at a time, a no keeps the same client quiet for a while, longer after each, and quiet hours silence
//! the person's devices. Marks: Prevent, Disrupt. Limitations: an attacker with many addresses and clients, or one
//! who needs a single code, stays below the limits. Requirement R6.11. Proved by plays B1, B4.1, B4.2, B9 and G1.

mod bucket;
mod fatigue;
mod quiet_hours;

pub use bucket::{Bucket, Rule};
pub use fatigue::Fatigue;
pub use quiet_hours::{QuietHours, QuietHoursError, QuietTime, Whose};

use super::facts::Attempt;
use super::{Facts, Limits, Reason, Verdict};
use crate::crossing::{CheckpointKind, Sound};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often a person may be asked. How often clients, addresses and accounts may try is `[rate_limits]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many requests may wait for one person at a time, of all clients together.
    #[schemars(range(min = 1, max = 50))]
    pub open_requests: u16,
    /// Seconds that a client must leave a person alone after their no; it doubles with each further one.
    #[schemars(range(min = 1, max = 3600))]
    pub cool_down: u32,
    /// Seconds that it must leave them alone at most, and after "I did not start this" at once.
    #[schemars(range(min = 1, max = 3600))]
    pub longest_cool_down: u32,
}

impl Settings {
    /// Three open requests; a minute, two, four, eight, ten.
    pub const fn baseline() -> Self {
        Self { open_requests: 3, cool_down: 60, longest_cool_down: 600 }
    }

    /// Two open requests; two minutes to half an hour.
    pub const fn sensitive() -> Self {
        Self { open_requests: 2, cool_down: 120, longest_cool_down: 1800 }
    }

    /// One open request; five minutes to an hour.
    pub const fn critical() -> Self {
        Self { open_requests: 1, cool_down: 300, longest_cool_down: 3600 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Refuses if any limit that applies is exceeded, with the longest wait; then for the sake of who is asked.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    let longest = facts.attempts.iter().filter_map(|attempt| match attempt {
        Attempt::Within => None,
        Attempt::Exceeded { retry_after } => Some(*retry_after),
    });
    if let Some(retry_after) = longest.max() {
        return Verdict::Refuse(Reason::RateExceeded { retry_after });
    }
    if checkpoint != CheckpointKind::Initiate {
        return Verdict::Pass;
    }
    if let Some(reason) = facts.fatigue.and_then(|fatigue| fatigue.refusal(settings, facts.now)) {
        return Verdict::Refuse(reason);
    }
    match quiet_now(facts.quiet_times) {
        Some(Whose::Client) => Verdict::Refuse(Reason::QuietHours),
        Some(Whose::Person) => Verdict::Limit(Limits { sound: Some(Sound::Silent), ..Limits::none() }),
        None => Verdict::Pass,
    }
}

/// Whose quiet hours hold now; the client's, which weigh more, if both do.
pub fn quiet_now(times: &[QuietTime]) -> Option<Whose> {
    let quiet = |whose: &Whose| times.iter().any(|time| time.whose == *whose && time.is_now());
    [Whose::Client, Whose::Person].into_iter().find(quiet)
}
