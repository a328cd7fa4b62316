//! Has the code been opened too often, or by somebody else? (BCP 6.1.3)
//!
//! One code sent to many people works for the first at most. Marks: Disrupt. Limitations: it does not stop the
//! first victim, and people are interrupted, so a few presentations by the same person are allowed (R6.3b).
//! That a code is *redeemed* once is not a setting: the crossing has one `Redeemed` state. Requirement R6.3a. Proved by
//! play B1.

use super::establish_proximity::{self, Relation};
use super::{Facts, Reason, Verdict};
use crate::crossing::{CheckpointKind, Presenter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often a code may be opened, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How often one person may open the decision page for one code.
    #[schemars(range(min = 1, max = 100))]
    pub presentations: u8,
    /// What happens when a second person opens a code while the first is deciding.
    pub second_person: Rivalry,
    /// What happens when the same person opens it from another network, by the prefixes of `establish_proximity`.
    pub second_network: Rivalry,
}

/// What a second opening of a code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rivalry {
    /// Both may go on.
    Allow,
    /// The second is turned away.
    Refuse,
    /// The request ends for both: a code in two hands is a leaked one.
    Kill,
}

impl Settings {
    /// Five times; the second person is turned away.
    pub const fn baseline() -> Self {
        Self { presentations: 5, second_person: Rivalry::Refuse, second_network: Rivalry::Allow }
    }

    /// Three times; a second person ends it.
    pub const fn sensitive() -> Self {
        Self { presentations: 3, second_person: Rivalry::Kill, second_network: Rivalry::Allow }
    }

    /// Twice; a second person or network ends it.
    pub const fn critical() -> Self {
        Self { presentations: 2, second_person: Rivalry::Kill, second_network: Rivalry::Kill }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Refuses a code that is spent, or that another person opened first.
pub fn assess(
    checkpoint: CheckpointKind,
    facts: &Facts<'_>,
    settings: &Settings,
    networks: &establish_proximity::Settings,
) -> Verdict {
    let rivalry = match (facts.code.first, facts.code.presenting) {
        (Some(first), Some(now)) => settings.rivalry(first, now, networks),
        _ => Rivalry::Allow,
    };
    match rivalry {
        Rivalry::Kill => return Verdict::Refuse(Reason::CodeContested),
        Rivalry::Refuse => return Verdict::Refuse(Reason::CodeHeldByAnother),
        Rivalry::Allow => {}
    }
    if checkpoint == CheckpointKind::Transfer && facts.code.presentations >= settings.presentations {
        return Verdict::Refuse(Reason::CodeSpent);
    }
    Verdict::Pass
}

impl Settings {
    fn rivalry(
        &self,
        first: &Presenter,
        now: &Presenter,
        networks: &establish_proximity::Settings,
    ) -> Rivalry {
        if first.sub != now.sub {
            self.second_person
        } else if networks.relation(first.address, now.address) == Relation::Apart {
            self.second_network
        } else {
            Rivalry::Allow
        }
    }
}
