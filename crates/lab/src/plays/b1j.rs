//! B1j: does a short life help when the code is asked for only once the victim bites? (just-in-time)

use super::{PinLeak, SCOPE, Scene, begun, harvest};
use crate::actors::victim::Told;
use crate::outcome::{Ending, Played};

/// B1j.
pub const SCRIPT: &str = "A mail leads to the attacker’s page. The flow is started when a victim goes there, and they \
    get its link half a minute later. The attacker wants a token of theirs.";

/// From the victim's click until they open the link, in seconds.
const CLICK: u64 = 30;

/// B1j.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    let mut victim = scene.victim(0, scene.temper());
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(SCOPE)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let link = begun.drawn(scene.lab.now()?);
    scene.lab.advance(CLICK)?;
    victim.open(&link)?;
    let reaction = victim.answer(&Told::default())?;
    match harvest(&device, &begun, &[reaction], PinLeak::None)? {
        Ok(tokens) => scene.held(&device, &tokens, &[&victim]),
        Err(ending) => Ok(ending),
    }
}
