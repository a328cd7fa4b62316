//! Which objects are in a PDF file, wherever its tables say they are? (ISO 32000-2, 7.3.10, 7.5)

use std::collections::HashMap;

use super::filters::{self, Content};
use super::pace::Pace;
use super::syntax::{Dictionary, Reader, Value, get};
use crate::image::Trouble;

/// Objects that are kept at most.
const MOST_OBJECTS: usize = 100_000;
/// Bytes of values that are kept: as values they take up to thirty times as much room.
const MOST_WRITTEN: usize = 6 * 1024 * 1024;
/// How often a reference may lead to another reference.
const MOST_STEPS: usize = 4;

/// All that was found in a file.
#[derive(Debug)]
pub(super) struct Objects<'a> {
    values: HashMap<u32, Value>,
    streams: Vec<Stream<'a>>,
    encrypted: bool,
    troubles: Vec<Trouble>,
    /// How many bytes may still be inflated.
    room: usize,
    /// How many bytes of values may still be kept.
    written: usize,
}

/// An object with bytes of its own.
#[derive(Debug, Clone)]
pub(super) struct Stream<'a> {
    number: u32,
    pub(super) dictionary: Dictionary,
    pub(super) bytes: &'a [u8],
}

fn find(bytes: &[u8], word: &[u8], from: usize) -> Option<usize> {
    let first = *word.first()?;
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == first)?;
        if bytes.get(at..)?.starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
}

impl<'a> Objects<'a> {
    /// Reads the file once; `room` is how many bytes may be inflated altogether.
    pub(super) fn read(bytes: &'a [u8], room: usize, go_on: &dyn Fn() -> bool) -> Self {
        let mut objects = Self {
            values: HashMap::new(),
            streams: Vec::new(),
            encrypted: false,
            troubles: Vec::new(),
            room,
            written: MOST_WRITTEN,
        };
        let (mut at, mut ends_are_left) = (0, true);
        let mut count = 0;
        let mut pace = Pace::new(go_on);
        while let Some(found) = find(bytes, b"obj", at) {
            at = found + 3;
            let Some(number) = number_before(bytes, found) else { continue };
            count += 1;
            let mut reader = Reader::new(bytes, at);
            let value = reader.value();
            let length = reader.place() - at;
            if !pace.goes_on(length) {
                objects.troubles.push(Trouble::OutOfTime);
                break;
            }
            if count > MOST_OBJECTS || !objects.has_room_for(length) {
                objects.troubles.push(Trouble::Undecodable("more objects in a document than are looked at"));
                break;
            }
            let Some(value) = value else { continue };
            at = reader.place();
            if let Value::Dictionary(dictionary) = &value
                && let Some(start) = stream_start(&reader, bytes)
            {
                let (end, found) = objects.stream_end(bytes, start, dictionary, ends_are_left);
                ends_are_left = found;
                let content = bytes.get(start..end).unwrap_or_default();
                objects.streams.push(Stream { number, dictionary: dictionary.clone(), bytes: content });
                at = end;
            }
            objects.values.insert(number, value);
        }
        objects.encrypted = objects.is_encrypted(bytes, &mut pace);
        if !objects.encrypted {
            objects.unpack(go_on);
        }
        objects
    }

    /// Where a stream ends, and whether a word that says so may follow later. Its dictionary is believed if it leads to that word.
    fn stream_end(&self, bytes: &[u8], start: usize, dictionary: &Dictionary, search: bool) -> (usize, bool) {
        let said = get(dictionary, "Length").and_then(|length| self.resolve(length)).and_then(Value::size);
        if let Some(end) = said.and_then(|length| start.checked_add(length)) {
            let after = bytes.get(end..(end + 24).min(bytes.len())).unwrap_or_default();
            if find(after, b"endstream", 0).is_some() {
                return (end, search);
            }
        }
        match search.then(|| find(bytes, b"endstream", start)).flatten() {
            Some(end) => (end, true),
            None => (bytes.len(), false),
        }
    }

    fn has_room_for(&mut self, length: usize) -> bool {
        let left = self.written.checked_sub(length);
        self.written = left.unwrap_or(0);
        left.is_some()
    }

    fn is_encrypted(&mut self, bytes: &[u8], pace: &mut Pace<'_>) -> bool {
        let names_a_key = |dictionary: &Dictionary| get(dictionary, "Encrypt").is_some();
        let table = self.streams.iter().filter(|stream| stream.is("Type", b"XRef"));
        if table.map(|stream| &stream.dictionary).any(names_a_key) {
            return true;
        }
        let mut at = 0;
        while let Some(found) = find(bytes, b"trailer", at) {
            at = found + 7;
            let mut reader = Reader::new(bytes, at);
            if !reader.rest().trim_ascii_start().starts_with(b"<<") {
                continue;
            }
            if reader.value().as_ref().and_then(Value::dictionary).is_some_and(names_a_key) {
                return true;
            }
            if !pace.goes_on(reader.place() - at) {
                self.troubles.push(Trouble::OutOfTime);
                break;
            }
        }
        false
    }

    /// Reads the objects that are packed together in streams. Those are never streams themselves.
    fn unpack(&mut self, go_on: &dyn Fn() -> bool) {
        let packed: Vec<Stream<'a>> =
            self.streams.iter().filter(|stream| stream.is("Type", b"ObjStm")).cloned().collect();
        let mut pace = Pace::new(go_on);
        for stream in packed {
            let content = match self.content(&stream, self.room) {
                Ok(Content::Raw(content)) => content,
                Ok(Content::Jpeg(_)) => continue,
                Err(trouble) => {
                    self.troubles.push(trouble);
                    continue;
                }
            };
            self.room = self.room.saturating_sub(content.len());
            if !pace.goes_on(content.len()) {
                return self.troubles.push(Trouble::OutOfTime);
            }
            let first = get(&stream.dictionary, "First").and_then(Value::size).unwrap_or(0);
            let mut head = Reader::new(&content, 0);
            while head.place() < first && self.values.len() < MOST_OBJECTS {
                let Some((number, place)) = head
                    .value()
                    .and_then(|value| value.size())
                    .zip(head.value().and_then(|value| value.size()))
                else {
                    break;
                };
                let start = first.saturating_add(place).min(content.len());
                let mut reader = Reader::new(&content, start);
                let value = reader.value();
                let length = reader.place() - start;
                if !pace.goes_on(length) {
                    return self.troubles.push(Trouble::OutOfTime);
                }
                if !self.has_room_for(length) {
                    let why = "more objects in a document than are looked at";
                    return self.troubles.push(Trouble::Undecodable(why));
                }
                if let (Ok(number), Some(value)) = (u32::try_from(number), value) {
                    self.values.entry(number).or_insert(value);
                }
            }
        }
    }

    pub(super) fn encrypted(&self) -> bool {
        self.encrypted
    }

    pub(super) fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// The value itself where another object is referred to.
    pub(super) fn resolve<'b>(&'b self, value: &'b Value) -> Option<&'b Value> {
        let mut value = value;
        for _ in 0..MOST_STEPS {
            let Value::Reference(number) = value else { return Some(value) };
            value = self.values.get(number)?;
        }
        None
    }

    /// The bytes of a table: written as text, or in a stream of its own.
    pub(super) fn table(&self, value: &Value) -> Option<Vec<u8>> {
        if let Some(Value::Text(text)) = self.resolve(value) {
            return Some(text.clone());
        }
        let Value::Reference(number) = value else { return None };
        let stream = self.streams.iter().rev().find(|stream| stream.number == *number)?;
        match self.content(stream, MOST_OBJECTS) {
            Ok(Content::Raw(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// What a name, or its short form, means.
    pub(super) fn entry<'b>(
        &'b self,
        dictionary: &'b Dictionary,
        name: &str,
        short: &str,
    ) -> Option<&'b Value> {
        get(dictionary, name).or_else(|| get(dictionary, short)).and_then(|value| self.resolve(value))
    }

    /// The bytes of a stream with its filters taken off, at most `most` of them.
    pub(super) fn content(&self, stream: &Stream<'_>, most: usize) -> Result<Content, Trouble> {
        let one_or_more = |name, short| match self.entry(&stream.dictionary, name, short) {
            Some(Value::Array(values)) => values.iter().map(|value| self.resolve(value)).collect(),
            Some(value) => vec![Some(value)],
            None => Vec::new(),
        };
        let names: Vec<Vec<u8>> = one_or_more("Filter", "F")
            .into_iter()
            .filter_map(|value| value?.name().map(<[u8]>::to_vec))
            .collect();
        let parameters: Vec<Option<Dictionary>> = one_or_more("DecodeParms", "DP")
            .into_iter()
            .map(|value| {
                let resolved = value?
                    .dictionary()?
                    .iter()
                    .map(|(name, value)| Some((name.clone(), self.resolve(value)?.clone())));
                resolved.collect()
            })
            .collect();
        filters::decode(stream.bytes, &names, &parameters, most)
    }

    /// The objects that are pictures.
    pub(super) fn pictures(&self) -> impl Iterator<Item = &Stream<'a>> {
        self.streams.iter().filter(|stream| stream.is("Subtype", b"Image"))
    }

    /// What draws a page, or a part of one.
    pub(super) fn drawings(&self) -> impl Iterator<Item = Result<Vec<u8>, Trouble>> {
        let mut room = self.room;
        let pages = self.streams.iter().filter(|stream| {
            let without = |name| get(&stream.dictionary, name).is_none();
            stream.is("Subtype", b"Form")
                || (without("Subtype") && without("Type") && without("Length1") && without("N"))
        });
        pages.filter_map(move |stream| match self.content(stream, room) {
            Ok(Content::Raw(content)) => {
                room = room.saturating_sub(content.len());
                Some(Ok(content))
            }
            Ok(Content::Jpeg(_)) => None,
            Err(trouble) => Some(Err(trouble)),
        })
    }
}

impl Stream<'_> {
    fn is(&self, name: &str, value: &[u8]) -> bool {
        get(&self.dictionary, name).and_then(Value::name) == Some(value)
    }
}

/// The number of an object, of which `12 0 ` stands before this place.
fn number_before(bytes: &[u8], at: usize) -> Option<u32> {
    let before = bytes.get(at.saturating_sub(24)..at)?;
    let mut words = before.split(u8::is_ascii_whitespace).rev().filter(|word| !word.is_empty());
    let generation = words.next()?;
    let number = words.next()?;
    generation.iter().all(u8::is_ascii_digit).then_some(())?;
    // What stood before may touch it: `endobj12 0 obj`.
    let digits = number.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(number.get(number.len() - digits..)?).ok()?.parse().ok()
}

/// Where the bytes of a stream begin, if the next word says that there is one.
fn stream_start(reader: &Reader<'_>, bytes: &[u8]) -> Option<usize> {
    let rest = reader.rest();
    let blanks = rest.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0)?;
    rest.get(blanks..)?.starts_with(b"stream").then_some(())?;
    let start = reader.place() + blanks + 6;
    let line_end = match (bytes.get(start), bytes.get(start + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\r' | b'\n'), _) => 1,
        _ => 0,
    };
    Some(start + line_end)
}
