//! What do the filled shapes of a page look like, if they are a QR code? (ISO 32000-2, 8.4, 8.5)
//!
//! Programs that make documents often draw a code module by module instead of placing a picture of it. Shapes that are filled, and
//! thick lines, are painted; text and everything else is left out.

use super::syntax::{Reader, Value};
use crate::image::Luma;

/// Fewer shapes are no code: the smallest has some 200 dark modules, in at least 50 runs.
const FEWEST: usize = 40;
/// Shapes that are painted at most.
const MOST: usize = 100_000;
/// How wide the smallest shapes are painted, in pixels.
const SMALLEST: f32 = 4.0;
/// Pixels a side.
const SIDE: f32 = 2400.0;
/// How often the picture may be painted over.
const MOST_OVER: f32 = 20.0;

type Matrix = [f32; 6];

/// An upright rectangle.
#[derive(Debug, Clone, Copy)]
struct Shape {
    left: f32,
    bottom: f32,
    right: f32,
    top: f32,
    bright: u8,
}

impl Shape {
    fn smaller_side(&self) -> f32 {
        (self.right - self.left).min(self.top - self.bottom)
    }
}

/// What `q` keeps and `Q` brings back.
#[derive(Debug, Clone, Copy)]
struct State {
    matrix: Matrix,
    fill: u8,
    stroke: u8,
    line: f32,
}

/// The page, as far as it has been drawn.
#[derive(Debug)]
struct Page {
    now: State,
    kept: Vec<State>,
    /// Finished parts of the path, each as its corners.
    path: Vec<Vec<(f32, f32)>>,
    shapes: Vec<Shape>,
}

/// The page as a picture, if it could be a code.
pub(super) fn luma(content: &[u8], go_on: &dyn Fn() -> bool) -> Option<Luma> {
    let now = State { matrix: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0], fill: 0, stroke: 0, line: 1.0 };
    let mut page = Page { now, kept: Vec::new(), path: Vec::new(), shapes: Vec::new() };
    let mut reader = Reader::new(content, 0);
    let mut operands: Vec<f32> = Vec::new();
    let mut count = 0_usize;
    loop {
        count += 1;
        if page.shapes.len() >= MOST || (count.is_multiple_of(4096) && !go_on()) {
            break;
        }
        match reader.value() {
            Some(Value::Number(number)) if operands.len() < 8 => operands.push(number),
            Some(Value::Word(operator)) => {
                page.operate(&operator, &operands);
                operands.clear();
            }
            Some(_) => {}
            None if reader.rest().is_empty() => break,
            // A bracket that belongs to nothing.
            None => reader.skip(1),
        }
    }
    (page.shapes.len() >= FEWEST).then(|| page.paint()).flatten()
}

impl Page {
    fn operate(&mut self, operator: &[u8], operands: &[f32]) {
        match (operator, operands) {
            (b"q", _) if self.kept.len() < 64 => self.kept.push(self.now),
            (b"Q", _) => self.now = self.kept.pop().unwrap_or(self.now),
            (b"cm", matrix) => {
                if let Ok(matrix) = Matrix::try_from(matrix) {
                    self.now.matrix = times(matrix, self.now.matrix);
                }
            }
            (b"w", &[width]) => self.now.line = width,
            (b"g" | b"rg" | b"k" | b"sc" | b"scn", colors) => {
                self.now.fill = brightness(colors).unwrap_or(self.now.fill);
            }
            (b"G" | b"RG" | b"K" | b"SC" | b"SCN", colors) => {
                self.now.stroke = brightness(colors).unwrap_or(self.now.stroke);
            }
            (b"m", &[x, y]) => self.path.push(vec![(x, y)]),
            (b"l", &[x, y]) | (b"c", &[_, _, _, _, x, y]) | (b"v" | b"y", &[_, _, x, y]) => {
                if let Some(part) = self.path.last_mut() {
                    part.push((x, y));
                }
            }
            (b"re", &[x, y, width, height]) => {
                self.path.push(vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)]);
            }
            (b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*", _) => self.fill(),
            (b"S" | b"s", _) => self.stroke(),
            (b"n", _) => self.path.clear(),
            _ => {}
        }
    }

    fn fill(&mut self) {
        for part in std::mem::take(&mut self.path) {
            self.shape(&part, 0.0, self.now.fill);
        }
    }

    /// Lines that run along or down the page, each as a rectangle.
    fn stroke(&mut self) {
        let half = self.now.line / 2.0;
        for part in std::mem::take(&mut self.path) {
            for (from, to) in part.iter().zip(part.iter().skip(1)) {
                self.shape(&[*from, *to], half, self.now.stroke);
            }
        }
    }

    /// The box around these corners; `half` a line's width to each side of it, but not beyond its ends.
    fn shape(&mut self, corners: &[(f32, f32)], half: f32, bright: u8) {
        let matrix = self.now.matrix;
        let spread = |values: &mut dyn Iterator<Item = f32>| {
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let (mut left, mut right) = spread(&mut corners.iter().map(|at| apply(matrix, *at).0));
        let (mut bottom, mut top) = spread(&mut corners.iter().map(|at| apply(matrix, *at).1));
        let wide = half * area(matrix).sqrt();
        if right - left > top - bottom {
            (bottom, top) = (bottom - wide, top + wide);
        } else {
            (left, right) = (left - wide, right + wide);
        }
        let shape = Shape { left, bottom, right, top, bright };
        if shape.smaller_side() > 0.0
            && [left, right, bottom, top].iter().all(|side| side.is_finite())
            && self.shapes.len() < MOST
        {
            self.shapes.push(shape);
        }
    }

    fn paint(&self) -> Option<Luma> {
        let mut sides: Vec<f32> = self.shapes.iter().map(Shape::smaller_side).collect();
        sides.sort_by(f32::total_cmp);
        let module = *sides.get(sides.len() / 2)?;
        // A ground as large as the page is left out, or it would be painted where the code is to have room.
        let part: Vec<&Shape> =
            self.shapes.iter().filter(|shape| shape.smaller_side() <= module * 60.0).collect();
        let low =
            |side: fn(&Shape) -> f32| part.iter().map(|shape| side(shape)).fold(f32::INFINITY, f32::min);
        let high =
            |side: fn(&Shape) -> f32| part.iter().map(|shape| side(shape)).fold(f32::NEG_INFINITY, f32::max);
        let (left, right) = (low(|shape| shape.left), high(|shape| shape.right));
        let (bottom, top) = (low(|shape| shape.bottom), high(|shape| shape.top));
        let margin = module * 5.0;
        let longest = (right - left).max(top - bottom) + margin * 2.0;
        let scale = (SMALLEST / module).min(SIDE / longest);
        let pixel = |along: f32, from: f32| pixels((along - from + margin) * scale);
        let (width, height) = (pixel(right + margin, left).max(1), pixel(top + margin, bottom).max(1));
        let mut data = vec![255_u8; width.checked_mul(height)?];
        let mut paint = (right - left + margin) * (top - bottom + margin) * MOST_OVER;
        for shape in part {
            paint -= (shape.right - shape.left) * (shape.top - shape.bottom);
            if paint < 0.0 {
                break;
            }
            let (from, to) = (pixel(shape.left, left), pixel(shape.right, left));
            let rows = pixel(shape.bottom, bottom)..pixel(shape.top, bottom);
            for row in data.chunks_exact_mut(width).take(rows.end).skip(rows.start) {
                if let Some(part) = row.get_mut(from..to.min(width)) {
                    part.fill(shape.bright);
                }
            }
        }
        Luma::new(width, height, data)
    }
}

fn times(first: Matrix, then: Matrix) -> Matrix {
    let [across, across_y, up, up_y, x, y] = first;
    let still = |(x, y), (zero_x, zero_y): (f32, f32)| {
        let (to_x, to_y) = apply(then, (x, y));
        (to_x - zero_x, to_y - zero_y)
    };
    let zero = apply(then, (0.0, 0.0));
    let ((across, across_y), (up, up_y)) = (still((across, across_y), zero), still((up, up_y), zero));
    let (x, y) = apply(then, (x, y));
    [across, across_y, up, up_y, x, y]
}

fn apply(matrix: Matrix, (x, y): (f32, f32)) -> (f32, f32) {
    let [across, across_y, up, up_y, left, bottom] = matrix;
    (across * x + up * y + left, across_y * x + up_y * y + bottom)
}

/// How large a square of side 1 becomes.
fn area([across, across_y, up, up_y, ..]: Matrix) -> f32 {
    (across * up_y - across_y * up).abs()
}

/// Grey, RGB or CMYK between 0 and 1, by how many numbers there are.
fn brightness(colors: &[f32]) -> Option<u8> {
    let bright = match colors {
        [grey] => *grey,
        [red, green, blue] => red * 0.3 + green * 0.59 + blue * 0.11,
        [cyan, magenta, yellow, black] => (1.0 - cyan * 0.3 - magenta * 0.59 - yellow * 0.11) * (1.0 - black),
        _ => return None,
    };
    u8::try_from(pixels(bright.min(1.0) * 255.0)).ok()
}

/// The nearest whole number that is not negative.
fn pixels(length: f32) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and what is no number is 0"
    )]
    let whole = (length + 0.5).max(0.0) as usize;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_painted_where_they_stand() {
        let squares: String = (0..50).map(|at| (at * 2).to_string() + " 0 1 1 re ").collect();
        let luma = luma(format!("q 2 0 0 2 10 10 cm 0.5 g {squares} f Q").as_bytes(), &|| true).unwrap();
        let dark = luma.pixels().iter().map(|pixel| usize::from(*pixel == 128)).sum::<usize>();
        assert_eq!(dark, 50 * 16);
    }

    #[test]
    fn a_page_of_few_shapes_or_of_nonsense_is_no_code() {
        assert!(luma(b"0 0 100 100 re f", &|| true).is_none());
        assert!(luma(b"]]>>)) q Q Q Q cm 1 cm re f f f", &|| true).is_none());
        let inside_out: String =
            (0..100).map(|at| at.to_string() + " 0 nan inf re 1e38 1e38 1e38 1e38 re f ").collect();
        assert!(luma(inside_out.as_bytes(), &|| true).is_none_or(|luma| luma.pixels().len() < 6_000_000));
    }

    #[test]
    fn painting_over_and_over_has_an_end() {
        let many = "0 0 500 500 re f ".repeat(90_000) + &"0 0 10 10 re f ".repeat(95_000);
        assert!(luma(many.as_bytes(), &|| true).is_some_and(|luma| luma.pixels().len() < 6_000_000));
    }
}
