//! How does a person answer a question? One line at a time, each asked for, and a secret without being shown.

use crate::failure::Failure;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::mpsc::{Sender, channel};

/// No answer is longer (bytes).
const LONGEST_LINE: u64 = 1024;

/// Reads lines of standard input on its own thread, and only those that were asked for.
pub struct Keyboard {
    demands: Sender<()>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Awaited,
    Ended,
}

impl Keyboard {
    /// `tell` gets each line without its end, `None` at the end of input, and says whether anybody wants more.
    pub fn listen(tell: impl Fn(Option<String>) -> bool + Send + 'static) -> Result<Self, Failure> {
        let (demands, asked) = channel();
        let read = move || {
            let mut input = io::stdin().lock();
            while asked.recv().is_ok() {
                let line = read_line(&mut input);
                let over = line.is_none();
                if !tell(line) || over {
                    return;
                }
            }
        };
        let started = std::thread::Builder::new().name("keyboard".to_owned()).spawn(read);
        started.map_err(|error| Failure::Server(format!("cannot start a thread: {error}")))?;
        Ok(Self { demands, state: State::Idle })
    }

    /// Asks for a line, unless one is awaited already: that is the next one. False if no line can come any more.
    pub fn demand(&mut self) -> bool {
        if self.state == State::Idle {
            self.state = State::Awaited;
            // The thread goes with the end of the input, and has told of it.
            let _ = self.demands.send(());
        }
        self.state != State::Ended
    }

    /// The line that was asked for has come.
    pub const fn answered(&mut self) {
        self.state = State::Idle;
    }

    /// The input is at its end.
    pub const fn ended(&mut self) {
        self.state = State::Ended;
    }
}

/// `None` at the end, and for what is no line of text: nothing that could follow it is worth reading.
fn read_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    input.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
    let text = String::from_utf8(line).ok()?;
    let complete = text.ends_with('\n') || (text.len() as u64) < LONGEST_LINE;
    (complete && !text.is_empty()).then(|| text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Whether a person can be asked: standard input and standard error are both a terminal.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Shows `text` where questions are shown.
pub fn show(text: &str) {
    let mut stderr = io::stderr().lock();
    // A closed standard error must not stop anybody from answering.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Throws away what was typed before a question was seen.
pub fn forget_what_was_typed() {
    #[cfg(unix)]
    {
        // A terminal that cannot do that keeps an answer that the person still has to confirm.
        let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
    }
}

/// While this lives, the terminal does not show what is typed.
pub struct Hidden {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Hidden {
    /// Stops showing.
    pub fn begin() -> Result<Self, Failure> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let unable = |error: rustix::io::Errno| {
            Failure::File(format!("the terminal cannot hide what is typed: {}", io::Error::from(error)))
        };
        let before = tcgetattr(io::stdin()).map_err(unable)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &hidden).map_err(unable)?;
        Ok(Self { before })
    }
}

#[cfg(not(unix))]
impl Hidden {
    /// Stops showing: not possible here, and a secret is not asked for in sight.
    pub fn begin() -> Result<Self, Failure> {
        Err(Failure::Usage("secrets cannot be typed here; put it into a file or a variable".to_owned()))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // The terminal may be gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_without_its_end_and_nothing_else_passes_for_one() {
        let mut input = io::Cursor::new(b"yes\r\n\n  pin \nlast".to_vec());
        let mut next = || read_line(&mut input);
        let lines = [next(), next(), next(), next(), next()];
        assert_eq!(
            lines,
            ["yes", "", "  pin ", "last"]
                .map(|l| Some(l.to_owned()))
                .into_iter()
                .chain([None])
                .collect::<Vec<_>>()[..]
        );
        assert_eq!(read_line(&mut &[b'y'; 5000][..]), None);
        assert_eq!(read_line(&mut &b"\xff\n"[..]), None);
    }
}
