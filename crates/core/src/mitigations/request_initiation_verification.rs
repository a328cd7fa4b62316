//! Does the person have the consumption device before them? (BCP 6.1.16, in its mirror image)
//!
//! The consumption device shows two digits, and the person gives them on the phone. Who approves a request by mistake,
//! or to be left alone, does not know them. Marks: Disrupt. Limitations: an attacker who talks to the victim reads the
//! number out; three numbers to pick from are guessed once in three times, which is why one wrong pick ends the
//! request. Requirement R6.16a. Proved by plays B4.1 and B9.

use super::facts::NumberGiven;
use super::{Ask, Facts, Reason, Verdict};
use crate::crossing::{CheckpointKind, NumberAnswer};

/// How many numbers may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Wrong numbers, typed, that end a request: 1 to 5.
    pub typed: u8,
}

impl Settings {
    /// Three.
    pub const fn baseline() -> Self {
        Self { typed: 3 }
    }

    /// How many wrong numbers end a request that is answered so.
    pub const fn tries(self, answer: NumberAnswer) -> u8 {
        match answer {
            NumberAnswer::Pick => 1,
            NumberAnswer::Type => self.typed,
        }
    }
}

/// Asks for the number where one is due, and refuses another.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>) -> Verdict {
    let due = facts.request.and_then(|request| request.backchannel.as_ref()?.number);
    match (due, facts.number) {
        (None, _) => Verdict::Pass,
        (Some(_), NumberGiven::None) => Verdict::Ask(Ask::Number),
        (Some(number), NumberGiven::Number(given)) if number.is(given) => Verdict::Pass,
        (Some(_), NumberGiven::Number(_)) => Verdict::Refuse(Reason::WrongNumber),
    }
}
