//! How does a terminal show a QR code that a phone can read? Half blocks: two modules in each character cell.

use qrcode::{Color, EcLevel, QrCode};

/// The empty border that scanners need, in modules (ISO/IEC 18004 asks for four).
pub const QUIET_ZONE: usize = 4;
/// A border that phones still manage with, for small screens.
pub const NARROW_QUIET_ZONE: usize = 2;
/// Longer addresses make a code that fills the screen; they are shown as text only.
const LONGEST_ADDRESS: usize = 400;

/// How the two tones are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Black on white by explicit colours, so that the theme of the terminal does not matter.
    Colour,
    /// No colour allowed (`NO_COLOR`): light modules are drawn as blocks, which is right on a dark theme and a
    /// reversed code, that phones read too, on a light one.
    Blocks,
}

/// A QR code as lines of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The lines, top to bottom, escape sequences included.
    pub lines: Vec<String>,
    /// How many character cells each line takes.
    pub width: usize,
}

/// Draws `address` within `quiet_zone` modules of light; `None` if it is too long to be scanned from a screen.
pub fn draw(address: &str, ink: Ink, quiet_zone: usize) -> Option<Picture> {
    draw_as_large(address, address, ink, quiet_zone)
}

/// Draws `address` in the size that `model` needs; `None` if either is too long for that.
pub fn draw_as_large(model: &str, address: &str, ink: Ink, quiet_zone: usize) -> Option<Picture> {
    if model.len() > LONGEST_ADDRESS {
        return None;
    }
    let size = QrCode::with_error_correction_level(model, EcLevel::L).ok()?.version();
    let code = QrCode::with_version(address, size, EcLevel::L).ok()?;
    let modules = code.width();
    let width = modules + 2 * quiet_zone;
    let colours = code.to_colors();
    let dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(quiet_zone).filter(|at| *at < modules);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colours.get(y * modules + x) == Some(&Color::Dark),
            _ => false,
        }
    };
    let lines = (0..width)
        .step_by(2)
        .map(|y| {
            let cells: String = (0..width).map(|x| cell(dark(x, y), dark(x, y + 1), ink)).collect();
            match ink {
                // The 256-colour black and white are fixed; the first sixteen belong to the theme.
                Ink::Colour => format!("\u{1b}[38;5;16;48;5;231m{cells}\u{1b}[0m"),
                Ink::Blocks => cells,
            }
        })
        .collect();
    Some(Picture { lines, width })
}

const fn cell(upper_dark: bool, lower_dark: bool, ink: Ink) -> char {
    let (upper, lower) = match ink {
        Ink::Colour => (upper_dark, lower_dark),
        Ink::Blocks => (!upper_dark, !lower_dark),
    };
    match (upper, lower) {
        (true, true) => '\u{2588}',
        (true, false) => '\u{2580}',
        (false, true) => '\u{2584}',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://login.example/device?user_code=BCDF-GHJK";

    /// Reads the blocks back into modules: true is ink.
    fn inked(picture: &Picture) -> Vec<Vec<bool>> {
        let plain = |line: &str| {
            line.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "").chars().collect::<Vec<_>>()
        };
        picture
            .lines
            .iter()
            .flat_map(|line| {
                let cells = plain(line);
                assert_eq!(cells.len(), picture.width);
                let upper = cells.iter().map(|c| matches!(c, '\u{2588}' | '\u{2580}')).collect();
                let lower = cells.iter().map(|c| matches!(c, '\u{2588}' | '\u{2584}')).collect();
                [upper, lower]
            })
            .collect()
    }

    #[test]
    fn the_modules_are_those_of_the_code_within_a_quiet_zone_of_four() {
        let picture = draw(ADDRESS, Ink::Colour, QUIET_ZONE).unwrap();
        let rows = inked(&picture);
        let code = QrCode::with_error_correction_level(ADDRESS, EcLevel::L).unwrap();
        for (y, row) in rows.iter().enumerate().take(picture.width) {
            for (x, ink) in row.iter().enumerate() {
                let inside = |at: usize| (4..4 + code.width()).contains(&at);
                let dark = inside(x) && inside(y) && code[(x - 4, y - 4)] == Color::Dark;
                assert_eq!(*ink, dark, "module {x},{y}");
            }
        }
    }

    #[test]
    fn without_colour_the_tones_are_reversed_and_the_quiet_zone_is_solid() {
        let colour = inked(&draw(ADDRESS, Ink::Colour, QUIET_ZONE).unwrap());
        let picture = draw(ADDRESS, Ink::Blocks, QUIET_ZONE).unwrap();
        assert!(picture.lines.iter().all(|line| !line.contains('\u{1b}')));
        for (with, without) in colour.iter().flatten().zip(inked(&picture).iter().flatten()) {
            assert_ne!(with, without);
        }
    }

    #[test]
    fn a_usual_address_fits_a_screen_of_80_by_24_and_an_endless_one_is_declined() {
        let picture = draw(ADDRESS, Ink::Colour, QUIET_ZONE).unwrap();
        assert!(
            picture.width <= 80 && picture.lines.len() <= 20,
            "{}x{}",
            picture.width,
            picture.lines.len()
        );
        assert_eq!(draw(&"x".repeat(LONGEST_ADDRESS + 1), Ink::Colour, QUIET_ZONE), None);
    }
}
