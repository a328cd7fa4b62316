//! Which pixels are dark?

use rxing::common::{BIT_FIELD_BASE_BITS, BitArray, BitMatrix};

use super::Luma;

/// Each threshold is found for a block of this many pixels a side.
const BLOCK: usize = 8;

/// A picture of dark (1) and light (0) pixels.
#[derive(Debug)]
pub(super) struct Monochrome {
    width: usize,
    dark: Vec<u8>,
}

impl Monochrome {
    /// Against the brightness around: a block whose pixels are about the same, within `flat`, takes over its neighbours' threshold.
    /// Nothing if all of the picture is flat.
    pub(super) fn by_neighbourhood(luma: &Luma, flat: u8, reach: usize) -> Option<Self> {
        let mut blocks = Blocks::of(luma, flat);
        blocks.fill()?;
        blocks.smooth(reach);
        let mut dark = Vec::with_capacity(luma.pixels().len());
        for (y, row) in luma.rows().enumerate() {
            let thresholds = blocks.row(y / BLOCK);
            for (pixels, threshold) in row.chunks(BLOCK).zip(thresholds) {
                dark.extend(pixels.iter().map(|pixel| u8::from(pixel <= threshold)));
            }
        }
        (dark.len() == luma.pixels().len()).then_some(Self { width: luma.width(), dark })
    }

    /// Against one brightness that parts the pixels best into two kinds (Otsu). Nothing if all are about the same.
    pub(super) fn by_histogram(luma: &Luma) -> Option<Self> {
        let threshold = otsu(luma.pixels())?;
        let dark = luma.pixels().iter().map(|pixel| u8::from(*pixel <= threshold)).collect();
        Some(Self { width: luma.width(), dark })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.dark.chunks_exact(self.width)
    }

    pub(super) fn height(&self) -> usize {
        self.dark.len().checked_div(self.width).unwrap_or(0)
    }

    /// As the library wants it. It panics on pixels beyond its border, so there is none.
    pub(super) fn bits(&self, inverted: bool) -> Option<BitMatrix> {
        let mut bits =
            BitMatrix::new(u32::try_from(self.width).ok()?, u32::try_from(self.height()).ok()?).ok()?;
        let unwanted = u8::from(inverted);
        let mut packed = BitArray::with_size(self.width);
        let word = BIT_FIELD_BASE_BITS;
        for (y, row) in (0..).zip(self.rows()) {
            for (at, pixels) in row.chunks(word).enumerate() {
                // The first pixel is the lowest bit.
                let bits =
                    pixels.iter().rev().fold(0, |bits, pixel| bits << 1 | usize::from(pixel ^ unwanted));
                packed.setBulk(at * word, bits);
            }
            bits.setRow(y, &packed);
        }
        Some(bits)
    }
}

/// One threshold for each block.
struct Blocks {
    columns: usize,
    thresholds: Vec<u8>,
    /// Whether the block itself told its threshold.
    known: Vec<bool>,
}

impl Blocks {
    fn of(luma: &Luma, flat: u8) -> Self {
        let columns = luma.width().div_ceil(BLOCK);
        let rows = luma.height().div_ceil(BLOCK);
        let mut thresholds = Vec::with_capacity(columns * rows);
        let mut known = Vec::with_capacity(columns * rows);
        let mut extremes = vec![(u8::MAX, u8::MIN); columns];
        for (y, row) in luma.rows().enumerate() {
            for ((low, high), pixels) in extremes.iter_mut().zip(row.chunks(BLOCK)) {
                for pixel in pixels {
                    *low = (*low).min(*pixel);
                    *high = (*high).max(*pixel);
                }
            }
            if y % BLOCK == BLOCK - 1 || y + 1 == luma.height() {
                for (low, high) in &mut extremes {
                    thresholds.push(low.midpoint(*high));
                    known.push(*high - *low > flat);
                    (*low, *high) = (u8::MAX, u8::MIN);
                }
            }
        }
        Self { columns, thresholds, known }
    }

    fn row(&self, at: usize) -> &[u8] {
        self.thresholds.get(at * self.columns..(at + 1) * self.columns).unwrap_or_default()
    }

    /// Blocks that know no threshold take the mean of neighbours that do: first from above and the left, what then remains from below
    /// and the right. Nothing if no block knows one.
    fn fill(&mut self) -> Option<()> {
        let count = self.thresholds.len();
        let columns = self.columns;
        for at in 0..count {
            let x = at % columns;
            let near = [
                (x > 0).then(|| at.wrapping_sub(1)),
                at.checked_sub(columns),
                at.checked_sub(columns + 1).filter(|_| x > 0),
                at.checked_sub(columns - 1).filter(|_| x + 1 < columns),
            ];
            self.take_over(at, near);
        }
        for at in (0..count).rev() {
            let x = at % columns;
            let near = [
                (x + 1 < columns).then_some(at + 1),
                Some(at + columns),
                (x > 0).then_some(at + columns - 1),
                (x + 1 < columns).then_some(at + columns + 1),
            ];
            self.take_over(at, near);
        }
        self.known.first().copied().filter(|known| *known).map(|_| ())
    }

    fn take_over(&mut self, at: usize, near: [Option<usize>; 4]) {
        if self.known.get(at).copied().unwrap_or(true) {
            return;
        }
        let known =
            near.into_iter().flatten().filter(|other| self.known.get(*other).copied().unwrap_or(false));
        let (sum, count) = known
            .filter_map(|other| self.thresholds.get(other))
            .fold((0_u32, 0_u32), |(sum, count), threshold| (sum + u32::from(*threshold), count + 1));
        let Some(mean) = sum.checked_div(count) else { return };
        if let (Some(threshold), Some(known)) = (self.thresholds.get_mut(at), self.known.get_mut(at)) {
            *threshold = u8::try_from(mean).unwrap_or(u8::MAX);
            *known = true;
        }
    }

    /// Each threshold becomes the mean of the blocks around, `reach` to each side.
    fn smooth(&mut self, reach: usize) {
        let across: Vec<u8> =
            self.thresholds.chunks_exact(self.columns).flat_map(|row| means(row, reach)).collect();
        let mut down = vec![0; across.len()];
        for x in 0..self.columns {
            let column: Vec<u8> = across.iter().skip(x).step_by(self.columns).copied().collect();
            for (y, mean) in means(&column, reach).enumerate() {
                if let Some(place) = down.get_mut(y * self.columns + x) {
                    *place = mean;
                }
            }
        }
        self.thresholds = down;
    }
}

/// The mean of each value and `reach` to each side, fewer at the ends.
fn means(values: &[u8], reach: usize) -> impl Iterator<Item = u8> {
    (0..values.len()).map(move |at| {
        let near =
            values.get(at.saturating_sub(reach)..(at + reach + 1).min(values.len())).unwrap_or_default();
        let sum: usize = near.iter().map(|value| usize::from(*value)).sum();
        u8::try_from(sum / near.len().max(1)).unwrap_or(u8::MAX)
    })
}

/// The brightness up to which pixels are dark, so that dark and light pixels differ most.
fn otsu(pixels: &[u8]) -> Option<u8> {
    let mut histogram = [0_u64; 256];
    for pixel in pixels {
        if let Some(count) = histogram.get_mut(usize::from(*pixel)) {
            *count += 1;
        }
    }
    let all = u64::try_from(pixels.len()).ok()?;
    let sum: u64 = (0_u64..).zip(histogram).map(|(bright, count)| bright * count).sum();
    let (mut below, mut below_sum) = (0, 0);
    let mut best = (0, None);
    for (bright, count) in (0_u64..).zip(histogram).take(255) {
        below += count;
        below_sum += bright * count;
        let above = all - below;
        if below == 0 || above == 0 {
            continue;
        }
        let apart = ((sum - below_sum) / above).saturating_sub(below_sum / below);
        let score = (below * above / all.max(1)) * apart * apart;
        if apart > 3 && score > best.0 {
            best = (score, u8::try_from(bright).ok());
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_picture_has_nothing_dark_in_it() {
        let grey = Luma::new(50, 50, vec![90; 2500]).unwrap();
        assert!(Monochrome::by_neighbourhood(&grey, 10, 2).is_none());
        assert!(Monochrome::by_histogram(&grey).is_none());
    }

    #[test]
    fn light_that_fades_over_the_picture_does_not_make_it_dark() {
        // Stripes of four pixels, 60 darker than the ground, whose brightness falls from 250 to 70.
        let pixel = |at: usize| {
            let (x, ground) = (at % 180, 250 - at % 180);
            u8::try_from(if x % 8 < 4 { ground - 60 } else { ground }).unwrap()
        };
        let luma = Luma::new(180, 40, (0..180 * 40).map(pixel).collect()).unwrap();
        let found = Monochrome::by_neighbourhood(&luma, 20, 2).unwrap();
        let right = (0..180 * 40).filter(|at| (found.dark[*at] == 1) == (at % 180 % 8 < 4)).count();
        assert!(right * 100 > 180 * 40 * 95, "{right}");
    }

    #[test]
    fn two_kinds_of_pixels_are_told_apart() {
        let luma = Luma::new(4, 1, vec![10, 200, 20, 210]).unwrap();
        assert_eq!(Monochrome::by_histogram(&luma).unwrap().dark, [1, 0, 1, 0]);
    }

    #[test]
    fn every_size_is_taken() {
        for (width, height) in [(1, 1), (1, 100), (100, 1), (7, 9), (8, 8), (17, 3)] {
            let data = (0..width * height).map(|at| if at % 3 == 0 { 0 } else { 255 }).collect();
            let luma = Luma::new(width, height, data).unwrap();
            if let Some(found) = Monochrome::by_neighbourhood(&luma, 10, 2) {
                assert_eq!((found.rows().count(), found.dark.len()), (height, width * height));
            }
        }
    }
}
