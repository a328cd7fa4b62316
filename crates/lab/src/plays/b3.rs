//! B3: who is let in when the code of one device stands next to another?

use super::{PinLeak, SCOPE, Scene, begun, harvest};
use crate::actors::device::Device;
use crate::actors::victim::{Temper, Told};
use crate::outcome::{Ending, Played};
use crate::policies::Defence;

/// B3.
pub const SCRIPT: &str = "The attacker glues the code of their device onto a device in a victim’s home. Ten minutes \
    later the victim types it, or scans it, for their own device. The attacker’s device is to be let in.";
/// The variant with the serial number.
pub const SCRIPT_COPIED: &str = "The same, and the attacker has copied the serial number that stands on the victim’s \
    device.";

/// What the victim's own device is called.
const OWN: &str = "Den TV";
/// What stands on the victim's device.
const SERIAL: &str = "DEN-20417";
/// What stands on the attacker's.
const ATTACKERS_SERIAL: &str = "LIV-99308";

/// B3.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    swapped(scene, ATTACKERS_SERIAL)
}

/// The variant with the serial number.
pub fn copied(scene: &Scene<'_>) -> Played<Ending> {
    swapped(scene, SERIAL)
}

fn swapped(scene: &Scene<'_>, serial: &str) -> Played<Ending> {
    let mut device: Device<'_> = scene.attackers_device()?;
    if scene.defence == Defence::Binding {
        device.along = vec![
            ("tandem_binding_data", serial.to_owned()),
            ("tandem_binding_label", "Serial number".to_owned()),
        ];
    }
    let begun = match begun(device.begin(SCOPE)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let label = begun.drawn(scene.lab.now()?);
    scene.lab.advance(10 * 60)?;
    let temper = match scene.temper() {
        Temper::Careful => Temper::Before { device: OWN },
        temper => temper,
    };
    let mut victim = scene.victim(0, temper);
    if scene.defence == Defence::LivingQr {
        victim.open(&label)?;
    } else {
        victim.type_code(&begun.user_code)?;
    }
    let told = Told { binding: Some(SERIAL.to_owned()), ..Told::default() };
    let reaction = victim.answer(&told)?;
    match harvest(&device, &begun, &[reaction], PinLeak::None)? {
        Ok(tokens) => scene.held(&device, &tokens, &[&victim]),
        Err(ending) => Ok(ending),
    }
}
