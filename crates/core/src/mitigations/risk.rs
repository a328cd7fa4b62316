//! Is this request more suspicious than most? Several mitigations are stricter then.

use super::establish_proximity::Relation;
use super::{Facts, Policy};

/// How suspicious a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Like most.
    Usual,
    /// Something about it is odd: the devices are apart, something went wrong with this request before, or the device
    /// is not one of those that policy trusts.
    Raised,
}

impl Risk {
    /// What the facts say under this policy. Only what policy looks at can raise it.
    pub fn of(facts: &Facts<'_>, policy: &Policy) -> Self {
        let proximity = &policy.establish_proximity;
        let apart = proximity.findings(facts).iter().any(|(relation, _)| *relation == Relation::Apart);
        if apart || !facts.signals.is_empty() { Self::Raised } else { Self::Usual }
    }
}
