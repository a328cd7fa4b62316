//! Which mails is the filter tried on? Ordinary ones, in which nothing must be found, and disguises of a code, which must be.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "mails are made of small numbers, and a mistake in them is a failed test"
)]

pub mod disguises;
pub mod mime;
pub mod ordinary;
pub mod places;

/// The alphabet and length of the server's codes (RFC 8628 section 6.1).
pub const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
pub const LENGTH: usize = 8;
/// Where the server lives in all of these mails.
pub const ORIGIN: &str = "https://id.example.com";

/// Numbers that are always the same ones (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    pub fn any<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *self.any(of)
    }

    pub fn signs(&mut self, count: usize, of: &[u8]) -> String {
        (0..count).map(|_| char::from(self.one(of))).collect()
    }

    pub fn code(&mut self) -> String {
        self.signs(LENGTH, ALPHABET)
    }
}

/// Codes that are live while the ordinary mails come in.
pub fn live_codes() -> Vec<String> {
    let mut dice = Dice(2026);
    (0..1000).map(|_| dice.code()).collect()
}
