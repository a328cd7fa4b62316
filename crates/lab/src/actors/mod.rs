//! Who takes part? Each with machines, cookies and keys of their own.

pub mod asker;
pub mod device;
pub mod gateway;
pub mod mail;
pub mod operator;
pub mod receiver;
pub mod service;
pub mod victim;

use std::net::Ipv4Addr;

/// The attacker's machine, and the device that they control or imitate.
pub const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// A machine that the attacker has in the first victim's street, such as one behind a broken router.
pub const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 66);
/// The machine of somebody to whom the attacker sells a token.
pub const BUYER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);

/// The mail server of the victims' company.
pub const MAIL_SERVER: Ipv4Addr = Ipv4Addr::new(127, 0, 9, 1);
/// The operators' machine.
pub const OPERATORS: Ipv4Addr = Ipv4Addr::new(127, 0, 9, 2);
/// A service that hears of sessions that ended.
pub const LISTENER: Ipv4Addr = Ipv4Addr::new(127, 0, 9, 3);
/// A resource server that asks about tokens.
pub const RESOURCE: Ipv4Addr = Ipv4Addr::new(127, 0, 9, 4);

/// Where homes are, as devices say it: latitude, longitude, metres.
pub const AT_HOME: &str = "34.6937,135.5023,30";
/// Where the attacker is, as their device says it.
pub const AT_THE_ATTACKERS: &str = "52.5200,13.4050,30";

/// Where the phone of the victim with this number is, and everything else in their home: 127.0.1.1 for the first.
pub fn home(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, number.saturating_add(1), 1)
}
