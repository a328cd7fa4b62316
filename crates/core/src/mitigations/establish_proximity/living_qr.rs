//! Was the QR code drawn just now, on the device that asked? (BCP 6.1.3: a date stamp in the code)
//!
//! The device gets a seed once, and draws a new QR code every few seconds without talking to the server: the code carries
//! a MAC of the present step of time under the seed. A photograph of it, or a mail with it, is dead when it arrives.
//!
//! What a device computes, for those who build one: `base64url(HMAC-SHA256(seed, step)[..10])`, where `step` is the Unix
//! time in seconds divided by 15, rounded down, as eight bytes, most significant first.

use crate::crossing::CrossingId;
use crate::digest::MacKey;
use crate::time::Timestamp;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// Seconds for which one QR code is the present one (`tandem_qr_period`).
pub const PERIOD: u64 = 15;
/// How many steps old a QR code may be: drawn at the end of its step, scanned, and opened by a slow phone.
const OLDEST: u64 = 2;
/// Bytes of the MAC that travel: 80 bits, for a code that lives for seconds.
const BYTES: usize = 10;

/// The seed of one crossing (`tandem_qr_seed`): base64url of 32 bytes. It is derived, so nothing is kept.
pub fn seed(id: CrossingId, key: &MacKey) -> String {
    URL_SAFE_NO_PAD.encode(key.mac("tandem living qr", &[id.as_bytes()]).as_bytes())
}

/// What the device puts into the QR code that it draws at this moment. `None` if the seed is none.
pub fn draw(seed: &str, now: Timestamp) -> Option<String> {
    let seed = URL_SAFE_NO_PAD.decode(seed).ok().filter(|seed| seed.len() == 32)?;
    Some(of_step(&seed, now.as_secs() / PERIOD))
}

fn of_step(seed: &[u8], step: u64) -> String {
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed), &step.to_be_bytes());
    URL_SAFE_NO_PAD.encode(mac.as_ref().get(..BYTES).unwrap_or_default())
}

/// Whether this was drawn under the seed of this crossing within the last moments, or by a clock a little ahead.
pub fn is_alive(given: &str, id: CrossingId, key: &MacKey, now: Timestamp) -> bool {
    let mac = key.mac("tandem living qr", &[id.as_bytes()]);
    let present = now.as_secs() / PERIOD;
    (present.saturating_sub(OLDEST)..=present.saturating_add(1)).fold(false, |alive, step| {
        alive | bool::from(of_step(mac.as_bytes(), step).as_bytes().ct_eq(given.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[test]
    fn it_lives_for_seconds_and_dies() {
        let (key, id) = (MacKey::new(&[7; 32]), CrossingId::of_secret("device code"));
        let seed = seed(id, &key);
        let drawn = draw(&seed, NOW).unwrap();
        for (later, alive) in [(0, true), (14, true), (44, true), (45, false), (600, false), (86_400, false)]
        {
            assert_eq!(is_alive(&drawn, id, &key, NOW.plus(Duration::from_secs(later))), alive, "{later}");
        }
        assert!(is_alive(&drawn, id, &key, NOW.minus(Duration::from_secs(1))), "a clock a little ahead");
        assert!(!is_alive(&drawn, id, &key, NOW.minus(Duration::from_secs(16))), "nobody draws far ahead");
    }

    #[test]
    fn it_is_of_one_crossing_and_cannot_be_made_without_its_seed() {
        let (key, id) = (MacKey::new(&[7; 32]), CrossingId::of_secret("device code"));
        let drawn = draw(&seed(id, &key), NOW).unwrap();
        assert!(!is_alive(&drawn, CrossingId::of_secret("another"), &key, NOW));
        assert!(!is_alive(&drawn, id, &MacKey::new(&[8; 32]), NOW));
        for wrong in ["", "A", &drawn[1..], &format!("{drawn}A"), &drawn.to_uppercase()] {
            assert!(!is_alive(wrong, id, &key, NOW), "{wrong}");
        }
        assert_eq!(draw("short", NOW), None);
    }

    #[test]
    fn what_a_device_computes_is_what_the_documentation_says() {
        // HMAC-SHA256 with 32 zero bytes over 00 00 00 00 07 27 0e 00 (step 120,000,000), made with another library.
        let zero = URL_SAFE_NO_PAD.encode([0; 32]);
        assert_eq!(draw(&zero, NOW).unwrap(), "6nkk7drRJFlFfQ");
    }
}
