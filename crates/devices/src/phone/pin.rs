//! Is this the PIN? A salted slow hash of it (PBKDF2), and fewer tries the more often it was wrong.

use crate::failure::Failure;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;
use tandem_core::time::Timestamp;

/// How often the hash is repeated for a new PIN.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
/// A file that says more was not written here; checking would take minutes.
const MOST_ITERATIONS: u32 = 10_000_000;
/// So many wrong PINs in a row, and there is a pause.
const TRIES: u32 = 3;
/// The first pause; each further one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_mins(5);
const LONGEST_PAUSE: Duration = Duration::from_hours(24);
/// Characters of a PIN.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=64;

/// What is kept of a PIN.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pin {
    algorithm: Algorithm,
    iterations: NonZeroU32,
    salt: String,
    hash: String,
    /// Wrong ones since the last right one.
    wrong: u32,
    /// No further try before this (seconds since the epoch).
    not_before: u64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Algorithm {
    #[serde(rename = "PBKDF2-HMAC-SHA256")]
    Pbkdf2HmacSha256,
}

impl Pin {
    /// Takes a new PIN.
    pub fn choose(pin: &str, salt: [u8; 32]) -> Result<Self, Failure> {
        if !LENGTHS.contains(&pin.chars().count()) {
            return Err(Failure::Usage("a PIN has 4 to 64 characters".to_owned()));
        }
        let mut hash = [0; 32];
        pbkdf2::derive(PBKDF2_HMAC_SHA256, ITERATIONS, &salt, pin.as_bytes(), &mut hash);
        let [salt, hash] = [salt, hash].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let algorithm = Algorithm::Pbkdf2HmacSha256;
        Ok(Self { algorithm, iterations: ITERATIONS, salt, hash, wrong: 0, not_before: 0 })
    }

    /// Counts a try before it is made, so that ending the program does not undo it; refuses it during a pause.
    pub fn count_a_try(&mut self, now: Timestamp) -> Result<(), Failure> {
        if let Some(left) = self.not_before.checked_sub(now.as_secs()).filter(|left| *left > 0) {
            let minutes = left.div_ceil(60);
            return Err(Failure::NotConfirmed(format!(
                "the PIN was wrong too often; try again in {minutes} min, or deny the request"
            )));
        }
        self.wrong = self.wrong.saturating_add(1);
        if self.wrong.is_multiple_of(TRIES) {
            let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.wrong / TRIES - 1));
            self.not_before = now.plus(pause.min(LONGEST_PAUSE)).as_secs();
        }
        Ok(())
    }

    /// Whether `pin` is it; then the count begins anew.
    pub fn check(&mut self, pin: &str) -> Result<(), Failure> {
        let broken = || Failure::File("the PIN in the file of this device cannot be read".to_owned());
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
        let (salt, hash) = (decode(&self.salt).ok_or_else(broken)?, decode(&self.hash).ok_or_else(broken)?);
        if self.iterations < ITERATIONS || self.iterations.get() > MOST_ITERATIONS {
            return Err(broken());
        }
        let Algorithm::Pbkdf2HmacSha256 = self.algorithm;
        pbkdf2::verify(PBKDF2_HMAC_SHA256, self.iterations, &salt, pin.as_bytes(), &hash)
            .map_err(|_| Failure::NotConfirmed("that is not the PIN; nothing was approved".to_owned()))?;
        (self.wrong, self.not_before) = (0, 0);
        Ok(())
    }

    /// Whether another try is allowed at once.
    pub const fn may_try_again(&self) -> bool {
        !self.wrong.is_multiple_of(TRIES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn only_the_pin_is_the_pin_and_its_text_is_not_kept() {
        let mut pin = Pin::choose("2468 x", [1; 32]).unwrap();
        let kept = serde_json::to_string(&pin).unwrap();
        assert!(!kept.contains("2468") && kept.contains("600000"), "{kept}");
        for wrong in ["", "2468", "2468 X", "2468 x "] {
            assert!(matches!(pin.check(wrong), Err(Failure::NotConfirmed(_))), "{wrong}");
        }
        pin.check("2468 x").unwrap();
        let other = Pin::choose("2468 x", [2; 32]).unwrap();
        assert!(pin.hash != other.hash, "salted");
        for bad in ["", "123", &"1".repeat(65)] {
            assert!(matches!(Pin::choose(bad, [1; 32]), Err(Failure::Usage(_))), "{bad}");
        }
    }

    #[test]
    fn a_file_with_fewer_iterations_or_a_broken_hash_never_lets_anybody_in() {
        let good = serde_json::to_value(Pin::choose("2468", [1; 32]).unwrap()).unwrap();
        for (name, value) in [
            ("iterations", 1.into()),
            ("iterations", u32::MAX.into()),
            ("hash", "".into()),
            ("salt", "AA".into()),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            let mut pin: Pin = serde_json::from_value(bad).unwrap();
            assert!(matches!(pin.check("2468"), Err(Failure::File(_))), "{name}");
        }
        for (name, value) in [("iterations", 0.into()), ("algorithm", serde_json::Value::from("none"))] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(serde_json::from_value::<Pin>(bad).is_err(), "{name}");
        }
    }

    #[test]
    fn after_three_wrong_ones_there_are_pauses_that_grow_and_a_right_one_ends_them() {
        let mut pin = Pin::choose("2468", [1; 32]).unwrap();
        let mut now = 1_000_000;
        for pause in [300, 600, 1200] {
            for another in [true, true, false] {
                pin.count_a_try(at(now)).unwrap();
                assert_eq!(pin.may_try_again(), another);
            }
            for early in [0, pause - 1] {
                assert!(matches!(pin.count_a_try(at(now + early)), Err(Failure::NotConfirmed(_))));
            }
            now += pause;
        }
        for _ in 0..300 {
            pin.count_a_try(at(now)).unwrap();
            now += 86_400;
        }
        pin.check("2468").unwrap();
        pin.count_a_try(at(now)).unwrap();
        assert!(pin.may_try_again());
    }
}
