//! What does somebody see who has asked a person elsewhere? What to say to them, what they must see, and the time left.

use super::{HIDE_CURSOR, Screen, Style, Words};
use serde_json::json;
use std::time::Duration;

const ASKED: Words = Words {
    unopened: "Waiting for them to open it",
    waiting: "Waiting for the answer on their phone",
    granted: "Granted.",
};

/// The digits 0 to 9 in three columns and five rows, a bit a cell, the top row first.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];

/// What was asked, as far as both sides shall see it. Fit for a terminal.
pub struct Asked {
    /// The message that is on both devices.
    pub binding_message: Option<String>,
    /// The number that the person picks or types, in ASCII digits.
    pub number: Option<String>,
    /// How long the request lives.
    pub expires_in: Duration,
    /// The pause between two polls.
    pub interval: Duration,
}

impl Screen<'_> {
    /// Shows what to say to the person, and what they see.
    pub fn show_asked(&mut self, asked: &Asked) {
        self.words = ASKED;
        let (message, number) = (&asked.binding_message, &asked.number);
        let mut lines =
            vec!["Ask the member to open their phone and to answer the request there.".to_owned()];
        if let Some(message) = message {
            lines.push(format!("They must see this message: {message}"));
        }
        match self.style {
            Style::Json => self.event(&json!({
                "event": "asked", "binding_message": message, "number": number,
                "expires_in": asked.expires_in.as_secs(), "interval": asked.interval.as_secs(),
            })),
            Style::Plain => {
                lines.extend(number.as_ref().map(|number| format!("Tell them this number: {number}")));
                let minutes = asked.expires_in.as_secs().div_ceil(60);
                lines.push(format!("Waiting for the answer there, for up to {minutes} min."));
                self.text(&format!("{}\n", lines.join("\n")));
            }
            Style::Terminal { columns, .. } => {
                if let Some(number) = number {
                    lines.push(format!("Tell them this number: \u{1b}[1m{number}\u{1b}[0m"));
                    let large = large(number);
                    if large.iter().all(|line| line.chars().count() <= columns) {
                        lines.push(String::new());
                        lines.extend(large);
                    }
                }
                lines.push(String::new());
                let rows = |line: &String| line.chars().count().div_ceil(columns.max(1)).max(1);
                self.lines_drawn = lines.iter().map(rows).sum();
                self.text(&format!("{HIDE_CURSOR}{}\n", lines.join("\n")));
                self.tick(asked.expires_in);
            }
        }
    }
}

/// `number` in digits that can be read across a counter.
fn large(number: &str) -> Vec<String> {
    let digits = || number.chars().filter_map(|c| DIGITS.get(usize::try_from(c.to_digit(10)?).ok()?));
    let cell = |row: u8, bit: u8| if row >> bit & 1 == 1 { "\u{2588}\u{2588}" } else { "  " };
    let line = |at: usize| {
        let rows = digits().filter_map(|digit| digit.get(at));
        rows.flat_map(|row| ["  ", cell(*row, 2), cell(*row, 1), cell(*row, 0)]).collect::<String>()
    };
    (0..5).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(style: Style, columns_of_message: usize) -> String {
        let mut out = Vec::new();
        let mut screen = Screen::new(Box::new(&mut out), style);
        screen.show_asked(&Asked {
            binding_message: Some("m".repeat(columns_of_message)),
            number: Some("42".to_owned()),
            expires_in: Duration::from_mins(2),
            interval: Duration::from_secs(5),
        });
        screen.tick(Duration::from_secs(61));
        screen.granted(None);
        drop(screen);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_number_is_large_where_there_is_room_and_everything_goes_in_the_end() {
        let four_two =
            ["██  ██  ██████", "██  ██      ██", "██████  ██████", "    ██  ██    ", "    ██  ██████"];
        for columns in [80, 30, 10] {
            let text = shown(Style::Terminal { columns, rows: 24, ink: None }, 70);
            for line in four_two {
                assert_eq!(text.contains(line), columns > 15, "{columns}: {line}");
            }
            assert!(text.contains("2:00 left") == (columns > 60) && text.ends_with("Granted.\n"), "{text:?}");
            let before = text.split(HIDE_CURSOR).nth(1).unwrap().split("\r\u{1b}[K").next().unwrap();
            let bare = before.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
            let rows: usize = bare.lines().map(|line| line.chars().count().div_ceil(columns).max(1)).sum();
            let erased: usize =
                text.rsplit_once("A\u{1b}[J").unwrap().0.rsplit_once('[').unwrap().1.parse().unwrap();
            // Escape sequences may make it count a row too many, never one too few.
            assert!((rows..=rows + 1).contains(&erased), "{columns}: {erased} of {rows}");
        }
    }

    #[test]
    fn a_log_gets_plain_words_and_a_script_one_object() {
        let text = shown(Style::Plain, 3);
        assert!(
            text.contains("message: mmm\nTell them this number: 42\n") && !text.contains('\u{1b}'),
            "{text}"
        );
        let text = shown(Style::Json, 3);
        let event: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(
            event,
            json!({"event": "asked", "binding_message": "mmm", "number": "42", "expires_in": 120, "interval": 5})
        );
    }
}
