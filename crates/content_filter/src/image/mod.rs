//! Which QR codes are in a picture?
//!
//! A picture becomes shades of grey ([`decode`]), these become black and white in several sizes ([`passes`]), finder patterns in it
//! are put together to codes, and codes are read ([`patterns`]). Everything is looked at to the end: a code that was found says
//! nothing about the one beside it.

mod binarize;
mod decode;
mod luma;
mod passes;
mod patterns;

use crate::{Limits, Skipped};

pub(crate) use decode::jpeg;
pub(crate) use luma::Luma;
pub(crate) use passes::read;

/// What was spent on the pictures of a message so far. One for all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Pictures, frames and pages' pictures included.
    pub images: usize,
    /// Their pixels.
    pub pixels: u64,
}

impl Spent {
    /// Counts one more picture, if it may be looked at.
    pub(crate) fn picture(&mut self, pixels: u64, limits: &Limits) -> Result<(), Trouble> {
        let all = self.pixels.saturating_add(pixels);
        if self.images >= limits.images {
            return Err(Trouble::TooManyImages);
        }
        if pixels > limits.pixels || all > limits.all_pixels {
            return Err(Trouble::TooManyPixels);
        }
        self.images += 1;
        self.pixels = all;
        Ok(())
    }
}

/// What was in the way of looking at a picture, or at all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// More pictures, or frames, than are looked at.
    TooManyImages,
    /// More pixels than are looked at.
    TooManyPixels,
    /// Not what it says it is, or damaged, or of a kind that is not read.
    Undecodable(&'static str),
    /// Nobody without a key can read it.
    Encrypted,
    /// The time was over.
    OutOfTime,
}

impl Trouble {
    /// As it stands in a [`crate::Scan`].
    pub fn in_part(self, part: &str) -> Skipped {
        let part = part.to_owned();
        match self {
            Self::TooManyImages => Skipped::TooManyImages,
            Self::TooManyPixels => Skipped::TooManyPixels { part },
            Self::Undecodable(why) => Skipped::Undecodable { part, why: why.to_owned() },
            Self::Encrypted => Skipped::Encrypted { part },
            Self::OutOfTime => Skipped::OutOfTime,
        }
    }
}

/// What came of looking at one picture or document: texts may be found although something else could not be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What stands in its QR codes, each text once.
    pub texts: Vec<String>,
    /// What was in the way, each once.
    pub troubles: Vec<Trouble>,
}

impl Reading {
    pub(crate) fn add(&mut self, text: String) {
        if !text.is_empty() && !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    pub(crate) fn stopped_by(&mut self, trouble: Trouble) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }
}

/// The texts of all QR codes in a picture: PNG, JPEG, GIF, WebP or BMP, all frames of moving ones. `go_on` is asked often.
pub fn qr_codes(bytes: &[u8], limits: &Limits, spent: &mut Spent, go_on: &dyn Fn() -> bool) -> Reading {
    let mut reading = Reading::default();
    decode::each_frame(bytes, limits, spent, go_on, &mut reading);
    reading
}
