//! What does the person at the terminal see? A code to scan or type, the time left, and one line of result.

mod asked;
mod living;

pub use asked::Asked;

use crate::device_authorization::Codes;
use crate::failure::Failure;
use crate::living_qr::LivingQr;
use crate::qr::{self, Ink, NARROW_QUIET_ZONE, Picture, QUIET_ZONE};
use living::Living;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use tandem_core::mitigations::establish_proximity::living_qr::PERIOD;

const HIDE_CURSOR: &str = "\u{1b}[?25l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
/// The lines around the QR code: instructions, code, advice, countdown.
const LINES_OF_TEXT: usize = 4;
/// When scanning is expected, and when never (BCP 6.1.14).
const ADVICE: &str = "Scan or type it only off this screen. Never use one that somebody sent you.";

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
    /// The QR code on it, if it changes.
    living: Option<Living>,
    /// How much of the time left is for answering only: before it begins, the request must be opened.
    to_answer: u64,
}

/// What is waited for, in words.
struct Words {
    unopened: &'static str,
    waiting: &'static str,
    granted: &'static str,
}

const SIGN_IN: Words = Words {
    unopened: "Waiting for you to open it",
    waiting: "Waiting for your answer",
    granted: "Signed in.",
};

impl<'a> Screen<'a> {
    /// A screen that writes to `out`.
    pub fn new(out: Box<dyn Write + 'a>, style: Style) -> Self {
        let (words, living) = (SIGN_IN, None);
        Self { out, style, lines_drawn: 0, left_shown: None, offline: false, words, living, to_answer: 0 }
    }

    /// Shows where to go and what to type.
    pub fn show_codes(&mut self, codes: &Codes) {
        let (uri, code) = (&codes.verification_uri, &codes.user_code);
        let minutes = codes.expires_in.as_secs().div_ceil(60);
        let number = codes.number.as_ref().map(|number| format!("Your phone asks for this number: {number}"));
        let opens_for = codes.user_code_expires_in;
        self.to_answer = opens_for.map_or(0, |time| codes.expires_in.saturating_sub(time).as_secs());
        match self.style {
            Style::Json => self.event(&json!({
                "event": "codes", "user_code": code, "verification_uri": uri,
                "verification_uri_complete": codes.verification_uri_complete, "number": codes.number,
                "user_code_expires_in": opens_for.unwrap_or(codes.expires_in).as_secs(),
                "expires_in": codes.expires_in.as_secs(), "interval": codes.interval.as_secs(),
                "qr_seed": codes.living.as_ref().map(LivingQr::seed),
                "qr_period": codes.living.as_ref().map(|_| PERIOD),
                "qr_time": codes.living.as_ref().map(|living| living.begun().as_secs()),
            })),
            Style::Plain => {
                self.text(&format!("Open {uri} on your phone or computer\nand type {code}\n"));
                self.text(&format!("{ADVICE}\n"));
                self.text(&number.map_or(String::new(), |line| format!("{line}\n")));
                self.text(&format!("Waiting for your answer there, for up to {minutes} min.\n"));
            }
            Style::Terminal { columns, rows, ink } => {
                let rows = rows.saturating_sub(number.iter().len());
                let picture = ink.and_then(|ink| self.picture(codes, ink, columns, rows));
                let instruction = if picture.is_some() {
                    format!("Scan this with your phone, or open {uri} and type")
                } else {
                    format!("On your phone or computer, open {uri} and type")
                };
                let mut lines = picture.map(|picture| picture.lines).unwrap_or_default();
                let wrapped = instruction.chars().count().div_ceil(columns.max(1));
                let of_number =
                    number.iter().map(|line| line.chars().count().div_ceil(columns.max(1))).sum::<usize>();
                self.lines_drawn = lines.len() + wrapped + of_number + 2;
                lines.extend([instruction, format!("\u{1b}[1m{code}\u{1b}[0m")]);
                lines.extend(number);
                // A line that wraps would not be erased whole.
                lines.push(if ADVICE.len() < columns { ADVICE } else { "" }.to_owned());
                self.text(&format!("{HIDE_CURSOR}{}\n", lines.join("\n")));
                self.tick(codes.expires_in);
            }
        }
    }

    /// The largest picture that fits beside the text, if one does; if it is to change, that is noted.
    fn picture(&mut self, codes: &Codes, ink: Ink, columns: usize, rows: usize) -> Option<Picture> {
        let fits = |found: &Picture| found.width <= columns && found.lines.len() + LINES_OF_TEXT <= rows;
        for zone in [QUIET_ZONE, NARROW_QUIET_ZONE] {
            let living = codes.living.as_ref().map(|living| Living::new(living, ink, zone));
            let picture = match (&living, &codes.verification_uri_complete) {
                (Some(living), _) => living.picture(),
                (None, Some(address)) => qr::draw(address, ink, zone),
                (None, None) => None,
            };
            if let Some(picture) = picture.filter(fits) {
                self.living = living;
                return Some(picture);
            }
        }
        None
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
        let (waiting, left) = match left.checked_sub(self.to_answer) {
            Some(left) if self.to_answer > 0 && left > 0 => (self.words.unopened, left),
            _ => (self.words.waiting, left),
        };
        let state = if self.offline { "No connection, trying again" } else { waiting };
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

    /// The person said yes, and the phone shows a PIN; what to ask for it. `tries_left`: one was wrong.
    pub fn want_pin(&mut self, tries_left: Option<u64>, left: Duration) -> String {
        self.erase();
        if self.style == Style::Json {
            self.event(&json!({"event": "pin", "tries_left": tries_left, "expires_in": left.as_secs()}));
            return String::new();
        }
        let wrong = match tries_left {
            Some(1) => "That is not it. One more try. ".to_owned(),
            Some(more) => format!("That is not it. {more} more tries. "),
            None => String::new(),
        };
        format!("{wrong}Type the PIN that your phone shows: ")
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
        self.living = None;
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

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn codes() -> Codes {
        Codes {
            device_code: "device-code-secret".to_owned(),
            user_code: "BCDF-GHJK".to_owned(),
            verification_uri: "https://login.example/device".to_owned(),
            verification_uri_complete: Some("https://login.example/device?user_code=BCDF-GHJK".to_owned()),
            expires_in: Duration::from_mins(10),
            interval: Duration::from_secs(5),
            user_code_expires_in: None,
            living: None,
            number: None,
        }
    }

    pub(super) fn shown(style: Style, story: impl FnOnce(&mut Screen<'_>)) -> String {
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

    /// R6.14d
    #[test]
    fn the_person_reads_when_to_scan_and_when_never() {
        for (style, said) in [(terminal(80, 24), true), (Style::Plain, true), (terminal(40, 24), false)] {
            let text = shown(style, |screen| screen.show_codes(&codes()));
            assert_eq!(text.contains("only off this screen. Never use one that somebody sent you."), said);
        }
    }

    #[test]
    fn a_small_terminal_gets_words_instead_of_a_broken_qr() {
        for (columns, rows) in [(30, 24), (80, 12), (0, 0)] {
            let text = shown(terminal(columns, rows), |screen| screen.show_codes(&codes()));
            assert!(text.contains("BCDF-GHJK") && !text.contains('\u{2588}'), "{columns}x{rows}");
        }
    }

    #[test]
    fn a_number_is_shown_with_the_code_and_the_time_to_open_it_is_told_first() {
        let codes = || Codes {
            number: Some("42".to_owned()),
            user_code_expires_in: Some(Duration::from_mins(3)),
            ..codes()
        };
        for columns in [80, 20] {
            let text = shown(terminal(columns, 40), |screen| {
                screen.show_codes(&codes());
                screen.tick(Duration::from_secs(419));
            });
            assert!(text.contains("number: 42"), "{text}");
            let before = text.split(HIDE_CURSOR).nth(1).unwrap().split("\r\u{1b}[K").next().unwrap();
            let bare = before.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
            let rows: usize = bare.lines().map(|line| line.chars().count().div_ceil(columns).max(1)).sum();
            assert!(columns < 80 || text.contains(&format!("\r\u{1b}[{rows}A")), "{rows}: {text:?}");
        }
        let wide = shown(terminal(80, 40), |screen| {
            screen.show_codes(&codes());
            screen.tick(Duration::from_secs(419));
        });
        assert!(wide.contains("open it  3:00 left") && wide.contains("answer  6:59 left"), "{wide}");
        assert!(shown(Style::Plain, |screen| screen.show_codes(&codes())).contains("number: 42\nWaiting"));
    }

    #[test]
    fn the_code_goes_before_the_pin_is_asked_for() {
        let text = shown(terminal(80, 24), |screen| {
            screen.show_codes(&codes());
            let question = screen.want_pin(Some(1), Duration::from_mins(1));
            assert!(question.contains("One more try") && question.ends_with("your phone shows: "));
        });
        assert!(text.ends_with(SHOW_CURSOR), "{text:?}");
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
