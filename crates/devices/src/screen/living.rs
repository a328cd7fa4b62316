//! How does a QR code on a terminal change while everything around it stays?

use super::Screen;
use crate::living_qr::LivingQr;
use crate::qr::{self, Ink, Picture};
use std::time::Duration;

/// A picture at the top of what is drawn, that changes.
pub(super) struct Living {
    qr: LivingQr,
    ink: Ink,
    quiet_zone: usize,
    step: u64,
}

impl Living {
    pub(super) fn new(qr: &LivingQr, ink: Ink, quiet_zone: usize) -> Self {
        Self { qr: qr.clone(), ink, quiet_zone, step: qr.first() }
    }

    pub(super) fn picture(&self) -> Option<Picture> {
        let widest = widest(&self.qr);
        qr::draw_as_large(&widest, &self.qr.address(self.step), self.ink, self.quiet_zone)
    }
}

/// An address that takes at least as many modules as any that will be drawn, so that all of them are of one size: what
/// is all lower case cannot be packed.
pub(super) fn widest(qr: &LivingQr) -> String {
    "x".repeat(qr.address(qr.first()).len())
}

impl Screen<'_> {
    /// Draws the QR code again where it stands, if another one is due; call it as often as you like.
    pub fn refresh(&mut self, now: Duration) {
        let below = self.lines_drawn;
        let Some(living) = &mut self.living else { return };
        let due = living.qr.step(now);
        if due == living.step || below == 0 {
            return;
        }
        living.step = due;
        let Some(picture) = living.picture() else { return };
        // Up to the picture, over it line by line, and down again to the line of the countdown.
        let down = below.saturating_sub(picture.lines.len());
        self.text(&format!("\r\u{1b}[{below}A{}\n\u{1b}[{down}B", picture.lines.join("\n")));
        self.left_shown = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Style, tests};
    use super::*;
    use crate::device_authorization::Codes;
    use crate::living_qr::ServerClock;
    use tandem_core::time::Timestamp;

    const TERMINAL: Style = Style::Terminal { columns: 80, rows: 40, ink: Some(Ink::Blocks) };

    fn codes() -> Codes {
        let clock = ServerClock { time: Timestamp::from_secs(1_800_000_000), elapsed: Duration::ZERO };
        let codes = tests::codes();
        let address = codes.verification_uri_complete.as_deref().unwrap();
        let living = LivingQr::new(address, &"A".repeat(43), 15, clock);
        assert!(living.is_some());
        Codes { living, ..codes }
    }

    /// What stands on a terminal after this was written to it: enough of one for what a screen writes.
    fn terminal(written: &str) -> Vec<String> {
        let (mut rows, mut row, mut column) = (vec![Vec::new()], 0_usize, 0);
        let mut rest = written.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\u{1b}' => {
                    assert_eq!(rest.next(), Some('['));
                    let mut parameters = String::new();
                    let command = loop {
                        match rest.next().unwrap() {
                            c if c.is_ascii_alphabetic() => break c,
                            c => parameters.push(c),
                        }
                    };
                    let times = parameters.parse().unwrap_or(1);
                    match command {
                        'A' => row = row.checked_sub(times).expect("above what was drawn"),
                        'B' => row += times,
                        'K' => rows[row].truncate(column),
                        'J' => rows.truncate(row + 1),
                        _ => {}
                    }
                    assert!(row < rows.len(), "below what was drawn");
                }
                '\r' => column = 0,
                '\n' => {
                    (row, column) = (row + 1, 0);
                    if row == rows.len() {
                        rows.push(Vec::new());
                    }
                }
                c => {
                    let line: &mut Vec<char> = &mut rows[row];
                    line.resize(line.len().max(column + 1), ' ');
                    line[column] = c;
                    column += 1;
                }
            }
        }
        rows.into_iter().map(|line| line.into_iter().collect()).collect()
    }

    /// What stands there until the screen is left.
    fn standing(story: impl FnOnce(&mut Screen<'_>)) -> Vec<String> {
        let written = tests::shown(TERMINAL, story);
        terminal(written.rsplit_once("\r\u{1b}[").unwrap().0)
    }

    fn at(screen: &mut Screen<'_>, secs: u64) {
        screen.refresh(Duration::from_secs(secs));
        screen.tick(Duration::from_secs(600 - secs));
    }

    /// R6.3a
    #[test]
    fn a_living_code_changes_in_its_place_each_period_and_nothing_else_does() {
        let stories: Vec<_> = [0, 14, 15, 29, 45]
            .map(|end| {
                standing(|screen| {
                    screen.show_codes(&codes());
                    (0..=end).for_each(|secs| at(screen, secs));
                })
            })
            .into();
        let picture =
            |lines: &[String]| lines.iter().filter(|line| line.contains('\u{2588}')).cloned().collect();
        let pictures: Vec<Vec<String>> = stories.iter().map(|lines| picture(lines)).collect();
        assert_eq!(pictures[0], pictures[1], "within its period");
        assert_ne!(pictures[1], pictures[2]);
        assert_eq!(pictures[2], pictures[3]);
        assert_ne!(pictures[3], pictures[4]);
        for lines in &stories {
            assert_eq!(lines.len(), stories[0].len());
            let height = pictures[0].len();
            assert_eq!(lines[height..lines.len() - 1], stories[0][height..lines.len() - 1]);
            assert!(lines[height].starts_with("Scan this") && lines[height + 1] == "BCDF-GHJK", "{lines:?}");
            assert!(lines.last().unwrap().contains("left"), "{lines:?}");
        }
        assert!(stories[4].last().unwrap().contains("9:15 left"));
        let living = codes().living.unwrap();
        let expected =
            qr::draw_as_large(&widest(&living), &living.address(living.first() + 3), Ink::Blocks, 4);
        assert_eq!(pictures[4], expected.unwrap().lines, "it is the one that is due");
    }

    #[test]
    fn every_code_is_of_one_size() {
        let living = codes().living.unwrap();
        let height = |step| {
            let mut picture = Living::new(&living, Ink::Blocks, 4);
            picture.step = step;
            picture.picture().unwrap().lines.len()
        };
        assert!((1..400).all(|step| height(living.first() + step) == height(living.first())));
    }

    #[test]
    fn what_stays_stays_and_what_is_gone_is_not_drawn_again() {
        let still = |screen: &mut Screen<'_>| {
            screen.show_codes(&tests::codes());
            screen.refresh(Duration::from_mins(1));
        };
        assert_eq!(
            tests::shown(TERMINAL, still),
            tests::shown(TERMINAL, |screen| screen.show_codes(&tests::codes()))
        );
        let written = tests::shown(TERMINAL, |screen| {
            screen.show_codes(&codes());
            screen.erase();
            screen.refresh(Duration::from_mins(1));
        });
        assert!(written.ends_with("\u{1b}[?25h"), "{written:?}");
        // A terminal without room for it shows words, and they stay.
        let small = Style::Terminal { columns: 80, rows: 12, ink: Some(Ink::Blocks) };
        let written = tests::shown(small, |screen| {
            screen.show_codes(&codes());
            screen.refresh(Duration::from_mins(1));
        });
        assert!(!written.contains('\u{2588}') && written.matches("BCDF-GHJK").count() == 1);
    }

    #[test]
    fn a_script_gets_the_seed_and_the_servers_clock() {
        let line = tests::shown(Style::Json, |screen| screen.show_codes(&codes()));
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(event["qr_seed"], "A".repeat(43));
        assert_eq!((&event["qr_period"], &event["qr_time"]), (&15.into(), &1_800_000_000.into()));
        let line = tests::shown(Style::Json, |screen| screen.show_codes(&tests::codes()));
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(event["qr_seed"].is_null() && event["qr_period"].is_null() && event["qr_time"].is_null());
    }
}
