//! What does the person at the terminal see? A code to scan or type, the time left, and one line of result.

mod asked;

pub use asked::Asked;

use crate::device_authorization::Codes;
use crate::failure::Failure;
use crate::qr::{self, Ink, NARROW_QUIET_ZONE, Picture, QUIET_ZONE};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const HIDE_CURSOR: &str = "\u{1b}[?25l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
/// The lines around the QR code: instructions, code, blank, countdown.
const LINES_OF_TEXT: usize = 4;

/// Who looks at the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A person at a terminal of this many cells; `ink` is absent if no QR code is wanted.
    Terminal {
        /// Cells in a line.
        columns: usize,
        /// Lines on the screen.
        rows: usize,
        /// How QR codes are drawn, if at all.
        ink: Option<Ink>,
    },
    /// A log file: plain lines, nothing that moves.
    Plain,
    /// A script: one JSON object a line.
    Json,
}

/// Where progress is shown (standard error). Failing to show something never ends a sign-in.
pub struct Screen<'a> {
    out: Box<dyn Write + 'a>,
    style: Style,
    lines_drawn: usize,
    left_shown: Option<u64>,
    offline: bool,
    words: Words,
}

/// What is waited for, in words.
struct Words {
    waiting: &'static str,
    granted: &'static str,
}

const SIGN_IN: Words = Words { waiting: "Waiting for your answer", granted: "Signed in." };

impl<'a> Screen<'a> {
    /// A screen that writes to `out`.
    pub fn new(out: Box<dyn Write + 'a>, style: Style) -> Self {
        Self { out, style, lines_drawn: 0, left_shown: None, offline: false, words: SIGN_IN }
    }

    /// Shows where to go and what to type.
    pub fn show_codes(&mut self, codes: &Codes) {
        let (uri, code) = (&codes.verification_uri, &codes.user_code);
        let minutes = codes.expires_in.as_secs().div_ceil(60);
        match self.style {
            Style::Json => self.event(&json!({
                "event": "codes", "user_code": code, "verification_uri": uri,
                "verification_uri_complete": codes.verification_uri_complete,
                "expires_in": codes.expires_in.as_secs(), "interval": codes.interval.as_secs(),
            })),
            Style::Plain => {
                self.text(&format!("Open {uri} on your phone or computer\nand type {code}"));
                self.text(&format!("\nWaiting for your answer there, for up to {minutes} min.\n"));
            }
            Style::Terminal { columns, rows, ink } => {
                let picture = codes.verification_uri_complete.as_deref().zip(ink);
                let picture = picture.and_then(|(address, ink)| fit(address, ink, columns, rows));
                let instruction = if picture.is_some() {
                    format!("Scan this with your phone, or open {uri} and type")
                } else {
                    format!("On your phone or computer, open {uri} and type")
                };
                let mut lines = picture.map(|picture| picture.lines).unwrap_or_default();
                let wrapped = instruction.chars().count().div_ceil(columns.max(1));
                self.lines_drawn = lines.len() + wrapped + 2;
                lines.extend([instruction, format!("\u{1b}[1m{code}\u{1b}[0m"), String::new()]);
                self.text(&format!("{HIDE_CURSOR}{}\n", lines.join("\n")));
                self.tick(codes.expires_in);
            }
        }
    }

    /// Moves the countdown; call it as often as you like.
    pub fn tick(&mut self, left: Duration) {
        // Rounded up: no zero while there is still time.
        let left = left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX);
        let Style::Terminal { columns, .. } = self.style else { return };
        if self.lines_drawn == 0 || self.left_shown == Some(left) {
            return;
        }
        self.left_shown = Some(left);
        let state = if self.offline { "No connection, trying again" } else { self.words.waiting };
        let line = format!("{state}  {}:{:02} left  (Ctrl-C to stop)", left / 60, left % 60);
        let line: String = line.chars().take(columns.saturating_sub(1)).collect();
        self.text(&format!("\r\u{1b}[K{line}"));
    }

    /// The server asked for a longer pause.
    pub fn slowed_down(&mut self, interval: Duration) {
        self.offline = false;
        if self.style == Style::Json {
            self.event(&json!({"event": "slow_down", "interval": interval.as_secs()}));
        }
    }

    /// The server answered that nobody has decided.
    pub const fn pending(&mut self) {
        self.offline = false;
    }

    /// The server did not answer; the next try is in `wait`.
    pub fn unreachable(&mut self, wait: Duration) {
        let first = !std::mem::replace(&mut self.offline, true);
        let wait = wait.as_secs();
        match self.style {
            Style::Json => self.event(&json!({"event": "unreachable", "retry_after": wait})),
            Style::Plain if first => self.text(&format!("No connection; trying again in {wait} s.\n")),
            Style::Plain | Style::Terminal { .. } => self.left_shown = None,
        }
    }

    /// The end: tokens are there, in `file` or on standard output.
    pub fn granted(&mut self, file: Option<&Path>) {
        self.erase();
        match (self.style, file) {
            (Style::Json, file) => self.event(&json!({"event": "granted", "output": file})),
            (_, Some(file)) => {
                self.text(&format!("{} Tokens are in {}\n", self.words.granted, file.display()));
            }
            (_, None) => self.text(&format!("{}\n", self.words.granted)),
        }
    }

    /// The end: no tokens.
    pub fn failed(&mut self, failure: &Failure) {
        self.erase();
        if self.style == Style::Json {
            let (kind, code) = (failure.kind(), failure.exit_code());
            self.event(&json!({"event": "failed", "reason": kind, "message": failure.to_string(), "exit_code": code}));
        } else {
            self.text(&format!("tandem-device: {failure}\n"));
        }
    }

    /// Takes the code off the screen, for it is of no use any more, and gives the cursor back.
    pub fn erase(&mut self) {
        let lines = std::mem::take(&mut self.lines_drawn);
        if lines > 0 {
            self.text(&format!("\r\u{1b}[{lines}A\u{1b}[J{SHOW_CURSOR}"));
        }
    }

    fn event(&mut self, event: &Value) {
        self.text(&format!("{event}\n"));
    }

    fn text(&mut self, text: &str) {
        // A closed standard error must not stop somebody from signing in.
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.erase();
    }
}

/// The largest picture that fits beside the text, if one does.
fn fit(address: &str, ink: Ink, columns: usize, rows: usize) -> Option<Picture> {
    let fits = |found: &Picture| found.width <= columns && found.lines.len() + LINES_OF_TEXT <= rows;
    [QUIET_ZONE, NARROW_QUIET_ZONE].into_iter().filter_map(|zone| qr::draw(address, ink, zone)).find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Codes {
        Codes {
            device_code: "device-code-secret".to_owned(),
            user_code: "BCDF-GHJK".to_owned(),
            verification_uri: "https://login.example/device".to_owned(),
            verification_uri_complete: Some("https://login.example/device?user_code=BCDF-GHJK".to_owned()),
            expires_in: Duration::from_mins(10),
            interval: Duration::from_secs(5),
        }
    }

    fn shown(style: Style, story: impl FnOnce(&mut Screen<'_>)) -> String {
        let mut out = Vec::new();
        let mut screen = Screen::new(Box::new(&mut out), style);
        story(&mut screen);
        drop(screen);
        String::from_utf8(out).unwrap()
    }

    fn terminal(columns: usize, rows: usize) -> Style {
        Style::Terminal { columns, rows, ink: Some(Ink::Colour) }
    }

    #[test]
    fn a_terminal_gets_qr_address_code_and_countdown_within_80_by_24() {
        let text = shown(terminal(80, 24), |screen| {
            screen.show_codes(&codes());
            screen.tick(Duration::from_millis(598_500));
        });
        for part in
            ["https://login.example/device and type", "BCDF-GHJK", "10:00 left", "9:59 left", "\u{2588}"]
        {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.matches('\n').count() < 24);
        assert!(!text.contains("device-code-secret"));
    }

    #[test]
    fn the_cursor_comes_back_and_the_code_goes_even_when_nothing_is_said() {
        let text = shown(terminal(80, 24), |screen| screen.show_codes(&codes()));
        let lines =
            text.split(HIDE_CURSOR).nth(1).unwrap().split("\r\u{1b}[K").next().unwrap().matches('\n').count();
        assert!(text.ends_with(&format!("\r\u{1b}[{lines}A\u{1b}[J{SHOW_CURSOR}")), "{text:?}");
        assert_eq!(text.matches(HIDE_CURSOR).count(), text.matches(SHOW_CURSOR).count());
        let text = shown(terminal(80, 24), |screen| {
            screen.show_codes(&codes());
            screen.failed(&Failure::Interrupted);
        });
        assert!(text.ends_with("tandem-device: interrupted\n"));
        assert_eq!(text.matches(SHOW_CURSOR).count(), 1);
    }

    #[test]
    fn a_small_terminal_gets_words_instead_of_a_broken_qr() {
        for (columns, rows) in [(30, 24), (80, 12), (0, 0)] {
            let text = shown(terminal(columns, rows), |screen| screen.show_codes(&codes()));
            assert!(text.contains("BCDF-GHJK") && !text.contains('\u{2588}'), "{columns}x{rows}");
        }
    }

    #[test]
    fn a_log_gets_no_escape_sequence_and_a_script_gets_only_json() {
        let story = |screen: &mut Screen<'_>| {
            screen.show_codes(&codes());
            screen.tick(Duration::from_secs(3));
            screen.slowed_down(Duration::from_secs(10));
            screen.unreachable(Duration::from_secs(20));
            screen.granted(Some(Path::new("tokens.json")));
            screen.failed(&Failure::Denied);
        };
        let plain = shown(Style::Plain, story);
        assert!(plain.contains("type BCDF-GHJK") && !plain.contains('\u{1b}'), "{plain}");
        let events: Vec<Value> =
            shown(Style::Json, story).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["codes", "slow_down", "unreachable", "granted", "failed"]);
        assert_eq!(events[0]["user_code"], "BCDF-GHJK");
        assert_eq!(events[0].get("device_code"), None);
        assert_eq!((&events[4]["reason"], &events[4]["exit_code"]), (&json!("access_denied"), &json!(3)));
    }
}
