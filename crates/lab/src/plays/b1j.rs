//! B1j: does a short life help when the code is asked for only once the victim bites? (just-in-time)

use super::aftermath::{Loot, noticed, on_the_account_page};
use super::{PinLeak, Scene, begun, harvest};
use crate::actors::gateway::Mailed;
use crate::actors::mail;
use crate::actors::victim::Told;
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;

/// B1j.
pub const SCRIPT: &str = "A mail leads to the attacker’s page. The flow is started when a victim goes there, and they \
    get its link half a minute later. The attacker wants a token of theirs.";

/// From the victim's click until they open the link, in seconds.
const CLICK: u64 = 30;

/// B1j.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    let mut victim = scene.victim(0, scene.temper());
    if scene.mails(&victim.name, &mail::elsewhere())? != Mailed::Arrived {
        return Ok(Ending::Ended(Checkpoint::Transfer, "the mail is held back".to_owned()));
    }
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(scene.scope())?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let link = begun.drawn(scene.lab.now()?);
    scene.lab.advance(CLICK)?;
    victim.open(&link)?;
    let reaction = victim.answer(&Told::default())?;
    match harvest(&device, &begun, &[reaction], PinLeak::None)? {
        Ok(tokens) if scene.defence == Defence::Incidents => {
            let (sub, refresh) = (victim.name.clone(), |token: &str| device.refresh(token));
            let loot = Loot::of(&device, &tokens, &sub, &refresh);
            noticed(scene, &loot, |operator| on_the_account_page(&mut victim, operator))
        }
        Ok(tokens) => scene.held(&device, &tokens, &[&victim]),
        Err(ending) => Ok(ending),
    }
}
