//! B1: can somebody who started a device flow have strangers finish it? (video streaming, one to many)

use super::aftermath::{Loot, Notice, noticed};
use super::{PinLeak, SCOPE, Scene, begun, harvest};
use crate::actors::device::{Began, Begun, Collected, Device, Tokens};
use crate::actors::gateway::Mailed;
use crate::actors::mail::{self, Lure};
use crate::actors::operator::Operator;
use crate::actors::victim::{Reaction, Temper, Told, Victim};
use crate::actors::{ATTACKER, BUYER};
use crate::outcome::{Checkpoint, Ending, Played, Trouble};
use crate::policies::Defence;

/// B1.
pub const SCRIPT: &str = "The attacker starts one flow and mails its QR code, as a picture, to 50 people. Twenty minutes \
    later several open it at the same time and answer; others come before the attacker’s next poll. The attacker wants a \
    token of one of them.";
/// The coached variant.
pub const SCRIPT_COACHED: &str = "The same, but the mail has the link as text, says which number and words to type, \
    and asks for the PIN back.";
/// The variant with a sale.
pub const SCRIPT_SOLD: &str = "The same with the code in the words of the mail, and the token is sold: it is to work on the \
    buyer’s machine.";
/// The variant with many flows.
pub const SCRIPT_FLOOD: &str =
    "One machine starts 200 flows at once and mails each to one victim. All 200 are to begin, and to arrive.";

/// How long the mail takes, in seconds.
const MAIL: u64 = 20 * 60;
/// How many read it at the same time. The first is enough for the attacker; the others are what one-time codes see.
const READERS: u8 = 3;
/// How many come when these have answered. One is enough to be noticed.
const LATE: u8 = 3;
/// How many get the mail.
const MAILS: usize = 50;
/// How many flows one machine wants.
const FLOWS: usize = 200;

/// What the attacker got, and from whom.
struct Haul<'l> {
    device: Device<'l>,
    tokens: Tokens,
    /// To whom the mail came.
    victims: Vec<Victim>,
    /// What the mail leads to.
    link: String,
}

impl Haul<'_> {
    fn held(&self, scene: &Scene<'_>) -> Played<Ending> {
        scene.held(&self.device, &self.tokens, &self.victims.iter().collect::<Vec<_>>())
    }
}

/// B1.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    match hauled(scene, Lure::Picture, Coaching::None)? {
        Ok(haul) if scene.defence == Defence::Incidents => recalled(scene, &haul),
        Ok(haul) => haul.held(scene),
        Err(ending) => Ok(ending),
    }
}

/// The coached variant.
pub fn coached(scene: &Scene<'_>) -> Played<Ending> {
    match hauled(scene, Lure::Link, Coaching::All)? {
        Ok(haul) => haul.held(scene),
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
    let Haul { tokens, victims, .. } = match hauled(scene, Lure::Words, Coaching::None)? {
        Ok(haul) => haul,
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
    let mut held_back = 0;
    for flow in 0..FLOWS {
        let begun = match device.begin(SCOPE)? {
            Began::Yes(begun) => begun,
            Began::Refused(why) => {
                return Ok(Ending::Ended(
                    Checkpoint::Initiate,
                    format!("{why} after {flow} of {FLOWS} flows"),
                ));
            }
        };
        let mail = mail::with(Lure::Link, &begun, &begun.link)?;
        if scene.mails(&format!("reader{flow:03}"), &mail)? != Mailed::Arrived {
            held_back += 1;
        }
    }
    if held_back > 0 {
        return Ok(Ending::Ended(
            Checkpoint::Transfer,
            format!("{held_back} of {FLOWS} mails were held back"),
        ));
    }
    Ok(Ending::Succeeded(format!("all {FLOWS} flows began, and their mails arrived")))
}

/// Somebody else opens the link when all is over, and writes to the operators. They find what their server noticed, and
/// end what came of it.
fn recalled(scene: &Scene<'_>, haul: &Haul<'_>) -> Played<Ending> {
    let Haul { device, tokens, victims, link } = haul;
    let whose = scene.lab.whose(device.machine, &tokens.access, device.key.as_deref())?;
    let robbed = victims.iter().find(|victim| Some(&victim.name) == whose.as_ref());
    let robbed = robbed.ok_or_else(|| Trouble::new("the token is nobody’s"))?;
    let refresh = |token: &str| device.refresh(token);
    noticed(scene, &Loot::of(device, tokens, &robbed.name, &refresh), |operator| {
        scene.victim(READERS + LATE, Temper::Careful).open(link)?;
        operator.contain(operator.incident("open", &robbed.name)?)?;
        let words = "somebody else opens the used link, and an operator acts on the incident";
        Ok(Notice { words, touched: robbed.name.clone() })
    })
}

/// How much the mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coaching {
    /// To open the link.
    None,
    /// What to type as well; and it asks for the PIN.
    All,
}

/// The attacker starts a flow, mails it, waits, and collects.
fn hauled<'l>(scene: &Scene<'l>, lure: Lure, coaching: Coaching) -> Played<Result<Haul<'l>, Ending>> {
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(scene.scope())?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(Err(ending)),
    };
    let (told, leak) = match coaching {
        Coaching::None => (Told::default(), PinLeak::None),
        Coaching::All => (everything(&device, &begun), PinLeak::PassedOn),
    };
    let link = begun.drawn(scene.lab.now()?);
    let mut victims: Vec<_> =
        (0..READERS + LATE).map(|number| scene.victim(number, scene.temper())).collect();
    let sent = sent(scene, &mail::with(lure, &begun, &link)?, &victims)?;
    if let Some(crossing) = &sent.stopped {
        is_dead(scene, &device, &begun, crossing)?;
    }
    scene.lab.advance(MAIL)?;
    let mut arrived = sent.arrived.iter();
    victims.retain(|_| arrived.next() == Some(&true));
    let reactions = read(&mut victims, &link, &told)?;
    Ok(match harvest(&device, &begun, &reactions, leak)? {
        Ok(tokens) => Ok(Haul { device, tokens, victims, link }),
        Err(Ending::Ended(at, why)) if sent.stopped.is_some() => {
            let arrived = sent.arrived.iter().filter(|arrived| **arrived).count();
            let words = format!("{why}; {arrived} of {MAILS} mails arrived, and the poll says access_denied");
            Err(Ending::Ended(at, words))
        }
        Err(ending) => Err(ending),
    })
}

/// What became of the mails.
struct Sent {
    /// Which of them arrived.
    arrived: Vec<bool>,
    /// The request for which others were held back.
    stopped: Option<String>,
}

/// One mail for each, these people first.
fn sent(scene: &Scene<'_>, mail: &str, victims: &[Victim]) -> Played<Sent> {
    let mut sent = Sent { arrived: Vec::new(), stopped: None };
    for number in 0..MAILS {
        let stranger = || format!("reader{number:03}");
        let to = victims.get(number).map_or_else(stranger, |victim| victim.name.clone());
        match scene.mails(&to, mail)? {
            Mailed::Arrived => sent.arrived.push(true),
            Mailed::HeldBack { crossing } => {
                sent.arrived.push(false);
                sent.stopped = Some(crossing);
            }
        }
    }
    Ok(sent)
}

/// A request that was found in so many mails is dead before anybody reads the first.
fn is_dead(scene: &Scene<'_>, device: &Device<'_>, begun: &Begun, crossing: &str) -> Played<()> {
    Operator::of(scene.lab).incident("contained", crossing)?;
    match device.collect(&begun.device_code, None)? {
        Collected::Refused(why) if why == "access_denied" => Ok(()),
        other => Err(Trouble::new(format!("the request lives: {other:?}"))),
    }
}

/// Some read it at the same time, and some when those have answered, before the next poll.
fn read(victims: &mut [Victim], link: &str, told: &Told) -> Played<Vec<Reaction>> {
    let (early, late) = victims.split_at_mut(victims.len().min(READERS.into()));
    for victim in &mut *early {
        victim.open(link)?;
    }
    let mut reactions = Vec::new();
    for victim in early {
        reactions.push(victim.answer(told)?);
    }
    for victim in late {
        victim.open(link)?;
        reactions.push(victim.answer(told)?);
    }
    Ok(reactions)
}
