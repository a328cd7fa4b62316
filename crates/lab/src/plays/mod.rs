//! Which plays are there, and what do they share? One file a play; BCP section 4.3 numbers the exploits.

mod aftermath;
mod b1;
mod b1j;
mod b2;
mod b3;
mod b4_1;
mod b4_2;
mod b8;
mod b9;
pub mod g1;
mod harvest;
pub mod honest;

use crate::actors::device::{Device, Key, Tokens};
use crate::actors::gateway::{Gateway, Mailed};
use crate::actors::victim::{Temper, Victim};
use crate::actors::{AT_THE_ATTACKERS, ATTACKER, home};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;
use crate::server::{Lab, Setup};
use harvest::{PinLeak, begun, furthest, harvest};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// A play, or a variant of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Play {
    /// One device flow, mailed to many people.
    B1,
    /// The same, by a mail that also says what to type, and asks for the PIN back.
    B1Coached,
    /// The same, and the token is used on another machine.
    B1Sold,
    /// 200 device flows from one machine.
    B1Flood,
    /// The code is asked for when the victim bites.
    B1JustInTime,
    /// A whiteboard that asks for more than it needs.
    B2Scope,
    /// A whiteboard that comes back the next day.
    B2Refresh,
    /// A label with the code of another device.
    B3,
    /// The same, by an attacker who copied the serial number of the device.
    B3Copied,
    /// 500 people are asked at once.
    B41,
    /// Names are tried until the server knows them.
    B41Enumeration,
    /// Three times no, then a call.
    B42,
    /// The same, by a caller who reads out the number and asks for the PIN.
    B42Coached,
    /// A report, and a call later.
    B42Reported,
    /// A phishing site relays between device and victim as it happens.
    B8,
    /// The same from a machine in the victim's street.
    B8Inside,
    /// Sixty requests at night.
    B9,
    /// Codes are guessed from everywhere.
    G1,
}

impl Play {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::B1,
        Self::B1Coached,
        Self::B1Sold,
        Self::B1Flood,
        Self::B1JustInTime,
        Self::B2Scope,
        Self::B2Refresh,
        Self::B3,
        Self::B3Copied,
        Self::B41,
        Self::B41Enumeration,
        Self::B42,
        Self::B42Coached,
        Self::B42Reported,
        Self::B8,
        Self::B8Inside,
        Self::B9,
        Self::G1,
    ];

    /// Its short name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::B1 => "B1",
            Self::B1Coached => "B1 coached",
            Self::B1Sold => "B1 sold",
            Self::B1Flood => "B1 flood",
            Self::B1JustInTime => "B1j",
            Self::B2Scope => "B2 scope",
            Self::B2Refresh => "B2 refresh",
            Self::B3 => "B3",
            Self::B3Copied => "B3 copied",
            Self::B41 => "B4.1",
            Self::B41Enumeration => "B4.1 names",
            Self::B42 => "B4.2",
            Self::B42Coached => "B4.2 coached",
            Self::B42Reported => "B4.2 reported",
            Self::B8 => "B8",
            Self::B8Inside => "B8 inside",
            Self::B9 => "B9",
            Self::G1 => "G1",
        }
    }

    /// What happens in it, and what the attacker wants.
    pub const fn script(self) -> &'static str {
        match self {
            Self::B1 => b1::SCRIPT,
            Self::B1Coached => b1::SCRIPT_COACHED,
            Self::B1Sold => b1::SCRIPT_SOLD,
            Self::B1Flood => b1::SCRIPT_FLOOD,
            Self::B1JustInTime => b1j::SCRIPT,
            Self::B2Scope => b2::SCRIPT_SCOPE,
            Self::B2Refresh => b2::SCRIPT_REFRESH,
            Self::B3 => b3::SCRIPT,
            Self::B3Copied => b3::SCRIPT_COPIED,
            Self::B41 => b4_1::SCRIPT,
            Self::B41Enumeration => b4_1::SCRIPT_NAMES,
            Self::B42 => b4_2::SCRIPT,
            Self::B42Coached => b4_2::SCRIPT_COACHED,
            Self::B42Reported => b4_2::SCRIPT_REPORTED,
            Self::B8 => b8::SCRIPT,
            Self::B8Inside => b8::SCRIPT_INSIDE,
            Self::B9 => b9::SCRIPT,
            Self::G1 => g1::SCRIPT,
        }
    }

    /// Plays it against this defence.
    pub fn run(self, scene: &Scene<'_>) -> Played<Ending> {
        match self {
            Self::B1 => b1::play(scene),
            Self::B1Coached => b1::coached(scene),
            Self::B1Sold => b1::sold(scene),
            Self::B1Flood => b1::flood(scene),
            Self::B1JustInTime => b1j::play(scene),
            Self::B2Scope => b2::scope(scene),
            Self::B2Refresh => b2::refresh(scene),
            Self::B3 => b3::play(scene),
            Self::B3Copied => b3::copied(scene),
            Self::B41 => b4_1::play(scene),
            Self::B41Enumeration => b4_1::names(scene),
            Self::B42 => b4_2::play(scene),
            Self::B42Coached => b4_2::coached(scene),
            Self::B42Reported => b4_2::reported(scene),
            Self::B8 => b8::play(scene),
            Self::B8Inside => b8::inside(scene),
            Self::B9 => b9::play(scene),
            Self::G1 => g1::play(scene),
        }
    }
}

/// Where a play is played: a server, and the one defence that is on.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'l> {
    /// The server.
    pub lab: &'l Lab,
    /// What is switched on.
    pub defence: Defence,
    /// Whose victims take part: those of the defence that is on, or, to see that it makes the difference, those of another.
    pub people: Defence,
}

/// What a device of this play asks for, unless it asks for more.
const SCOPE: &str = "openid profile";
/// The same where what is collected is looked at later.
const LASTING: &str = "openid profile offline_access";

impl Defence {
    /// The server that it needs.
    pub const fn setup(self) -> Setup {
        match self {
            Self::RateLimits => Setup::RateLimits,
            Self::Incidents => Setup::Incidents,
            _ => Setup::Off,
        }
    }
}

impl<'l> Scene<'l> {
    /// A device at the attacker's, with the client that has the defence. What policy demands of devices and can be had by
    /// anybody, it has: a key of its own, and something to bind.
    fn attackers_device(&self) -> Played<Device<'l>> {
        self.device_of_an_attacker_at(ATTACKER, AT_THE_ATTACKERS)
    }

    /// The same on another machine, which says that it is there; and it claims the first victim's address, too.
    fn device_of_an_attacker_at(&self, address: Ipv4Addr, place: &str) -> Played<Device<'l>> {
        let machine = self.lab.machine(address);
        let mut device = Device::new(self.lab, machine, self.defence.device_client(), "Living-room TV");
        let claimed = home(0);
        device.headers.push(("x-forwarded-for", claimed.to_string()));
        device.headers.push(("forwarded", format!("for={claimed}")));
        match self.defence {
            Defence::SenderConstrainedTokens | Defence::TrustedDevices => {
                device.key = Some(Rc::new(Key::new()?));
            }
            Defence::Binding => {
                device.along.push(("tandem_binding_data", "PROMO-7".to_owned()));
                device.along.push(("tandem_binding_label", "Offer".to_owned()));
            }
            Defence::Coordinates => device.along.push(("tandem_device_coordinates", place.to_owned())),
            Defence::LivingQr => device.along.push(("tandem_living_qr", "true".to_owned())),
            _ => {}
        }
        Ok(device)
    }

    /// What a device of this play asks for.
    const fn scope(&self) -> &'static str {
        match self.defence {
            Defence::Incidents => LASTING,
            _ => SCOPE,
        }
    }

    /// Mails something to one person; where a gateway stands in between, it may hold it back.
    fn mails(&self, to: &str, mail: &str) -> Played<Mailed> {
        match self.defence {
            Defence::ContentFiltering => Gateway::of(self.lab).take(to, mail),
            _ => Ok(Mailed::Arrived),
        }
    }

    /// Somebody whom no play met before, at home.
    fn victim(&self, number: u8, temper: Temper) -> Victim {
        let name = self.lab.people(1).pop().unwrap_or_default();
        Victim::new(&name, self.lab.machine(home(number)), temper)
    }

    /// People press every Allow, but where the defence is what a page says to them.
    const fn temper(&self) -> Temper {
        match self.people {
            Defence::UserEducation => Temper::Warned,
            Defence::UserExperience => Temper::Careful,
            _ => Temper::Trusting,
        }
    }

    /// Whether the attacker holds a token of one of these victims.
    fn held(&self, device: &Device<'_>, tokens: &Tokens, victims: &[&Victim]) -> Played<Ending> {
        let sub = self.lab.whose(device.machine, &tokens.access, device.key.as_deref())?;
        Ok(match sub {
            Some(sub) if victims.iter().any(|victim| victim.name == sub) => {
                Ending::Succeeded("the attacker holds a token of a victim".to_owned())
            }
            _ => Ending::Undone(Checkpoint::Afterwards, "the token does not work".to_owned()),
        })
    }
}
