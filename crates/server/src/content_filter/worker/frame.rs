//! How do the server and its child processes talk? In frames that begin with their length.

use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use tandem_content_filter::Watch;

/// What the child says when it is ready.
pub const READY: &[u8] = b"ready";
/// The longest answer.
pub const MOST_ANSWERED: usize = 4 * 1024 * 1024;
/// The longest settings.
pub const MOST_SETTINGS: usize = 256 * 1024;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A mail.
    Mail,
    /// Plain text.
    Text,
    /// HTML.
    Html,
    /// A picture.
    Image,
    /// A PDF file.
    Pdf,
}

/// What a frame to the child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// What to look for, once at the beginning.
    Settings,
    /// A message.
    Message(Kind),
    /// A message of which pictures and documents are left out.
    Words(Kind),
}

impl Asking {
    const fn letter(self) -> u8 {
        match self {
            Self::Settings => b's',
            Self::Message(Kind::Mail) => b'm',
            Self::Message(Kind::Text) => b't',
            Self::Message(Kind::Html) => b'h',
            Self::Message(Kind::Image) => b'i',
            Self::Message(Kind::Pdf) => b'p',
            Self::Words(Kind::Mail) => b'M',
            Self::Words(Kind::Text) => b'T',
            Self::Words(Kind::Html) => b'H',
            Self::Words(Kind::Image) => b'I',
            Self::Words(Kind::Pdf) => b'P',
        }
    }

    const fn of(letter: u8) -> Option<Self> {
        Some(match letter {
            b's' => Self::Settings,
            b'm' => Self::Message(Kind::Mail),
            b't' => Self::Message(Kind::Text),
            b'h' => Self::Message(Kind::Html),
            b'i' => Self::Message(Kind::Image),
            b'p' => Self::Message(Kind::Pdf),
            b'M' => Self::Words(Kind::Mail),
            b'T' => Self::Words(Kind::Text),
            b'H' => Self::Words(Kind::Html),
            b'I' => Self::Words(Kind::Image),
            b'P' => Self::Words(Kind::Pdf),
            _ => return None,
        })
    }
}

/// What the child must know. Nothing of it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    alphabet: String,
    length: usize,
    origins: Vec<String>,
    schemes: Vec<String>,
    /// The longest message.
    pub bytes: usize,
    /// How long one may take.
    pub millis: u64,
    /// Memory in MiB.
    pub memory: u64,
}

impl Settings {
    /// The settings for looking for this within these limits.
    pub fn new(watch: &Watch, bytes: usize, millis: u64, memory: u64) -> Self {
        let Watch { alphabet, length, origins, schemes } = watch.clone();
        Self { alphabet, length, origins, schemes, bytes, millis, memory }
    }

    /// What is looked for.
    pub fn watch(&self) -> Watch {
        Watch {
            alphabet: self.alphabet.clone(),
            length: self.length,
            origins: self.origins.clone(),
            schemes: self.schemes.clone(),
        }
    }
}

/// The head of a frame to the child, before `length` bytes.
pub fn head(asking: Asking, length: usize) -> io::Result<[u8; 5]> {
    let length = u32::try_from(length.saturating_add(1)).map_err(|_| io::ErrorKind::InvalidInput)?;
    let [a, b, c, d] = length.to_be_bytes();
    Ok([a, b, c, d, asking.letter()])
}

/// Reads a frame in the child, of at most so many bytes; nothing once there are no more.
pub fn read(input: &mut impl Read, most: usize) -> io::Result<Option<(Asking, Vec<u8>)>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let length = length.checked_sub(1).filter(|length| *length <= most).ok_or(io::ErrorKind::InvalidData)?;
    let mut letter = [0];
    input.read_exact(&mut letter)?;
    let [letter] = letter;
    let asking = Asking::of(letter).ok_or(io::ErrorKind::InvalidData)?;
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    Ok(Some((asking, body)))
}

/// Writes an answer of the child.
pub fn write(output: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(body)?;
    output.flush()
}
