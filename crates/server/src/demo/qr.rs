//! How does a terminal show an address that a phone can scan? In half blocks, two modules in each cell.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;

/// Whether the terminal may be told colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Black on white, whatever the theme.
    Colours,
    /// What is light is drawn, which is right on a dark theme; phones read the reverse, too.
    Plain,
}

/// The lines of a code; none if the address is too long to be scanned from a screen.
pub fn lines(address: &str, ink: Ink) -> Vec<String> {
    let Ok(code) = QrCode::with_error_correction_level(address, EcLevel::L) else { return Vec::new() };
    let (modules, colours) = (code.width(), code.to_colors());
    let is_dark = |x: usize, y: usize| {
        let (Some(x), Some(y)) = (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) else { return false };
        x < modules && colours.get(y * modules + x) == Some(&Color::Dark)
    };
    let side = modules + 2 * QUIET_ZONE;
    let line = |y: usize| {
        let cells: String = (0..side).map(|x| cell(is_dark(x, y), is_dark(x, y + 1), ink)).collect();
        match ink {
            // The first sixteen colours belong to the theme; these two are fixed.
            Ink::Colours => format!("\u{1b}[38;5;16;48;5;231m{cells}\u{1b}[0m"),
            Ink::Plain => cells,
        }
    };
    (0..side).step_by(2).map(line).collect()
}

fn cell(upper: bool, lower: bool, ink: Ink) -> char {
    let is_drawn = |dark: bool| dark == (ink == Ink::Colours);
    match (is_drawn(upper), is_drawn(lower)) {
        (true, true) => '\u{2588}',
        (true, false) => '\u{2580}',
        (false, true) => '\u{2584}',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(ink: Ink) -> Vec<Vec<bool>> {
        let plain = |line: &str| line.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "");
        let rows = lines("http://192.168.1.20:8080/device", ink).into_iter().flat_map(|line| {
            let cells: Vec<char> = plain(&line).chars().collect();
            let half = |full: [char; 2]| cells.iter().map(|cell| full.contains(cell)).collect::<Vec<_>>();
            [half(['\u{2588}', '\u{2580}']), half(['\u{2588}', '\u{2584}'])]
        });
        rows.collect()
    }

    #[test]
    fn the_modules_are_those_of_the_code_within_its_quiet_zone() {
        let code =
            QrCode::with_error_correction_level("http://192.168.1.20:8080/device", EcLevel::L).unwrap();
        let rows = drawn(Ink::Colours);
        let side = code.width() + 8;
        assert!(rows.len() >= side && rows.iter().all(|row| row.len() == side));
        for (y, row) in rows.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let inside = (4..side - 4).contains(&x) && (4..side - 4).contains(&y);
                assert_eq!(
                    *dark,
                    inside && code[(x.wrapping_sub(4), y.wrapping_sub(4))] == Color::Dark,
                    "{x},{y}"
                );
            }
        }
    }

    #[test]
    fn without_colours_everything_is_the_other_way_round() {
        let (dark, light) = (drawn(Ink::Colours), drawn(Ink::Plain));
        assert!(dark.iter().flatten().zip(light.iter().flatten()).all(|(dark, light)| dark != light));
        assert!(lines("x", Ink::Plain).iter().all(|line| !line.contains('\u{1b}')));
    }

    #[test]
    fn an_endless_address_is_not_drawn() {
        assert!(lines(&"x".repeat(4000), Ink::Plain).is_empty());
    }
}
