//! Where in a black and white picture are QR codes, and what do they say?
//!
//! A QR code has three finder patterns: from any direction, dark and light through their middle are 1 : 1 : 3 : 1 : 1 wide. Rows are
//! searched for that, both as they are and inverted. What was found is checked, put together in threes, sampled and decoded by
//! `rxing`. Pictures made to keep us busy have many finder patterns, so all that grows faster than the picture has an end.

use rxing::common::cpp_essentials::{ConcentricPattern, LocateConcentricPattern};
use rxing::common::{BitMatrix, DetectorRXingResult as _};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};

use super::binarize::Monochrome;
use super::{Reading, Trouble};

/// Finder patterns that are put together at most, in one pass.
const MOST_PATTERNS: usize = 240;
/// Threes that are sampled at most, in one pass.
const MOST_SETS: usize = 1500;

/// What may be a finder pattern: its middle, and how wide it is.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    x: f32,
    y: f32,
    width: i32,
}

/// Candidates of one picture, dark on light and light on dark.
#[derive(Debug, Default)]
struct Candidates {
    plain: Vec<Candidate>,
    inverted: Vec<Candidate>,
}

/// A square around a code, or what seems to be one, in pixels of the picture that was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Square {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    /// How wide one module is.
    pub(super) module: f32,
}

impl Square {
    /// In a picture this many times as large.
    pub(super) fn times(self, times: f32) -> Self {
        let Self { left, top, right, bottom, module } = self;
        Self {
            left: left * times,
            top: top * times,
            right: right * times,
            bottom: bottom * times,
            module: module * times,
        }
    }

    pub(super) fn holds(&self, (x, y): (f32, f32)) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// Whether one's middle is in the other.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.holds(other.middle()) || other.holds(self.middle())
    }

    fn middle(&self) -> (f32, f32) {
        (self.left.midpoint(self.right), self.top.midpoint(self.bottom))
    }
}

/// Where something is in a picture.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Codes that were read.
    pub(super) read: Vec<Square>,
    /// Codes, as it seems, that were not.
    pub(super) unread: Vec<Square>,
    /// Finder patterns that belong to no code that was read.
    pub(super) strays: Vec<(f32, f32)>,
}

/// Reads every code, and tells where codes and the rest of finder patterns are. Every `step`th row is searched.
pub(super) fn look(
    picture: &Monochrome,
    step: usize,
    go_on: &dyn Fn() -> bool,
    reading: &mut Reading,
) -> Places {
    let candidates = search(picture, step);
    let mut places = Places::default();
    for (inverted, candidates) in [(false, candidates.plain), (true, candidates.inverted)] {
        if candidates.len() < 3 {
            continue;
        }
        let Some(bits) = picture.bits(inverted) else { continue };
        let patterns = verify(&bits, &candidates, reading);
        decode(&bits, patterns, go_on, reading, &mut places);
    }
    places
}

fn search(picture: &Monochrome, step: usize) -> Candidates {
    let mut found = Candidates::default();
    let mut runs: Vec<u16> = Vec::new();
    for (y, row) in (0_u32..).zip(picture.rows()).skip(step / 2).step_by(step) {
        runs.clear();
        let mut length = 0_u16;
        let mut before = row.first().copied().unwrap_or(0);
        let first_is_dark = before == 1;
        for pixel in row {
            if *pixel != before {
                runs.push(length);
                length = 0;
                before = *pixel;
            }
            length = length.saturating_add(1);
        }
        runs.push(length);
        let mut x = 0_u32;
        for (at, five) in runs.windows(5).enumerate() {
            if let Some((middle, width)) = finder_pattern(five) {
                let candidate = Candidate { x: short(x) + middle, y: short(y) + 0.5, width };
                let kind = if first_is_dark == at.is_multiple_of(2) {
                    &mut found.plain
                } else {
                    &mut found.inverted
                };
                kind.push(candidate);
            }
            x += five.first().copied().map_or(0, u32::from);
        }
    }
    found
}

/// Rows longer than 65,535 pixels are cut there by the limits of pixels or are too flat to hold a code.
fn short(x: u32) -> f32 {
    f32::from(u16::try_from(x).unwrap_or(u16::MAX))
}

/// Where in five runs the middle of a finder pattern is, and how wide they are together. Widths from edge to like edge are
/// compared, since blur and print make all dark runs wider or all of them narrower.
fn finder_pattern(five: &[u16]) -> Option<(f32, i32)> {
    let &[first, second, middle, fourth, last] = five else { return None };
    if middle < 3
        || middle < first.max(last).saturating_mul(2).saturating_sub(1)
        || middle < second.max(fourth)
    {
        return None;
    }
    let [first, second, middle, fourth, last] = [first, second, middle, fourth, last].map(f32::from);
    let module = (first + second + middle + fourth + last) / 7.0;
    let near = |width: f32, modules: f32| (width - modules * module).abs() <= module * 0.5 + 0.5;
    let right = near(first + second, 2.0)
        && near(second + middle, 4.0)
        && near(middle + fourth, 4.0)
        && near(fourth + last, 2.0);
    let width = five.iter().map(|run| i32::from(*run)).sum();
    right.then_some((first + second + middle / 2.0, width))
}

/// The candidates that are finder patterns in the other directions too.
fn verify(bits: &BitMatrix, candidates: &[Candidate], reading: &mut Reading) -> Vec<ConcentricPattern> {
    let mut patterns: Vec<ConcentricPattern> = Vec::new();
    for candidate in candidates {
        let middle = rxing::Point::new(candidate.x, candidate.y);
        let known = |pattern: &ConcentricPattern| {
            let (dx, dy) = (pattern.p.x - middle.x, pattern.p.y - middle.y);
            dx.hypot(dy) < width_of(pattern) / 2.0
        };
        if patterns.iter().any(known) {
            continue;
        }
        // Three times as far as this row says: the pattern may be seen from the side.
        let Some(pattern) =
            LocateConcentricPattern::<true, 5, 7>(bits, &[1, 1, 3, 1, 1], middle, candidate.width * 3)
        else {
            continue;
        };
        if patterns.len() >= MOST_PATTERNS {
            reading.stopped_by(Trouble::Undecodable("too many finder patterns"));
            break;
        }
        patterns.push(pattern);
    }
    patterns
}

fn width_of(pattern: &ConcentricPattern) -> f32 {
    f32::from(i16::try_from(pattern.size).unwrap_or(i16::MAX))
}

fn decode(
    bits: &BitMatrix,
    mut patterns: Vec<ConcentricPattern>,
    go_on: &dyn Fn() -> bool,
    reading: &mut Reading,
    places: &mut Places,
) {
    let mut used: Vec<ConcentricPattern> = Vec::new();
    let mut failed: Vec<FinderPatternSet> = Vec::new();
    for (number, set) in GenerateFinderPatternSets(&mut patterns).into_iter().enumerate() {
        if members(&set).iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        if number % 16 == 0 && !go_on() {
            reading.stopped_by(Trouble::OutOfTime);
            break;
        }
        if number >= MOST_SETS {
            reading.stopped_by(Trouble::Undecodable("too many finder patterns"));
            break;
        }
        if let Some(text) = sample(bits, &set) {
            used.extend(members(&set));
            places.read.push(around(&set));
            reading.add(text);
        } else {
            failed.push(set);
        }
    }
    places.strays.extend(
        patterns.iter().filter(|pattern| !used.contains(pattern)).map(|pattern| (pattern.p.x, pattern.p.y)),
    );
    for set in failed {
        if !members(&set).iter().any(|pattern| used.contains(pattern)) {
            used.extend(members(&set));
            places.unread.push(around(&set));
        }
    }
}

fn members(set: &FinderPatternSet) -> [ConcentricPattern; 3] {
    [set.tl, set.tr, set.bl]
}

fn sample(bits: &BitMatrix, set: &FinderPatternSet) -> Option<String> {
    let sampled = SampleQR(bits, set).ok()?;
    let decoded = Decode(sampled.getBits()).ok()?;
    decoded.isValid().then(|| decoded.content().to_string())
}

/// The square that three finder patterns span, with the light zone around it.
fn around(set: &FinderPatternSet) -> Square {
    let corners = members(set).map(|pattern| (pattern.p.x, pattern.p.y));
    let [(tx, ty), (rx, ry), (lx, ly)] = corners;
    let (fx, fy) = (rx + lx - tx, ry + ly - ty);
    let width = members(set).iter().map(width_of).fold(0.0, f32::max);
    let module = members(set).iter().map(width_of).sum::<f32>() / 21.0;
    let margin = width * 1.3;
    let least = |a: f32, b: f32, c: f32, d: f32| a.min(b).min(c.min(d)) - margin;
    let most = |a: f32, b: f32, c: f32, d: f32| a.max(b).max(c.max(d)) + margin;
    Square {
        left: least(tx, rx, lx, fx),
        top: least(ty, ry, ly, fy),
        right: most(tx, rx, lx, fx),
        bottom: most(ty, ry, ly, fy),
        module,
    }
}
