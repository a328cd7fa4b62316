//! Is it the request that this person began? (BCP 6.1.17)
//!
//! What the person typed on the consumption device (a PIN, a serial number, a seat) is bound into the request and its QR,
//! and given again or confirmed on the phone. A request from another device carries other data. Marks: Disrupt.
//! Limitations: data that a page shows can be confirmed without looking; an attacker who talks to the victim can have it
//! read out. Requirement R6.17. Proved by plays B1, B1j and B3.

use super::facts::Given;
use super::{Ask, Facts, Reason, Verdict};
use crate::crossing::{CheckpointKind, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether data is demanded, and how the person gives it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether every request must carry `tandem_binding_data`.
    pub demand: Demand,
    /// How the person proves that they know it.
    pub answer: BindingAnswer,
    /// Wrong answers that end a request.
    #[schemars(range(min = 1, max = 5))]
    pub tries: u8,
}

/// Whether data is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Only where the client sends some.
    AsSent,
    /// Of every request.
    Always,
}

/// How the person gives the data on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BindingAnswer {
    /// They are shown it and say that it is theirs.
    Confirm,
    /// They type it.
    Type,
}

impl Settings {
    /// Where it is sent, confirmed.
    pub const fn baseline() -> Self {
        Self { demand: Demand::AsSent, answer: BindingAnswer::Confirm, tries: 3 }
    }

    /// Where it is sent, typed.
    pub const fn sensitive() -> Self {
        Self { demand: Demand::AsSent, answer: BindingAnswer::Type, tries: 3 }
    }

    /// Where it is sent, typed, with two tries.
    pub const fn critical() -> Self {
        Self { demand: Demand::AsSent, answer: BindingAnswer::Type, tries: 2 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// At initiation it asks for the data; at approval for the person's.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Initiate {
        return match settings.demand {
            Demand::Always if !facts.binding_sent => Verdict::Ask(Ask::BindingData),
            _ => Verdict::Pass,
        };
    }
    let bound = facts.request.and_then(Request::binding);
    match (bound, facts.binding) {
        (None, _) => Verdict::Pass,
        (Some(_), Given::Nothing) => Verdict::Ask(Ask::BindingAnswer),
        (Some(bound), Given::Text(given)) if bound.is(given) => Verdict::Pass,
        (Some(_), Given::Text(_)) => Verdict::Refuse(Reason::WrongBinding),
    }
}
