//! What do the objects of a PDF file say: which are pictures, which draw, and what is in them? (ISO 32000-2, 7.3.10)

mod scan;

use std::collections::HashMap;

use super::filters::{self, Content};
use super::syntax::{Dictionary, Value, get};
use crate::image::Trouble;

/// Objects that are kept at most.
const MOST_OBJECTS: usize = 100_000;
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

impl<'a> Objects<'a> {
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
