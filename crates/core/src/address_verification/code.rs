//! What is sent to an address, and typed by whoever reads it there?

use super::address::ascii;

const LENGTH: usize = 6;
/// Longest text that is looked at: a code with generous punctuation.
const MAX_TEXT: usize = 64;

/// Six digits.
#[derive(Clone, Copy)]
pub struct Code([u8; LENGTH]);

/// A text that cannot be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has 6 digits")]
pub struct NotACode;

impl Code {
    /// The code that these random bits make. 2^128 is so much larger than 10^6 that every code is as likely as any
    /// other to within 2^-108.
    pub fn from_random(bits: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(bits);
        Self(std::array::from_fn(|_| {
            let digit = u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            b'0' + digit
        }))
    }

    /// Reads what a person typed: spaces, hyphens and the width of the digits do not matter.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        if text.len() > MAX_TEXT {
            return Err(NotACode);
        }
        let mut digits = [0; LENGTH];
        let mut slots = digits.iter_mut();
        for c in text.chars().map(ascii).filter(|c| !is_ignored(*c)) {
            let digit = u8::try_from(c).map_err(|_| NotACode)?;
            if !digit.is_ascii_digit() {
                return Err(NotACode);
            }
            *slots.next().ok_or(NotACode)? = digit;
        }
        if slots.next().is_some() { Err(NotACode) } else { Ok(Self(digits)) }
    }

    /// As it is sent.
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(*digit)).collect()
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(..)")
    }
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use std::collections::BTreeSet;

    #[test]
    fn spaces_hyphens_and_width_do_not_matter() {
        for text in
            ["012345", " 012 345\n", "012-345", "0-1-2-3-4-5", "０１２３４５", "０１２ー３４５", "٠١٢٣٤٥"]
        {
            assert_eq!(Code::parse(text).unwrap().digits(), "012345", "{text}");
        }
    }

    #[test]
    fn what_is_not_six_digits_is_refused() {
        let long = format!("012345{}", " ".repeat(60));
        for text in
            ["", "     ", "01234", "0123456", "01234a", "01234.", "+12345", "01234²", "01234五", &long]
        {
            assert_eq!(Code::parse(text).unwrap_err(), NotACode, "{text}");
        }
    }

    #[test]
    fn drawn_codes_have_six_digits_of_every_kind() {
        let mut seen = BTreeSet::new();
        for n in 0..200_u64 {
            let bits = Digest::of(&n.to_be_bytes()).as_bytes()[..16].try_into().unwrap();
            let code = Code::from_random(bits);
            assert_eq!(Code::parse(&code.digits()).unwrap().digits(), code.digits());
            seen.extend(code.digits().chars().enumerate());
        }
        assert_eq!(seen.len(), 60, "each digit at each place");
        assert_eq!(Code::from_random([0; 16]).digits(), "000000");
        assert_eq!(format!("{:?}", Code::from_random([0; 16])), "Code(..)");
    }
}
