//! How bright is each pixel of a picture?

/// Shades of grey, row by row; 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Luma {
    width: usize,
    height: usize,
    data: Vec<u8>,
}

impl Luma {
    /// Nothing if the pixels are not as many as the sides say, or none.
    pub(crate) fn new(width: usize, height: usize, data: Vec<u8>) -> Option<Self> {
        let fits = width > 0 && height > 0 && width.checked_mul(height) == Some(data.len());
        fits.then_some(Self { width, height, data })
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn pixels(&self) -> &[u8] {
        &self.data
    }

    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.data.chunks_exact(self.width)
    }

    /// Half as wide and high: each pixel is the mean of four. An odd last row or column is left out.
    pub(crate) fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut data = Vec::with_capacity(width.checked_mul(height)?);
        for pair in self.data.chunks_exact(self.width.checked_mul(2)?) {
            let (above, below) = pair.split_at(self.width);
            data.extend(above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0).map(
                |([a, b], [c, d])| {
                    let sum = u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d);
                    u8::try_from((sum + 2) / 4).unwrap_or(u8::MAX)
                },
            ));
        }
        Self::new(width, height, data)
    }

    /// Half as wide.
    pub(crate) fn squeezed(&self) -> Option<Self> {
        let mean = |pair: &[u8; 2]| pair[0].midpoint(pair[1]);
        let data = self.rows().flat_map(|row| row.as_chunks::<2>().0.iter().map(mean)).collect();
        Self::new(self.width / 2, self.height, data)
    }

    /// Half as high.
    pub(crate) fn flattened(&self) -> Option<Self> {
        let mut data = Vec::with_capacity(self.data.len() / 2);
        for pair in self.data.chunks_exact(self.width.checked_mul(2)?) {
            let (above, below) = pair.split_at(self.width);
            data.extend(above.iter().zip(below).map(|(above, below)| above.midpoint(*below)));
        }
        Self::new(self.width, self.height / 2, data)
    }

    /// A part of it, cut where it would reach over the border.
    pub(crate) fn part(&self, left: usize, top: usize, right: usize, bottom: usize) -> Option<Self> {
        let (right, bottom) = (right.min(self.width), bottom.min(self.height));
        let mut data = Vec::with_capacity(right.checked_sub(left)?.checked_mul(bottom.checked_sub(top)?)?);
        for row in self.rows().take(bottom).skip(top) {
            data.extend_from_slice(row.get(left..right)?);
        }
        Self::new(right - left, bottom - top, data)
    }

    /// `times` as wide and high; between the middles of pixels the brightness changes steadily.
    pub(crate) fn enlarged(&self, times: usize) -> Option<Self> {
        let (width, height) = (self.width.checked_mul(times)?, self.height.checked_mul(times)?);
        let columns: Vec<Between> = (0..width).map(|x| Between::at(x, times, self.width)).collect();
        let mut data = Vec::with_capacity(width.checked_mul(height)?);
        for y in 0..height {
            let row = Between::at(y, times, self.height);
            let above = self.data.get(row.first * self.width..(row.first + 1) * self.width)?;
            let below = self.data.get(row.second * self.width..(row.second + 1) * self.width)?;
            for column in &columns {
                let upper =
                    column.mix(u32::from(*above.get(column.first)?), u32::from(*above.get(column.second)?));
                let lower =
                    column.mix(u32::from(*below.get(column.first)?), u32::from(*below.get(column.second)?));
                let mixed = row.mix(upper, lower);
                data.push(u8::try_from((mixed + 0x8000) >> 16).unwrap_or(u8::MAX));
            }
        }
        Self::new(width, height, data)
    }
}

/// Between which two pixels a point of an enlarged picture lies, and how near to the second, in 256ths.
#[derive(Debug, Clone, Copy)]
struct Between {
    first: usize,
    second: usize,
    share: u32,
}

impl Between {
    fn at(position: usize, times: usize, size: usize) -> Self {
        // In halves of small pixels, counted from the middle of the first large one.
        let halves = (2 * position + 1).saturating_sub(times);
        let first = (halves / (2 * times)).min(size.saturating_sub(1));
        let second = (first + 1).min(size.saturating_sub(1));
        let share = u32::try_from((halves % (2 * times)) * 256 / (2 * times)).unwrap_or(0);
        Self { first, second, share }
    }

    fn mix(self, first: u32, second: u32) -> u32 {
        first * (256 - self.share) + second * self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_and_pixels_have_to_fit() {
        assert!(Luma::new(0, 5, vec![]).is_none());
        assert!(Luma::new(3, 2, vec![0; 5]).is_none());
        assert!(Luma::new(usize::MAX, 2, vec![0; 5]).is_none());
    }

    #[test]
    fn halving_takes_the_mean_and_ends_at_one_pixel() {
        let four = Luma::new(3, 2, vec![0, 100, 9, 100, 200, 9]).unwrap();
        assert_eq!(four.halved(), Luma::new(1, 1, vec![100]));
        assert_eq!(four.halved().unwrap().halved(), None);
    }

    #[test]
    fn enlarging_keeps_the_middle_and_the_border() {
        let two = Luma::new(2, 1, vec![0, 200]).unwrap().enlarged(2).unwrap();
        assert_eq!((two.width(), two.height()), (4, 2));
        assert_eq!(two.pixels().get(..4).unwrap(), [0, 50, 150, 200]);
    }

    #[test]
    fn a_part_is_cut_at_the_border() {
        let nine = Luma::new(3, 3, (0..9).collect()).unwrap();
        assert_eq!(nine.part(1, 1, 9, 9), Luma::new(2, 2, vec![4, 5, 7, 8]));
        assert_eq!(nine.part(3, 0, 9, 9), None);
        assert_eq!(nine.part(2, 2, 1, 1), None);
    }
}
