//! Does the person have the consumption device before them? (BCP 6.1.16)
//!
//! Two ways. A *number* that the consumption device shows is given on the phone before a yes counts; or a *PIN* that the
//! phone shows after the yes is typed on the consumption device before anything is collected. Who approves by mistake, or
//! for somebody who is not in the room, cannot do either. Marks: Disrupt. Limitations: an attacker who talks to the
//! victim reads the number out, or has the PIN read out; three numbers to pick from are guessed once in three times,
//! which is why one wrong pick ends the request. Requirements R6.16a, R6.16b. Proved by plays B1, B1j, B4.1 and B9.

use super::facts::Given;
use super::{Ask, Facts, Limits, Reason, Verdict};
use crate::crossing::{CheckpointKind, NumberAnswer, PinDue, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many numbers and PINs may be given, and when they are demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether every request shows a number on the consumption device that the person must give on the phone. With
    /// `as_asked` the client says.
    pub number: NumberDemand,
    /// Wrong numbers, typed, that end a request. One wrong pick always does.
    #[schemars(range(min = 1, max = 5))]
    pub number_tries: u8,
    /// Whether the phone shows a PIN after the yes that the consumption device must send (`tandem_pin`).
    pub pin: PinDemand,
    /// Wrong PINs that end a request.
    #[schemars(range(min = 1, max = 5))]
    pub pin_tries: u8,
}

/// Whether a number is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberDemand {
    /// As the client's registration or request says.
    AsAsked,
    /// Always, picked out of three.
    Pick,
    /// Always, typed.
    Type,
}

/// Whether a PIN is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PinDemand {
    /// No.
    Off,
    /// Of every request.
    Always,
}

impl Settings {
    /// As the client asks; three tries.
    pub const fn baseline() -> Self {
        Self { number: NumberDemand::AsAsked, number_tries: 3, pin: PinDemand::Off, pin_tries: 3 }
    }

    /// Always a number, picked.
    pub const fn sensitive() -> Self {
        Self { number: NumberDemand::Pick, ..Self::baseline() }
    }

    /// Always a number, typed.
    pub const fn critical() -> Self {
        Self { number: NumberDemand::Type, number_tries: 2, pin: PinDemand::Off, pin_tries: 2 }
    }

    /// How many wrong numbers end a request that is answered so.
    pub const fn tries(&self, answer: NumberAnswer) -> u8 {
        match answer {
            NumberAnswer::Pick => 1,
            NumberAnswer::Type => self.number_tries,
        }
    }

    /// How the number is given, if one is due: the stricter of what policy demands and what the client asked for.
    pub const fn number(&self, asked: Option<NumberAnswer>) -> Option<NumberAnswer> {
        match (self.number, asked) {
            (NumberDemand::Type, _) | (_, Some(NumberAnswer::Type)) => Some(NumberAnswer::Type),
            (NumberDemand::Pick, _) | (_, Some(NumberAnswer::Pick)) => Some(NumberAnswer::Pick),
            (NumberDemand::AsAsked, None) => None,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Asks for the number or the PIN where one is due, and refuses another. At approval it says whether a PIN will be due.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Redeem {
        return match (facts.pin_due, facts.pin) {
            (None, _) => Verdict::Pass,
            (Some(_), Given::Nothing) => Verdict::Ask(Ask::Pin),
            (Some(due), Given::Text(given)) if due.is(given) => Verdict::Pass,
            (Some(_), Given::Text(_)) => Verdict::Refuse(Reason::WrongPin),
        };
    }
    let due = facts.request.and_then(Request::number);
    match (due, facts.number) {
        (Some(_), Given::Nothing) => Verdict::Ask(Ask::Number),
        (Some(number), Given::Text(given)) if !number.is(given) => Verdict::Refuse(Reason::WrongNumber),
        _ if settings.pin == PinDemand::Always => {
            Verdict::Limit(Limits { pin: Some(PinDue::Yes), ..Limits::none() })
        }
        _ => Verdict::Pass,
    }
}
