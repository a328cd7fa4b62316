//! What does a person type? (RFC 8628 section 6.1)

use crate::digest::{Digest, MacKey};
use crate::typed::narrow;

/// The base-20 alphabet of RFC 8628 section 6.1: no vowels, so no words; no digits, so nothing to confuse.
pub const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters in a code: 20^8, or 34.6 bits.
pub const LENGTH: usize = 8;

/// Longest text that is looked at: a code with generous punctuation.
const MAX_TEXT: usize = 64;

/// A user code: eight letters of the alphabet. Compared without case and punctuation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

/// A text that cannot be a user code, refused before anything is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user code has 8 letters of BCDFGHJKLMNPQRSTVWXZ")]
pub struct NotAUserCode;

impl UserCode {
    /// The code that these random bits make. 2^128 is so much larger than 20^8 that every code is as likely as any
    /// other to within 2^-93.
    pub fn from_random(bits: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(bits);
        let mut letters = [0; LENGTH];
        for letter in &mut letters {
            let index = usize::try_from(rest % 20).unwrap_or_default();
            *letter = ALPHABET.get(index).copied().unwrap_or_default();
            rest /= 20;
        }
        Self(letters)
    }

    /// Reads what a person typed: case, spaces and punctuation do not matter, foreign letters do.
    pub fn parse(text: &str) -> Result<Self, NotAUserCode> {
        if text.len() > MAX_TEXT {
            return Err(NotAUserCode);
        }
        let mut letters = [0; LENGTH];
        let mut slots = letters.iter_mut();
        for c in text.chars().filter(|c| !is_ignored(*c)) {
            let letter = u8::try_from(narrow(c).to_ascii_uppercase()).map_err(|_| NotAUserCode)?;
            if !ALPHABET.contains(&letter) {
                return Err(NotAUserCode);
            }
            *slots.next().ok_or(NotAUserCode)? = letter;
        }
        if slots.next().is_some() { Err(NotAUserCode) } else { Ok(Self(letters)) }
    }

    /// As it is shown: `XXXX-XXXX`.
    pub fn display(&self) -> String {
        let (left, right) = self.0.split_at(LENGTH / 2);
        left.iter().chain(b"-").chain(right).map(|b| char::from(*b)).collect()
    }

    /// As it is stored. The code is short, so the digest is keyed: who has the database alone cannot try all codes.
    pub fn digest(&self, key: &MacKey) -> Digest {
        key.mac("tandem user code", &[&self.0])
    }
}

impl std::fmt::Debug for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserCode(..)")
    }
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || c.is_ascii_punctuation()
        || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}' | '\u{b7}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8628_6_1_codes_compare_without_case_and_punctuation() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        for text in ["wdjbmjht", " wdjb mjht ", "w.d.j.b—m.j.h.t", "WDJB‐MJHT", "ｗｄｊｂー ＭＪＨＴ"]
        {
            assert_eq!(UserCode::parse(text), Ok(code), "{text}");
        }
        assert_eq!(code.display(), "WDJB-MJHT");
    }

    #[test]
    fn wrong_letters_and_lengths_are_refused_before_any_look_up() {
        for text in ["", "WDJB", "WDJB-MJHTX", "WDJB-MJHA", "12345678", "ＷＤＪＢ電", &"-".repeat(65)] {
            assert_eq!(UserCode::parse(text), Err(NotAUserCode), "{text}");
        }
    }

    #[test]
    fn drawn_codes_use_the_whole_alphabet() {
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..200u64 {
            let bits = Digest::of(&n.to_be_bytes());
            let code = UserCode::from_random(bits.as_bytes()[..16].try_into().unwrap());
            assert_eq!(UserCode::parse(&code.display()), Ok(code));
            seen.extend(code.0);
        }
        assert_eq!(seen.len(), ALPHABET.len());
    }

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", UserCode::from_random([0; 16])), "UserCode(..)");
    }
}
