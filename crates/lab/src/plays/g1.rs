//! G1: how many codes can be guessed?

use super::{SCOPE, Scene};
use crate::actors::device::{Began, Device};
use crate::http::Browser;
use crate::outcome::{Checkpoint, Ending, Played, Trouble};
use std::net::Ipv4Addr;
use tandem_core::device_authorization::user_code::{ALPHABET, LENGTH};

/// G1.
pub const SCRIPT: &str = "A thousand codes are alive. 2400 wrong ones are tried from 120 networks, then a right one. The \
    attacker wants that one to be looked at.";

/// How many codes are alive.
pub const LIVE: u32 = 1000;
/// How many networks guess.
const NETWORKS: u8 = 120;
/// How many guesses each makes.
const GUESSES: u8 = 20;

/// The chance, at most, that one of so many tries hits one of so many live codes: the union bound over uniform codes.
#[expect(clippy::cast_precision_loss, reason = "a chance is told with two digits")]
pub fn chance(tries: u32, live: u32) -> f64 {
    let codes = (ALPHABET.len() as f64).powi(i32::try_from(LENGTH).unwrap_or(i32::MAX));
    f64::from(tries) * f64::from(live) / codes
}

/// G1.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    let mut target = None;
    for number in 0..LIVE {
        // Devices all over the world, not more than a few in one place.
        let [.., high, low] = (number / 20).to_be_bytes();
        let machine = scene.lab.machine(Ipv4Addr::new(127, 3, high, low.saturating_add(1)));
        let device = Device::new(scene.lab, machine, scene.defence.device_client(), "TV");
        match device.begin(SCOPE)? {
            Began::Yes(begun) => target = Some(begun),
            Began::Refused(why) => return Err(Trouble::new(format!("an honest device is refused: {why}"))),
        }
    }
    let target = target.ok_or_else(|| Trouble::new("no code is alive"))?;
    let (mut looked_at, mut turned_away) = (0_u32, 0_u32);
    for network in 0..NETWORKS {
        let machine = scene.lab.machine(Ipv4Addr::new(127, 4, network, 1));
        for guess in 0..GUESSES {
            let wrong = wrong_code(network, guess, &target.user_code);
            match machine.get(&format!("/device?user_code={wrong}"), &[])?.status {
                404 => looked_at += 1,
                429 => turned_away += 1,
                status => return Err(Trouble::new(format!("a guess gets the status {status}"))),
            }
        }
    }
    let mut lucky = Browser::on(scene.lab.machine(Ipv4Addr::new(127, 4, 250, 1)));
    let answer = lucky.open(&target.link)?;
    let tally = format!("{looked_at} of {} guesses were looked at", looked_at + turned_away);
    match answer.status {
        200 => Ok(Ending::Succeeded(format!("{tally}, and the right one too"))),
        429 => Ok(Ending::Ended(Checkpoint::Transfer, format!("{tally}, and the right one was not"))),
        status => Err(Trouble::new(format!("the right code gets the status {status}"))),
    }
}

/// A code of the right form that differs for each guess, and is not the target.
fn wrong_code(network: u8, guess: u8, target: &str) -> String {
    let letter = |index: usize| char::from(ALPHABET.get(index % ALPHABET.len()).copied().unwrap_or(b'B'));
    let numbers = [network, guess];
    let digits = numbers.iter().flat_map(|n| [usize::from(*n) % 20, usize::from(*n) / 20]);
    // The last half is taken from the target, and changed in one place: as near a miss as can be.
    let plain: String = target.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut tail: Vec<char> = plain.chars().rev().take(LENGTH - 4).collect();
    if let Some(last) = tail.first_mut() {
        *last = if *last == letter(0) { letter(1) } else { letter(0) };
    }
    digits.map(letter).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stated bound: a million tries, all looked at, hit one of a thousand live codes once in 25 times; with the
    /// budget of a thousand within the life of a code, once in 25,000.
    #[test]
    fn the_entropy_and_the_budget_bound_the_hits() {
        assert!(chance(1_000_000, LIVE) < 0.04, "{}", chance(1_000_000, LIVE));
        assert!(chance(1000, LIVE) < 4e-5);
    }

    #[test]
    fn guesses_are_codes_and_never_the_target() {
        use tandem_core::device_authorization::user_code::UserCode;
        for (network, guess) in [(0, 0), (119, 19), (7, 3)] {
            let wrong = wrong_code(network, guess, "BCDF-GHJK");
            assert!(UserCode::parse(&wrong).is_ok(), "{wrong}");
            assert_ne!(wrong, "BCDFGHJK");
        }
        assert_ne!(wrong_code(1, 2, "BCDF-GHJK"), wrong_code(2, 1, "BCDF-GHJK"));
    }
}
