//! Where does a password come from? From a file, from standard input, or from a person's fingers without an echo.

use super::Failure;
use super::output::tell;
use crate::config::Secret;
use clap::Args;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// More than any password; the people module has its own limit.
const MOST: u64 = 4096;

/// Where the password is.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Source {
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// Read the password from this file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl Source {
    /// Reads the password; a person is asked twice. One line break at the end is no part of it.
    pub async fn read(&self) -> Result<Secret, Failure> {
        if let Some(file) = &self.password_file {
            return read_file(file);
        }
        if self.password_stdin {
            return read_all(std::io::stdin().lock(), "standard input", MOST);
        }
        if !std::io::stdin().is_terminal() {
            let text =
                "there is no terminal to ask for the password: use --password-stdin or --password-file FILE";
            return Err(Failure::Usage(text.to_owned()));
        }
        let first = ask("Password: ").await?;
        let again = ask("The same again: ").await?;
        if first.expose() != again.expose() {
            return Err(Failure::Failed("the two passwords differ; nothing was changed".to_owned()));
        }
        Ok(first)
    }
}

/// Reads a secret from a file.
pub fn read_file(file: &Path) -> Result<Secret, Failure> {
    read_file_of(file, MOST)
}

/// Reads a text of at most so many bytes from a file.
pub fn read_file_of(file: &Path, most: u64) -> Result<Secret, Failure> {
    let name = file.display().to_string();
    let opened =
        std::fs::File::open(file).map_err(|error| Failure::Failed(format!("cannot read {name}: {error}")))?;
    read_all(opened, &name, most)
}

fn read_all(from: impl std::io::Read, name: &str, most: u64) -> Result<Secret, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = from.take(most + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::Failed(format!("cannot read {name}: {error}")))?;
    if text.len() as u64 > most {
        return Err(Failure::Failed(format!("{name} has more than {most} bytes")));
    }
    Ok(Secret::new(without_line_break(&text).to_owned()))
}

fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

async fn ask(prompt: &str) -> Result<Secret, Failure> {
    // Before the terminal falls silent, so that Ctrl-C cannot leave one behind that shows nothing.
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failure::of)?;
    let silence = Silence::begin()?;
    let mut screen = std::io::stderr();
    let _ = screen.write_all(prompt.as_bytes()).and_then(|()| screen.flush());
    let typing = tokio::task::spawn_blocking(|| {
        let mut line = Zeroizing::new(String::new());
        std::io::stdin()
            .lock()
            .take(MOST)
            .read_line(&mut line)
            .map(|_| Secret::new(without_line_break(&line).to_owned()))
    });
    let typed = tokio::select! {
        typed = typing => typed,
        _ = interrupts.recv() => {
            drop(silence);
            // The thread that still reads cannot be ended: the process can.
            tell("");
            std::process::exit(i32::from(super::failure::INTERRUPTED));
        }
    };
    drop(silence);
    tell("");
    typed.map_err(Failure::of)?.map_err(|error| Failure::Failed(format!("cannot read the password: {error}")))
}

/// As long as it lives, the terminal does not show what is typed.
struct Silence {
    before: String,
}

impl Silence {
    fn begin() -> Result<Self, Failure> {
        let before = stty(&["-g"])?;
        stty(&["-echo"])?;
        Ok(Self { before: before.trim().to_owned() })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // Nothing more can be done if the terminal is gone.
        let _ = stty(&[&self.before]);
    }
}

/// The terminal belongs to standard input, and `stty` is on every system that has terminals.
fn stty(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        _ => Err(Failure::Failed(
            "the terminal cannot be silenced: use --password-stdin or --password-file FILE".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_is_dropped_and_everything_else_belongs_to_the_password() {
        for (text, password) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("", "")] {
            assert_eq!(read_all(text.as_bytes(), "x", MOST).unwrap().expose(), password);
        }
    }

    #[test]
    fn an_endless_or_binary_password_is_refused() {
        assert!(read_all("x".repeat(5000).as_bytes(), "x", MOST).is_err());
        assert!(read_all(&[0xff, 0xfe][..], "x", MOST).is_err());
    }
}
