//! May all of this be granted across devices? (BCP 6.1.9)
//!
//! What a stolen token cannot do is not lost. Marks: Recover. Limitations: what remains is still stolen, and some
//! products need it all; use it together with others. Requirement R6.9. Proved by play B2.

use super::{Facts, Limits, Risk, Verdict};
use crate::crossing::CheckpointKind;
use crate::oauth::scope::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may be granted at most.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The scope values that may be granted, separated by spaces; everything that the client registered if absent.
    #[schemars(with = "Option<String>")]
    pub most: Option<Scope>,
    /// The same where the risk is raised.
    #[schemars(with = "Option<String>")]
    pub most_at_risk: Option<Scope>,
    /// The same for a device that proved no identity of its own (6.1.7).
    #[schemars(with = "Option<String>")]
    pub most_for_unknown_devices: Option<Scope>,
}

impl Settings {
    /// No ceiling.
    pub const fn baseline() -> Self {
        Self { most: None, most_at_risk: None, most_for_unknown_devices: None }
    }

    /// No ceiling: only the operator knows what scopes mean.
    pub const fn sensitive() -> Self {
        Self::baseline()
    }

    /// No ceiling: only the operator knows what scopes mean.
    pub const fn critical() -> Self {
        Self::baseline()
    }
}

/// Limits what is asked for, and again what is shown and granted, since the risk is known then.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, risk: Risk, settings: &Settings) -> Verdict {
    let mut scope = settings.most.clone();
    let mut and = |more: &Option<Scope>| {
        if let Some(more) = more {
            scope = Some(scope.take().map_or_else(|| more.clone(), |scope| scope.intersection(more)));
        }
    };
    if risk == Risk::Raised {
        and(&settings.most_at_risk);
    }
    if checkpoint == CheckpointKind::Initiate && facts.device.known().is_none() {
        and(&settings.most_for_unknown_devices);
    }
    match scope {
        Some(_) => Verdict::Limit(Limits { scope, ..Limits::none() }),
        None => Verdict::Pass,
    }
}
