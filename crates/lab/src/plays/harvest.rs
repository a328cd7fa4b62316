//! What does the attacker's device get in the end?

use crate::actors::device::{Began, Begun, Collected, Device, Tokens};
use crate::actors::victim::Reaction;
use crate::outcome::{Checkpoint, Ending, Played};

/// Whether the attacker gets to know the PIN on the victim's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinLeak {
    /// They do not, and guess.
    None,
    /// The victim passes it on.
    PassedOn,
}

/// What a refused device makes of a play.
pub fn begun(began: Began) -> Result<Begun, Ending> {
    match began {
        Began::Yes(begun) => Ok(begun),
        Began::Refused(why) => Err(Ending::Ended(Checkpoint::Initiate, why)),
    }
}

/// The attacker's device collects, whatever the victims seem to have done.
pub fn harvest(
    device: &Device<'_>,
    begun: &Begun,
    reactions: &[Reaction],
    leak: PinLeak,
) -> Played<Result<Tokens, Ending>> {
    let mut collected = device.collect(&begun.device_code, None)?;
    let pin = reactions.iter().find_map(|reaction| match reaction {
        Reaction::Allowed { pin } => pin.as_deref(),
        _ => None,
    });
    let guesses = ["000000", "123456", "111111", "999999"];
    let tries = match (leak, pin) {
        (PinLeak::PassedOn, Some(pin)) => vec![pin],
        _ => guesses.to_vec(),
    };
    for pin in tries {
        if let Collected::PinWanted = collected {
            collected = device.collect(&begun.device_code, Some(pin))?;
        }
    }
    let ended = |at, why: &str| Ok(Err(Ending::Ended(at, why.to_owned())));
    let allowed = reactions.iter().any(|reaction| matches!(reaction, Reaction::Allowed { .. }));
    match collected {
        Collected::Tokens(tokens) => Ok(Ok(tokens)),
        _ if !allowed => Ok(Err(furthest(reactions))),
        Collected::PinWanted => ended(Checkpoint::Redeem, "the PIN is not sent"),
        Collected::Pending => ended(Checkpoint::Redeem, "authorization_pending"),
        Collected::Refused(why) => ended(Checkpoint::Redeem, &why),
    }
}

/// Where victims ended who all did not allow.
pub fn furthest(reactions: &[Reaction]) -> Ending {
    let ends = reactions.iter().filter_map(|reaction| match reaction {
        Reaction::Allowed { .. } => None,
        Reaction::Declined(why) => Some((Checkpoint::Approve, why)),
        Reaction::Stopped(at, why) => Some((*at, why)),
    });
    match ends.max_by_key(|(at, _)| *at) {
        Some((at, why)) => Ending::Ended(at, why.clone()),
        None => Ending::Ended(Checkpoint::Transfer, "nobody was reached".to_owned()),
    }
}
