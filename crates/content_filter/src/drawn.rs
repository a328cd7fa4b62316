//! Which pictures are drawn with characters?
//!
//! A QR code can be set as text with blocks (`█ ▀ ▄`) so that no picture is there to be scanned. Lines of such characters become a picture.

use crate::image::Luma;

/// The fewest lines that can be a QR code: 21 modules, two of them in a line.
const FEWEST_LINES: usize = 11;
/// The longest line, and the most lines, of a drawing.
const LARGEST: usize = 400;
/// Drawings in one text.
const MOST: usize = 4;
/// Pixels of a module's side.
const SIDE: usize = 4;

/// How much of a line a character takes up.
#[derive(Clone, Copy)]
struct Ink {
    upper: bool,
    lower: bool,
}

/// The drawings in a text: dark on light. The reader of QR codes looks for inverted ones by itself.
pub(crate) fn pictures(text: &str) -> Vec<Luma> {
    let mut out = Vec::new();
    if !text.contains(['█', '▀', '▄', '■', '⬛', '⬜', '░']) {
        return out;
    }
    let mut drawing: Vec<Vec<Ink>> = Vec::new();
    for line in text.lines().chain([""]) {
        let line: Option<Vec<Ink>> =
            line.trim_start_matches(['>', '|']).chars().take(LARGEST).map(ink).collect();
        match line {
            Some(line) if line.iter().any(|ink| ink.upper || ink.lower) && drawing.len() < LARGEST => {
                drawing.push(line);
            }
            _ => finish(&mut drawing, &mut out),
        }
        if out.len() >= MOST {
            break;
        }
    }
    out
}

fn ink(c: char) -> Option<Ink> {
    let (upper, lower) = match c {
        '█' | '■' | '⬛' | '▓' | '#' | '▉' | '◼' => (true, true),
        '▀' => (true, false),
        '▄' => (false, true),
        ' ' | '\u{a0}' | '\u{3000}' | '⬜' | '░' | '□' | '◻' | '\u{2003}' | '\u{2007}' => {
            (false, false)
        }
        _ => return None,
    };
    Some(Ink { upper, lower })
}

/// Makes a picture of the lines. A module is one character wide and half a line high, or two characters wide and a line high.
fn finish(drawing: &mut Vec<Vec<Ink>>, out: &mut Vec<Luma>) {
    let lines = std::mem::take(drawing);
    let width = lines.iter().map(Vec::len).max().unwrap_or_default();
    if lines.len() < FEWEST_LINES || width < 21 {
        return;
    }
    let halves = lines.iter().flatten().any(|ink| ink.upper != ink.lower);
    // Square characters are one module each; others are twice as high as they are wide.
    let double = !halves && width * 2 > lines.len() * 3;
    let across = if double { SIDE / 2 } else { SIDE };
    let down = if halves { SIDE } else { SIDE / 2 };
    let border = 4 * SIDE;
    let full = width * across + 2 * border;
    let blank = vec![u8::MAX; full];
    let mut pixels = Vec::new();
    let mut rows = 0;
    let mut push = |row: &[u8]| {
        pixels.extend_from_slice(row);
        rows += 1;
    };
    (0..border).for_each(|_| push(&blank));
    for line in &lines {
        for part in [0, 1] {
            let mut row = vec![u8::MAX; border];
            for ink in line {
                let dark = if part == 0 { ink.upper } else { ink.lower };
                row.extend(std::iter::repeat_n(if dark { 0 } else { u8::MAX }, across));
            }
            row.resize(full, u8::MAX);
            (0..down).for_each(|_| push(&row));
        }
    }
    (0..border).for_each(|_| push(&blank));
    out.extend(Luma::new(full, rows, pixels));
}
