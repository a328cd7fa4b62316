//! Which QR codes are in the pages of a PDF file?
//!
//! The file is not read as it wants to be read, from a table of places at its end through a tree of pages: both can be wrong, or
//! made to go round in circles. It is read once from its beginning to its end, and every object that is a picture or a page's
//! drawing is looked at, wherever it belongs to ([`objects`]). That also finds what no page shows, which does no harm.

mod drawing;
mod filters;
mod objects;
mod pace;
mod pictures;
mod syntax;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Limits;
use crate::image::{Luma, Reading, Spent, Trouble, read};
use objects::Objects;

/// What looking at one file needs.
struct Look<'a> {
    limits: &'a Limits,
    spent: &'a mut Spent,
    go_on: &'a dyn Fn() -> bool,
    reading: &'a mut Reading,
}

/// The texts of all QR codes in the pictures and drawings of a PDF file. `go_on` is asked often.
pub fn qr_codes(bytes: &[u8], limits: &Limits, spent: &mut Spent, go_on: &dyn Fn() -> bool) -> Reading {
    let mut reading = Reading::default();
    let mut look = Look { limits, spent, go_on, reading: &mut reading };
    // The decoders are other people's code, and files come from strangers.
    if catch_unwind(AssertUnwindSafe(|| look.file(bytes))).is_err() {
        reading.stopped_by(Trouble::Undecodable("damaged document"));
    }
    reading
}

impl Look<'_> {
    fn file(&mut self, bytes: &[u8]) {
        let header = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
        if !header.windows(5).any(|five| five == b"%PDF-") {
            return self.reading.stopped_by(Trouble::Undecodable("no PDF file"));
        }
        // Two bytes for each pixel that may be looked at: what a file inflates to has to end somewhere.
        let room = usize::try_from(self.limits.pixels.saturating_mul(2)).unwrap_or(usize::MAX);
        let objects = Objects::read(bytes, room, self.go_on);
        if objects.encrypted() {
            return self.reading.stopped_by(Trouble::Encrypted);
        }
        for trouble in objects.troubles() {
            self.reading.stopped_by(trouble.clone());
        }
        let mut strips: Vec<Luma> = Vec::new();
        for picture in objects.pictures() {
            if !(self.go_on)() {
                return self.reading.stopped_by(Trouble::OutOfTime);
            }
            match pictures::luma(&objects, picture, self.limits) {
                Ok(luma) => {
                    // Programs that print cut a picture in strips, one below the other.
                    if strips.last().is_some_and(|last| last.width() != luma.width())
                        || !self.fit(strips.iter().chain([&luma]))
                    {
                        self.together(&mut strips);
                    }
                    self.picture(&luma);
                    if self.fit([&luma].into_iter()) {
                        strips.push(luma);
                    }
                }
                Err(trouble) => self.reading.stopped_by(trouble),
            }
        }
        self.together(&mut strips);
        for drawing in objects.drawings() {
            if !(self.go_on)() {
                return self.reading.stopped_by(Trouble::OutOfTime);
            }
            match drawing.map(|drawing| drawing::luma(&drawing, self.go_on)) {
                Ok(Some(luma)) => self.picture(&luma),
                Ok(None) => {}
                Err(trouble) => self.reading.stopped_by(trouble),
            }
        }
    }

    /// Strips of the same width as one picture, as they follow each other and upside down.
    fn together(&mut self, strips: &mut Vec<Luma>) {
        let strips = std::mem::take(strips);
        // Pictures that are as high as wide are more likely pages of one scan than strips of one page.
        let (Some(first), true) = (strips.first(), strips.len() > 1) else { return };
        if strips.iter().all(|strip| strip.height() * 2 > strip.width()) {
            return;
        }
        let forward: Vec<u8> = strips.iter().flat_map(Luma::pixels).copied().collect();
        let backward: Vec<u8> = strips.iter().rev().flat_map(Luma::pixels).copied().collect();
        let found = self.reading.texts.len();
        for pasted in [forward, backward] {
            if self.reading.texts.len() > found {
                break;
            }
            let height = pasted.len().checked_div(first.width()).unwrap_or(0);
            if let Some(luma) = Luma::new(first.width(), height, pasted) {
                self.picture(&luma);
            }
        }
    }

    /// Whether these are together no larger than one picture may be: more of them are not even kept.
    fn fit<'b>(&self, strips: impl Iterator<Item = &'b Luma>) -> bool {
        let pixels: usize = strips.map(|strip| strip.pixels().len()).sum();
        u64::try_from(pixels).is_ok_and(|pixels| pixels <= self.limits.pixels)
    }

    fn picture(&mut self, luma: &Luma) {
        let pixels = u64::try_from(luma.pixels().len()).unwrap_or(u64::MAX);
        match self.spent.picture(pixels, self.limits) {
            Ok(()) => read(luma, self.go_on, self.reading),
            Err(trouble) => self.reading.stopped_by(trouble),
        }
    }
}
