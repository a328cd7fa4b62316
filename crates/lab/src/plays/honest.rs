//! Can people still do what they want, with the defence on?

use super::b4_1::asker;
use super::{PinLeak, SCOPE, Scene, begun, furthest, harvest};
use crate::actors::asker::Asker;
use crate::actors::device::{Collected, Device};
use crate::actors::gateway::Mailed;
use crate::actors::mail;
use crate::actors::victim::{Temper, Told};
use crate::actors::{AT_HOME, home};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;
use std::rc::Rc;

/// What the person's own TV is called.
const OWN: &str = "Den TV";
/// The secret between a person and their shops.
const USER_CODE: &str = "blue kettle";

/// A careful person signs in on the TV before them: they bring its code, give what the TV shows and what they typed on it,
/// and type the PIN on it. Where the defence is for the backchannel alone, they pay in a shop instead.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    match scene.defence {
        Defence::OpenRequests
        | Defence::CoolDown
        | Defence::QuietHours
        | Defence::UserCode
        | Defence::Conceal
        | Defence::BindingMessage => shop(scene),
        _ => tv(scene),
    }
}

fn tv(scene: &Scene<'_>) -> Played<Ending> {
    let machine = scene.lab.machine(home(0));
    let mut tv = Device::new(scene.lab, machine, scene.defence.device_client(), OWN);
    let same = scene.attackers_device()?;
    (tv.key, tv.along) = (same.key, same.along);
    if scene.defence == Defence::Coordinates {
        tv.along = vec![("tandem_device_coordinates", AT_HOME.to_owned())];
    }
    if scene.defence == Defence::TrustedDevices {
        tv.key = Some(Rc::clone(&scene.lab.registered));
    }
    let begun = match begun(tv.begin(SCOPE)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(ending),
    };
    let mut person = scene.victim(0, Temper::Before { device: OWN });
    // Many a code is mailed by somebody to themselves, who wants it on the phone.
    if scene.mails(&person.name, &mail::reminder(&begun))? != Mailed::Arrived {
        return Ok(Ending::Ended(Checkpoint::Transfer, "their own mail is held back".to_owned()));
    }
    scene.lab.advance(20)?;
    if matches!(scene.defence, Defence::LivingQr | Defence::SignedQr) {
        let link = begun.drawn(scene.lab.now()?);
        scene.lab.advance(5)?;
        person.open(&link)?;
    } else {
        person.type_code(&begun.user_code)?;
    }
    let binding = tv.along.iter().find(|(name, _)| *name == "tandem_binding_data");
    let told = Told { number: begun.number.clone(), binding: binding.map(|(_, value)| value.clone()) };
    let reaction = person.answer(&told)?;
    match harvest(&tv, &begun, &[reaction], PinLeak::PassedOn)? {
        Ok(tokens) => scene.held(&tv, &tokens, &[&person]),
        Err(ending) => Ok(ending),
    }
}

/// At noon, in a shop on the person's own network.
fn shop(scene: &Scene<'_>) -> Played<Ending> {
    let today = scene.lab.now()? % 86_400;
    scene.lab.advance((86_400 + 12 * 3600 - today) % 86_400)?;
    let machine = scene.lab.machine(home(0));
    let mut person = scene.victim(0, Temper::Before { device: OWN });
    person.sign_in()?;
    let mut till = Asker::new(scene.lab, machine, scene.defence.backchannel_client());
    till.along = asker(scene).along;
    if scene.defence == Defence::UserCode {
        person.set_user_code(USER_CODE)?;
        till.along.push(("user_code", USER_CODE.to_owned()));
    }
    if scene.defence == Defence::BindingMessage {
        till.along.push(("binding_message", "A loaf, 4 EUR".to_owned()));
    }
    let asked = match till.ask(&person.name)? {
        Ok(asked) => asked,
        Err(why) => return Ok(Ending::Ended(Checkpoint::Initiate, why)),
    };
    let newest = person.inbox()?.into_iter().next().unwrap_or_default();
    person.open(&newest)?;
    let reaction = person.answer(&Told { number: asked.number.clone(), ..Told::default() })?;
    Ok(match till.collect(&asked, None)? {
        Collected::Tokens(tokens)
            if scene.lab.whose(machine, &tokens.access, None)?.as_ref() == Some(&person.name) =>
        {
            Ending::Succeeded("the shop has the person’s consent".to_owned())
        }
        _ => furthest(&[reaction]),
    })
}
