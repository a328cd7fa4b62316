//! What does each part of a document add to its readings, labels and addresses?

use super::styles::{self, HiddenNames, Sight};
use super::tokens::Token;
use super::vocabulary::{ADDRESSES, INLINE, LABELS, VOID};
use super::{Document, Embedded};
use crate::transfer;
use std::borrow::Cow;
use url::Url;

/// Whether anything in the document is set from right to left or in reverse.
#[derive(Debug, Default, PartialEq, Eq)]
enum Turned {
    #[default]
    Nowhere,
    Somewhere,
}

#[derive(Debug, Default)]
pub(super) struct Reader {
    document: Document,
    /// All words.
    all: String,
    /// Without what is not displayed.
    seen: String,
    /// Without what is hard to see as well.
    plain: String,
    /// Like `seen`, with descriptions in the place of pictures.
    described: String,
    base: Option<Url>,
    names: HiddenNames,
    hidden: Covered,
    faint: Covered,
    turned: Turned,
}

/// Inside of which element everything is hidden, and how many of that name are open.
#[derive(Debug, Default)]
struct Covered {
    name: String,
    open: usize,
}

impl Covered {
    fn start(&mut self, name: &str, covers: bool) {
        if self.open > 0 {
            self.open += usize::from(self.name == name);
        } else if covers {
            name.clone_into(&mut self.name);
            self.open = 1;
        }
    }

    fn end(&mut self, name: &str) {
        if self.open > 0 && self.name == name {
            self.open -= 1;
        }
    }
}

impl Reader {
    /// Begins, with what the style sheets of the document hide.
    pub(super) fn new(names: HiddenNames) -> Self {
        Self { names, ..Self::default() }
    }

    /// What was read.
    pub(super) fn document(self) -> Document {
        let Self { mut document, all, seen, plain, described, turned, .. } = self;
        for mut reading in [all, seen, plain, described] {
            if turned == Turned::Somewhere {
                reading.push('\u{202e}');
            }
            if !document.readings.contains(&reading) {
                document.readings.push(reading);
            }
        }
        document
    }

    pub(super) fn token(&mut self, token: Token<'_>) {
        match token {
            Token::Text(text) => self.words(&text),
            Token::Start { name, attributes } => self.start(&name, &attributes),
            Token::End { name } => {
                self.part_words(&name);
                self.hidden.end(&name);
                self.faint.end(&name);
            }
            Token::Comment(content) => self.comment(content),
            Token::Raw { content, .. } => self.code(content),
        }
    }

    fn words(&mut self, text: &str) {
        self.all.push_str(text);
        if self.hidden.open == 0 {
            self.seen.push_str(text);
            self.described.push_str(text);
            if self.faint.open == 0 {
                self.plain.push_str(text);
            }
        }
    }

    fn part_words(&mut self, element: &str) {
        if !INLINE.contains(&element) && !matches!(element, "img" | "input") {
            self.words("\n");
        }
    }

    fn comment(&mut self, content: &str) {
        // Outlook reads these.
        if content.trim_start().starts_with("[if") {
            let bytes = content.as_bytes().to_vec();
            self.document.embedded.push(Embedded { media_type: "text/html".into(), bytes });
        } else if !content.trim().is_empty() {
            self.document.labels.push(content.to_owned());
            self.document.code.push(content.to_owned());
        }
    }

    fn code(&mut self, content: &str) {
        for (at, _) in content.match_indices("data:").take(64) {
            let data = content.get(at..).unwrap_or_default();
            let end = data.find([')', '"', '\'', '<']).unwrap_or(data.len());
            self.data(data.get(..end).unwrap_or_default());
        }
        self.document.code.push(content.to_owned());
        self.document.labels.extend(styles::generated(content));
        if styles::turns(content) {
            self.turned = Turned::Somewhere;
        }
    }

    fn start(&mut self, name: &str, attributes: &[(String, String)]) {
        self.part_words(name);
        let sight = self.names.sight(name, attributes);
        if !VOID.contains(&name) {
            self.hidden.start(name, sight == Sight::Hidden);
            self.faint.start(name, sight == Sight::Faint);
        }
        if name == "bdo" {
            self.turned = Turned::Somewhere;
        }
        for (attribute, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            self.attribute(name, attribute, value);
        }
    }

    fn attribute(&mut self, element: &str, attribute: &str, value: &str) {
        match attribute {
            "href" if element == "base" => self.base = Url::parse(value.trim()).ok(),
            "srcdoc" => {
                self.document.embedded.push(Embedded { media_type: "text/html".into(), bytes: value.into() });
            }
            "style" => self.code(value),
            "alt" => {
                self.described.push_str(value);
                self.document.labels.push(value.to_owned());
            }
            "value" if matches!(element, "input" | "button" | "li") => self.words(value),
            "content" if element == "meta" => {
                self.document.labels.push(value.to_owned());
                self.refresh(value);
            }
            _ if ADDRESSES.contains(&attribute) => self.address(value),
            _ if LABELS.contains(&attribute) => self.document.labels.push(value.to_owned()),
            // A script's, or one that some program will make an address of.
            _ if value.contains("//") || value.contains("%2") => self.document.code.push(value.to_owned()),
            _ => {}
        }
    }

    /// `<meta http-equiv="refresh" content="0; url=…">`
    fn refresh(&mut self, value: &str) {
        let lower = value.to_ascii_lowercase();
        if let Some(at) = lower.find("url") {
            let rest = value.get(at + 3..).unwrap_or_default().trim_start();
            if let Some(address) = rest.strip_prefix('=') {
                self.address(address.trim().trim_matches(['"', '\'']));
            }
        }
    }

    fn address(&mut self, value: &str) {
        let value = value.trim();
        if value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            return self.data(value);
        }
        if let Some(base) = &self.base
            && Url::parse(value) == Err(url::ParseError::RelativeUrlWithoutBase)
            && let Ok(joined) = base.join(value)
        {
            return self.document.addresses.push(joined.into());
        }
        self.document.addresses.push(value.to_owned());
    }

    /// RFC 2397
    fn data(&mut self, address: &str) {
        let Some((head, content)) = address.get(5..).and_then(|rest| rest.split_once(',')) else { return };
        let bytes: Cow<'_, [u8]> = percent_encoding::percent_decode_str(content).into();
        let head = head.to_ascii_lowercase();
        let bytes =
            if head.trim_end().ends_with(";base64") { transfer::base64(&bytes) } else { bytes.into_owned() };
        let media_type = head.split(';').next().unwrap_or_default().trim().to_owned();
        self.document.embedded.push(Embedded { media_type, bytes });
    }
}
