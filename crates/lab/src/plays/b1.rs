//! B1: can somebody who started a device flow have strangers finish it? (video streaming, one to many)

use super::{PinLeak, SCOPE, Scene, begun, harvest};
use crate::actors::device::{Began, Begun, Device};
use crate::actors::victim::{Reaction, Told, Victim};
use crate::actors::{ATTACKER, BUYER};
use crate::outcome::{Checkpoint, Ending, Played};

/// B1.
pub const SCRIPT: &str = "The attacker starts one flow and mails its link to many. Twenty minutes later several open \
    it at the same time and answer; others come before the attacker’s next poll. The attacker wants a token of one of \
    them.";
/// The coached variant.
pub const SCRIPT_COACHED: &str = "The same, but the mail also says which number and words to type, and asks for the PIN \
    back.";
/// The variant with a sale.
pub const SCRIPT_SOLD: &str = "The same, and the token is sold: it is to work on the buyer’s machine.";
/// The variant with many flows.
pub const SCRIPT_FLOOD: &str =
    "One machine starts 200 flows at once, one for each victim. All 200 are to begin.";

/// How long the mail takes, in seconds.
const MAIL: u64 = 20 * 60;
/// How many read it at the same time. The first is enough for the attacker; the others are what one-time codes see.
const READERS: u8 = 3;
/// How many come when these have answered. One is enough to be noticed.
const LATE: u8 = 3;
/// How many flows one machine wants.
const FLOWS: usize = 200;

/// B1.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(SCOPE)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let (victims, reactions) = mailed(scene, &begun, &Told::default())?;
    match harvest(&device, &begun, &reactions, PinLeak::None)? {
        Ok(tokens) => scene.held(&device, &tokens, &victims.iter().collect::<Vec<_>>()),
        Err(ending) => Ok(ending),
    }
}

/// The coached variant.
pub fn coached(scene: &Scene<'_>) -> Played<Ending> {
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(SCOPE)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let (victims, reactions) = mailed(scene, &begun, &everything(&device, &begun))?;
    match harvest(&device, &begun, &reactions, PinLeak::PassedOn)? {
        Ok(tokens) => scene.held(&device, &tokens, &victims.iter().collect::<Vec<_>>()),
        Err(ending) => Ok(ending),
    }
}

/// What an attacker who talks to a victim can tell them: all that their own device knows.
pub fn everything(device: &Device<'_>, begun: &Begun) -> Told {
    let binding = device.along.iter().find(|(name, _)| *name == "tandem_binding_data");
    Told { number: begun.number.clone(), binding: binding.map(|(_, value)| value.clone()) }
}

/// The variant with a sale.
pub fn sold(scene: &Scene<'_>) -> Played<Ending> {
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(SCOPE)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let (victims, reactions) = mailed(scene, &begun, &Told::default())?;
    let tokens = match harvest(&device, &begun, &reactions, PinLeak::None)? {
        Ok(tokens) => tokens,
        Err(ending) => return Ok(ending),
    };
    // The key stays where it was made. The buyer tries what can be tried: as a bearer token, and with a key of theirs.
    let buyer = scene.lab.machine(BUYER);
    let own = crate::actors::device::Key::new()?;
    for key in [None, Some(&own)] {
        let whose = scene.lab.whose(buyer, &tokens.access, key)?;
        if whose.is_some_and(|sub| victims.iter().any(|victim| victim.name == sub)) {
            return Ok(Ending::Succeeded("the buyer uses a token of a victim".to_owned()));
        }
    }
    Ok(Ending::Undone(Checkpoint::Afterwards, "the token works only where its key is".to_owned()))
}

/// The variant with many flows.
pub fn flood(scene: &Scene<'_>) -> Played<Ending> {
    let device =
        Device::new(scene.lab, scene.lab.machine(ATTACKER), scene.defence.device_client(), "Living-room TV");
    for flow in 0..FLOWS {
        if let Began::Refused(why) = device.begin(SCOPE)? {
            return Ok(Ending::Ended(Checkpoint::Initiate, format!("{why} after {flow} of {FLOWS} flows")));
        }
    }
    Ok(Ending::Succeeded(format!("all {FLOWS} flows began")))
}

/// The mail arrives: some read it at the same time, and some when those have answered, before the next poll.
fn mailed(scene: &Scene<'_>, begun: &Begun, told: &Told) -> Played<(Vec<Victim>, Vec<Reaction>)> {
    let link = begun.drawn(scene.lab.now()?);
    scene.lab.advance(MAIL)?;
    let mut victims: Vec<_> = (0..READERS).map(|number| scene.victim(number, scene.temper())).collect();
    for victim in &mut victims {
        victim.open(&link)?;
    }
    let mut reactions = Vec::new();
    for victim in &mut victims {
        reactions.push(victim.answer(told)?);
    }
    for number in READERS..READERS + LATE {
        let mut late = scene.victim(number, scene.temper());
        late.open(&link)?;
        reactions.push(late.answer(told)?);
        victims.push(late);
    }
    Ok((victims, reactions))
}
