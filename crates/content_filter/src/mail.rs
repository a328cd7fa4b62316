//! Of which parts is a message made?
//!
//! Our own walk: a parser of whole messages takes time that grows with the square of a hostile one (a boundary that never comes is looked
//! for from every part), goes as deep as it is nested, and has done all that before a limit can be asked. Here each level passes its bytes
//! once, and limits are asked first. Where programs disagree (two types, lines that are no headers, text around the parts), all readings
//! are looked at.

use crate::Skipped;
use crate::headers::{self, Cut, Encoding, MediaType};
use crate::kinds::{self, Kind};
use crate::scan::Scanner;

/// Where in a message something stands.
#[derive(Debug, Clone)]
pub(crate) struct At {
    /// `0`, `1.2`.
    pub(crate) part: String,
    /// How deep.
    pub(crate) depth: usize,
}

impl At {
    /// The message itself.
    pub(crate) fn root() -> Self {
        Self { part: "0".into(), depth: 0 }
    }

    fn child(&self, index: usize) -> Self {
        let part = if self.part == "0" { index.to_string() } else { format!("{}.{index}", self.part) };
        Self { part, depth: self.depth + 1 }
    }

    /// Something inside of this part, that has no number of its own.
    pub(crate) fn inside(&self) -> Self {
        Self { part: self.part.clone(), depth: self.depth + 1 }
    }
}

/// The type of a part that does not tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usual {
    Text,
    Message,
}

/// Looks at a message or a part of one: headers and body.
pub(crate) fn entity(bytes: &[u8], at: &At, usual: Usual, scanner: &mut Scanner<'_>) {
    if !scanner.may_enter(at) {
        return;
    }
    let split = headers::split(bytes, scanner.headers_left);
    scanner.headers_left = scanner.headers_left.saturating_sub(bytes.len() - split.body.len());
    if split.cut == Cut::Something {
        scanner.out.skipped(Skipped::TooLarge { part: at.part.clone() });
    }
    for value in split.displayed() {
        scanner.header(&value, at);
    }
    let names = split.file_names();
    for name in &names {
        scanner.file_name(name, at);
    }
    if let Some(strange) = split.strange {
        scanner.plain(strange, None, at);
    }
    let mut types = split.content_types();
    if types.is_empty() {
        let essence = if usual == Usual::Message { "message/rfc822" } else { "text/plain" };
        types.push(MediaType { essence: essence.into(), ..MediaType::default() });
    }
    let name = names.first().map_or("", String::as_str);
    for media_type in &types {
        for encoding in split.encodings() {
            // On the way back from deep inside there may be no time left for another reading.
            if !scanner.goes_on() {
                return;
            }
            body(split.body, media_type, encoding, name, at, scanner);
        }
    }
}

fn body(
    bytes: &[u8],
    media_type: &MediaType,
    encoding: Encoding,
    name: &str,
    at: &At,
    scanner: &mut Scanner<'_>,
) {
    if media_type.essence.starts_with("multipart/") {
        if media_type.essence == "multipart/encrypted" {
            scanner.out.skipped(Skipped::Encrypted { part: at.part.clone() });
        }
        let usual = if media_type.essence == "multipart/digest" { Usual::Message } else { Usual::Text };
        let boundary = media_type.boundary.as_deref().unwrap_or_default();
        return multipart(bytes, boundary.as_bytes(), encoding, usual, at, scanner);
    }
    let content = encoding.decode(bytes);
    let kind = kinds::kind(&media_type.essence, name, &content);
    scanner.content(&content, kind, media_type.charset.as_deref(), at);
    if encoding == Encoding::None && kind == Kind::Text {
        attached_in_text(&content, at, scanner);
    }
}

/// Files that stand in a text, as they were sent before MIME.
fn attached_in_text(text: &[u8], at: &At, scanner: &mut Scanner<'_>) {
    let mut rest = text;
    for _ in 0..16 {
        let Some(start) = rest
            .windows(10)
            .position(|ten| ten.starts_with(b"\nbegin ") && ten.iter().skip(7).all(u8::is_ascii_digit))
        else {
            return;
        };
        rest = rest.get(start + 1..).unwrap_or_default();
        if !scanner.may_enter(&at.inside()) {
            return;
        }
        let content = Encoding::Unix.decode(rest);
        let kind = kinds::kind("", "", &content);
        scanner.content(&content, kind, None, &at.inside());
    }
}

fn multipart(
    bytes: &[u8],
    boundary: &[u8],
    encoding: Encoding,
    usual: Usual,
    at: &At,
    scanner: &mut Scanner<'_>,
) {
    let mut pieces = pieces(bytes, boundary, Exactly::Yes);
    if pieces.len() < 2 {
        // Some programs take every line that begins with the boundary.
        pieces = self::pieces(bytes, boundary, Exactly::No);
    }
    if pieces.len() < 2 {
        // The boundary never comes: what is left is text to most programs.
        let content = encoding.decode(bytes);
        let kind = kinds::kind("", "", &content);
        return scanner.content(&content, kind, None, at);
    }
    let mut index = 0;
    for piece in pieces {
        if !scanner.goes_on() {
            return;
        }
        match piece.place {
            Place::Around => scanner.plain(piece.bytes, None, at),
            Place::Part => {
                index += 1;
                entity(piece.bytes, &at.child(index), usual, scanner);
            }
        }
    }
}

/// What stands between two lines with the boundary.
struct Piece<'a> {
    bytes: &'a [u8],
    place: Place,
}

/// Whether it is a part, or before the first or behind the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Around,
    Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Exactly {
    Yes,
    No,
}

/// Cuts a body at its boundary. At most this many pieces are made; the last one has the rest.
const MOST_PIECES: usize = 10_000;

fn pieces<'a>(bytes: &'a [u8], boundary: &[u8], exactly: Exactly) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let mut place = Place::Around;
    let (mut start, mut at) = (0, 0);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let next = delimits(line, boundary, exactly);
        if let Some(next) = next
            && out.len() < MOST_PIECES
        {
            out.push(Piece { bytes: bytes.get(start..at).unwrap_or_default(), place });
            start = at + line.len();
            place = next;
        }
        at += line.len();
    }
    out.push(Piece { bytes: bytes.get(start..).unwrap_or_default(), place });
    out
}

/// Whether the line is a delimiter, and what comes after it.
fn delimits(line: &[u8], boundary: &[u8], exactly: Exactly) -> Option<Place> {
    let rest = line.strip_prefix(b"--")?;
    if boundary.is_empty() {
        return None;
    }
    let rest = rest.strip_prefix(boundary)?;
    let (place, rest) = match rest.strip_prefix(b"--") {
        Some(rest) => (Place::Around, rest),
        None => (Place::Part, rest),
    };
    (exactly == Exactly::No || rest.trim_ascii().is_empty()).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(bytes: &[u8]) -> Vec<(String, Place)> {
        pieces(bytes, b"x", Exactly::Yes)
            .into_iter()
            .map(|piece| (String::from_utf8_lossy(piece.bytes).into_owned(), piece.place))
            .collect::<Vec<_>>()
    }

    #[test]
    fn bodies_are_cut_at_their_boundary() {
        let pieces = cut(b"before\n--x\none\r\n--x \t\r\ntwo\n--xy\n--x--\nafter\n--x\nlate");
        let words: Vec<_> =
            pieces.iter().map(|(text, place)| (text.as_str(), *place == Place::Part)).collect();
        assert_eq!(
            words,
            [
                ("before\n", false),
                ("one\r\n", true),
                ("two\n--xy\n", true),
                ("after\n", false),
                ("late", true)
            ]
        );
    }

    #[test]
    fn a_body_without_its_boundary_is_one_piece() {
        assert_eq!(cut(b"").len(), 1);
        assert_eq!(cut(b"-- x\n - -x").len(), 1);
        assert_eq!(pieces(b"--\n--\n", b"", Exactly::No).len(), 1);
    }
}
