//! B8: what stops a site that relays everything between device and victim, as it happens?

use super::aftermath::{Loot, noticed, on_the_account_page};
use super::b1::everything;
use super::{PinLeak, Scene, begun, harvest};
use crate::actors::device::Device;
use crate::actors::victim::Temper;
use crate::actors::{AT_HOME, INSIDE};
use crate::outcome::{Ending, Played};
use crate::policies::Defence;

/// B8.
pub const SCRIPT: &str = "A victim wants to sign in on a site that looks like another. It starts a flow for each visit, \
    shows its link, its number and what to type, asks for the PIN, and passes all of it on. The attacker wants a token of \
    the victim.";

/// The variant from within.
pub const SCRIPT_INSIDE: &str = "The same by a machine in the victim’s street, such as one behind a broken router. It says \
    that it is where the victim is.";

/// From the site's page to the victim's phone, in seconds.
const SCAN: u64 = 5;

/// B8.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    relayed(scene, &scene.attackers_device()?)
}

/// The variant from within.
pub fn inside(scene: &Scene<'_>) -> Played<Ending> {
    relayed(scene, &scene.device_of_an_attacker_at(INSIDE, AT_HOME)?)
}

fn relayed(scene: &Scene<'_>, device: &Device<'_>) -> Played<Ending> {
    // The victim believes that the site on their own computer asks.
    let temper = match scene.temper() {
        Temper::Careful => Temper::Before { device: "Browser" },
        temper => temper,
    };
    let mut victim = scene.victim(0, temper);
    let begun = match begun(device.begin(scene.scope())?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let link = begun.drawn(scene.lab.now()?);
    scene.lab.advance(SCAN)?;
    victim.open(&link)?;
    let reaction = victim.answer(&everything(device, &begun))?;
    match harvest(device, &begun, &[reaction], PinLeak::PassedOn)? {
        Ok(tokens) if scene.defence == Defence::Incidents => {
            let (sub, refresh) = (victim.name.clone(), |token: &str| device.refresh(token));
            let loot = Loot::of(device, &tokens, &sub, &refresh);
            noticed(scene, &loot, |operator| on_the_account_page(&mut victim, operator))
        }
        Ok(tokens) => scene.held(device, &tokens, &[&victim]),
        Err(ending) => Ok(ending),
    }
}
