//! Which QR code is the present one? A server of Tandem may give a device a seed, under which it draws a new code every 15
//! seconds without asking again: a photograph of it is dead when it arrives (BCP 6.1.3).

use std::time::Duration;
use tandem_core::mitigations::establish_proximity::living_qr::{PERIOD, draw};
use tandem_core::time::Timestamp;

/// What time it is at the server, whatever the clock of this device says.
#[derive(Debug, Clone, Copy)]
pub struct ServerClock {
    /// What the server's clock said,
    pub time: Timestamp,
    /// when [`crate::surroundings::Surroundings::elapsed`] was this.
    pub elapsed: Duration,
}

impl ServerClock {
    fn at(self, elapsed: Duration) -> Timestamp {
        self.time.plus(elapsed.saturating_sub(self.elapsed))
    }
}

/// The living QR code of one request. Whoever has the seed can draw it, so it cannot be printed.
#[derive(Clone)]
pub struct LivingQr {
    address: String,
    seed: String,
    clock: ServerClock,
}

impl LivingQr {
    /// What the server gave: the complete address, the seed and the period. `None` if this program cannot draw by them.
    pub fn new(address: &str, seed: &str, period: u64, clock: ServerClock) -> Option<Self> {
        let (address, seed) = (address.to_owned(), seed.to_owned());
        let drawable = period == PERIOD && address.contains('?') && draw(&seed, clock.time).is_some();
        drawable.then_some(Self { address, seed, clock })
    }

    /// The seed.
    pub fn seed(&self) -> &str {
        &self.seed
    }

    /// When the seed came, by the server's clock.
    pub const fn begun(&self) -> Timestamp {
        self.clock.time
    }

    /// Which code is due at this moment, counted from some beginning.
    pub fn step(&self, elapsed: Duration) -> u64 {
        self.clock.at(elapsed).as_secs() / PERIOD
    }

    /// The step of the moment at which the seed came.
    pub fn first(&self) -> u64 {
        self.step(self.clock.elapsed)
    }

    /// The address that the QR code of this step carries.
    pub fn address(&self, step: u64) -> String {
        let live = draw(&self.seed, Timestamp::from_secs(step * PERIOD)).unwrap_or_default();
        format!("{}&live={live}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const ADDRESS: &str = "https://login.example/device?user_code=BCDF-GHJK";

    fn seed() -> String {
        "A".repeat(43)
    }

    #[test]
    fn the_code_changes_with_the_servers_clock_and_not_before() {
        let clock = ServerClock { time: NOW.plus(Duration::from_secs(10)), elapsed: Duration::from_secs(3) };
        let living = LivingQr::new(ADDRESS, &seed(), 15, clock).unwrap();
        assert_eq!(living.first(), NOW.as_secs() / 15);
        assert_eq!(living.step(Duration::from_millis(7999)), living.first(), "five seconds later it changes");
        assert_eq!(living.step(Duration::from_secs(8)), living.first() + 1);
        // The example of the documentation: step 120,000,000 under 32 zero bytes.
        assert_eq!(living.address(living.first()), format!("{ADDRESS}&live=6nkk7drRJFlFfQ"));
        assert_ne!(living.address(living.first()), living.address(living.first() + 1));
    }

    #[test]
    fn what_cannot_be_drawn_by_is_none() {
        let clock = ServerClock { time: NOW, elapsed: Duration::ZERO };
        for (address, seed, period) in [
            (ADDRESS, "short", 15),
            (ADDRESS, "", 15),
            (ADDRESS, &*seed(), 30),
            (ADDRESS, &*seed(), 0),
            ("https://login.example/device", &*seed(), 15),
        ] {
            assert!(LivingQr::new(address, seed, period, clock).is_none(), "{address} {seed} {period}");
        }
    }
}
