//! Who takes part? Each with machines, cookies and keys of their own.

pub mod asker;
pub mod device;
pub mod victim;

use std::net::Ipv4Addr;

/// The attacker's machine, and the device that they control or imitate.
pub const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The machine of somebody to whom the attacker sells a token.
pub const BUYER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);

/// Where the phone of the victim with this number is, and everything else in their home: 127.0.1.1 for the first.
pub fn home(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, number.saturating_add(1), 1)
}
