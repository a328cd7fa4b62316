//! What is the middle of a few noisy numbers, and how far do they spread?

/// First quartile, median and third quartile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// A quarter lies below.
    pub lower: f64,
    /// Half lies below.
    pub median: f64,
    /// Three quarters lie below.
    pub upper: f64,
}

impl Quartiles {
    /// Of these numbers, by linear interpolation; all zero if there are none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { lower: at(&sorted, 1), median: at(&sorted, 2), upper: at(&sorted, 3) }
    }
}

/// The median.
pub fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    Quartiles::of(numbers).median
}

/// The value `quarters` quarters of the way through.
fn at(sorted: &[f64], quarters: usize) -> f64 {
    let span = sorted.len().saturating_sub(1) * quarters;
    let (below, part) = (span / 4, span % 4);
    let value = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
    let step = [0.0, 0.25, 0.5, 0.75].into_iter().nth(part).unwrap_or(0.0);
    value(below) + if part > 0 { (value(below + 1) - value(below)) * step } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_interpolate() {
        let five = Quartiles::of([5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!(five, Quartiles { lower: 2.0, median: 3.0, upper: 4.0 });
        let two = Quartiles::of([10.0, 20.0]);
        assert_eq!(two, Quartiles { lower: 12.5, median: 15.0, upper: 17.5 });
        assert_eq!(Quartiles::of([7.0]), Quartiles { lower: 7.0, median: 7.0, upper: 7.0 });
        assert_eq!(Quartiles::of([]), Quartiles { lower: 0.0, median: 0.0, upper: 0.0 });
    }
}
