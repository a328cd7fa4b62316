//! Which digits does the phone show after a yes, for the consumption device? (BCP 6.1.16)

use super::handle::CrossingId;
use crate::digest::MacKey;
use subtle::ConstantTimeEq as _;

/// Six digits that belong to one crossing. They are derived, so nothing is kept, and they can be shown again.
#[derive(Clone, Copy)]
pub struct Pin([u8; 6]);

impl Pin {
    /// The PIN of this crossing.
    pub fn of(id: CrossingId, key: &MacKey) -> Self {
        let mac = key.mac("tandem pin", &[id.as_bytes()]);
        let mut rest = u64::from_be_bytes(mac.as_bytes().first_chunk().copied().unwrap_or_default());
        // The bias of remainders over 64 bits is nothing that anybody could measure.
        Self(std::array::from_fn(|_| {
            let digit = u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            b'0' + digit
        }))
    }

    /// As people read it: two groups of three.
    pub fn display(&self) -> String {
        let digits = String::from_utf8_lossy(&self.0);
        let (one, two) = digits.split_at(3);
        format!("{one} {two}")
    }

    /// Whether these are its digits, in constant time; spaces and hyphens do not count.
    pub fn is(&self, given: &str) -> bool {
        let digits: Vec<u8> = given.bytes().filter(|b| !matches!(b, b' ' | b'-')).take(7).collect();
        digits.ct_eq(&self.0).into()
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_belongs_to_one_crossing_and_key() {
        let (one, two) = (CrossingId::of_secret("one"), CrossingId::of_secret("two"));
        let (key, other) = (MacKey::new(&[1; 32]), MacKey::new(&[2; 32]));
        let pin = Pin::of(one, &key);
        assert!(pin.is(&pin.display()) && pin.is(&Pin::of(one, &key).display()));
        assert!(!pin.is(&Pin::of(two, &key).display()) && !pin.is(&Pin::of(one, &other).display()));
        for wrong in ["", "1", "1234567", &format!("{}0", pin.display())] {
            assert!(!pin.is(wrong), "{wrong}");
        }
        assert_eq!(format!("{pin:?}"), "Pin(..)");
    }
}
