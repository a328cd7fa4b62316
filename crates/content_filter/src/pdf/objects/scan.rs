//! Which objects are in a PDF file, wherever its tables say they are? (ISO 32000-2, 7.3.10, 7.5)

use std::collections::HashMap;

use super::super::filters::Content;
use super::super::pace::Pace;
use super::super::syntax::{Dictionary, Reader, Value, get};
use super::{MOST_OBJECTS, Objects, Stream};
use crate::image::Trouble;

/// Bytes of values that are kept: as values they take up to thirty times as much room.
const MOST_WRITTEN: usize = 6 * 1024 * 1024;

impl<'a> Objects<'a> {
    /// Reads the file once; `room` is how many bytes may be inflated altogether.
    pub(in crate::pdf) fn read(bytes: &'a [u8], room: usize, go_on: &dyn Fn() -> bool) -> Self {
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
