//! In which sizes and contrasts is a picture looked at?
//!
//! Which passes there are was measured (`examples/qr_corpus.rs`): each one reads codes that no other does. None of them ends the
//! search, but what one has read need not be looked at closely by another.

use super::binarize::Monochrome;
use super::patterns::{Places, Square, look};
use super::{Luma, Reading, Trouble};

/// How much brighter than its darkest pixel a block's brightest has to be, to say by itself where dark ends; and from how many
/// blocks to each side the mean is taken. The first bridges noise, the second sees faint codes beside strong edges.
const KINDS: [(u8, usize); 2] = [(24, 2), (8, 0)];

/// Smaller pictures than this are not halved any more.
const SMALLEST: usize = 160;
/// Pictures of fewer pixels are also looked at twice as large.
const SMALL: usize = 120_000;
/// In pictures of fewer pixels every row is searched, otherwise every other.
const EVERY_ROW: usize = 500_000;
/// Squares that are looked at closely.
const MOST_CLOSE_LOOKS: usize = 5;

/// One picture on its way through the passes.
struct Search<'a> {
    /// As it came.
    whole: &'a Luma,
    /// Half as large, a quarter, ...
    halved: Vec<Luma>,
    go_on: &'a dyn Fn() -> bool,
    reading: &'a mut Reading,
    /// In pixels of the picture as it came.
    read: Vec<Square>,
    /// The same, and in which size they were seen.
    unread: Vec<(Square, usize)>,
    /// Finder patterns that belong to no code, as one pass saw them.
    strays: Vec<(Vec<(f32, f32)>, usize)>,
}

/// Reads all codes of a picture.
pub(crate) fn read(luma: &Luma, go_on: &dyn Fn() -> bool, reading: &mut Reading) {
    let mut halved: Vec<Luma> = Vec::new();
    let large = |luma: &&Luma| luma.width().min(luma.height()) >= SMALLEST * 2;
    while let Some(half) = Some(halved.last().unwrap_or(luma)).filter(large).and_then(Luma::halved) {
        halved.push(half);
    }
    let last = halved.len();
    let mut search = Search {
        whole: luma,
        halved,
        go_on,
        reading,
        read: Vec::new(),
        unread: Vec::new(),
        strays: Vec::new(),
    };
    for halvings in 0..=last {
        search.size(halvings);
    }
    search.enlarged();
    search.closely();
    search.stretched();
}

/// How many times as large as a picture that was halved this often it was.
fn scale(halvings: usize) -> f32 {
    (0..halvings).fold(1.0, |scale, _| scale * 2.0)
}

fn sized<'a>(whole: &'a Luma, halved: &'a [Luma], halvings: usize) -> Option<&'a Luma> {
    halvings.checked_sub(1).map_or(Some(whole), |at| halved.get(at))
}

impl Search<'_> {
    fn size(&mut self, number: usize) {
        let Some(luma) = sized(self.whole, &self.halved, number) else { return };
        let times = scale(number);
        for (flat, reach) in KINDS {
            if !(self.go_on)() {
                return self.reading.stopped_by(Trouble::OutOfTime);
            }
            let step = if luma.pixels().len() > EVERY_ROW { 2 } else { 1 };
            let Some(picture) = Monochrome::by_neighbourhood(luma, flat, reach) else { continue };
            let Places { read, unread, strays } = look(&picture, step, self.go_on, self.reading);
            self.read.extend(read.into_iter().map(|square| square.times(times)));
            self.unread.extend(unread.into_iter().map(|square| (square.times(times), number)));
            // Where faint differences count, noise looks like finder patterns too often.
            if reach > 0 {
                self.strays.push((strays.into_iter().map(|(x, y)| (x * times, y * times)).collect(), number));
            }
        }
    }

    /// Small pictures may have modules that are too small to be seen one by one.
    fn enlarged(&mut self) {
        let small = Some(self.whole).filter(|luma| luma.pixels().len() <= SMALL);
        if let Some(large) = small.and_then(|luma| luma.enlarged(2)) {
            for (flat, reach) in KINDS {
                if let Some(picture) = Monochrome::by_neighbourhood(&large, flat, reach) {
                    let Places { read, unread, .. } = look(&picture, 1, self.go_on, self.reading);
                    self.read.extend(read.into_iter().map(|square| square.times(0.5)));
                    self.unread.extend(unread.into_iter().map(|square| (square.times(0.5), 0)));
                }
            }
        }
    }

    /// Looks again where codes were seen but not read: so large that a module is several pixels wide.
    fn closely(&mut self) {
        let mut looked: Vec<Square> = Vec::new();
        for (square, number) in std::mem::take(&mut self.unread) {
            if looked.len() >= MOST_CLOSE_LOOKS || !(self.go_on)() {
                break;
            }
            if self.read.iter().chain(&looked).any(|other| other.meets(&square)) {
                continue;
            }
            looked.push(square);
            let here = square.times(1.0 / scale(number));
            let part = sized(self.whole, &self.halved, number).and_then(|luma| {
                luma.part(whole(here.left), whole(here.top), whole(here.right), whole(here.bottom))
            });
            let times = if here.module < 3.0 {
                4
            } else if here.module < 5.0 {
                3
            } else {
                2
            };
            let fits = |part: &Luma| part.pixels().len() * times * times < 2_000_000;
            let Some(large) = part.filter(fits).and_then(|part| part.enlarged(times)) else { continue };
            let pictures = [Monochrome::by_neighbourhood(&large, 8, 2), Monochrome::by_histogram(&large)];
            for picture in pictures.iter().flatten() {
                if !look(picture, 2, self.go_on, self.reading).read.is_empty() {
                    self.read.push(square);
                }
            }
        }
    }

    /// Where finder patterns remain, the picture may have been stretched so much in one direction that they do not fit together.
    fn stretched(&mut self) {
        let read = &self.read;
        let remain = |strays: &[(f32, f32)]| {
            strays.iter().filter(|place| !read.iter().any(|square| square.holds(**place))).count()
        };
        let Some((_, number)) = self.strays.iter().find(|(strays, _)| remain(strays) >= 3) else { return };
        let Some(luma) = sized(self.whole, &self.halved, *number) else { return };
        for other in [luma.squeezed(), luma.flattened()].into_iter().flatten() {
            let kinds =
                KINDS.iter().filter_map(|(flat, reach)| Monochrome::by_neighbourhood(&other, *flat, *reach));
            for picture in kinds {
                look(&picture, 2, self.go_on, self.reading);
            }
        }
    }
}

/// A place in a picture as a whole number of pixels; before its border is its border.
fn whole(place: f32) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places in pictures are small; `as` saturates"
    )]
    let whole = place.max(0.0) as usize;
    whole
}
