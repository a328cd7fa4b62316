//! What is in a message, as far as its limits allow to look?
//!
//! Not looked into: archives, office documents, films and sounds, TNEF, messages that are fetched from elsewhere, what a link leads to. Each of
//! these is said to be [`Skipped`]. Not seen at all: pictures that are drawn (SVG shapes, tables of coloured cells), codes that are read out.

use crate::collect::Collected;
use crate::found::{Form, Scan, Skipped};
use crate::image::{self, Reading, Spent};
use crate::kinds::{self, Kind};
use crate::limits::{Limits, Watch};
use crate::links::{Budget, Links};
use crate::mail::{self, At, Usual};
use crate::watched::Watched;
use crate::{drawn, html, pdf, text, transfer};

/// Bytes of headers that are read, of all parts.
const MOST_HEADERS: usize = 512 * 1024;
/// Deeper than this nobody looks, whatever the limits say: each level takes room on the stack.
const DEEPEST: usize = 64;

/// What is to be looked at.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A mail as it was sent (RFC 5322, MIME).
    Mail(&'a [u8]),
    /// Words.
    Text(&'a str),
    /// A document or a fragment of one.
    Html(&'a str),
    /// A picture.
    Image(&'a [u8]),
    /// A PDF file.
    Pdf(&'a [u8]),
}

impl Input<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Mail(bytes) | Self::Image(bytes) | Self::Pdf(bytes) => bytes.len(),
            Self::Text(text) | Self::Html(text) => text.len(),
        }
    }
}

/// Looks for what belongs to a cross-device flow. Where no images are allowed, none is decoded, and no PDF file. Stops soon after `go_on` said no, which is asked between parts and pictures.
pub fn scan(input: Input<'_>, watch: &Watch, limits: &Limits, go_on: &dyn Fn() -> bool) -> Scan {
    let watched = Watched::new(watch);
    let mut scanner = Scanner {
        watched: &watched,
        limits,
        go_on,
        out: Collected::default(),
        headers_left: MOST_HEADERS,
        text_left: limits.text,
        parts: 0,
        spent: Spent::default(),
        links: Budget::default(),
    };
    let at = At::root();
    if input.len() > limits.bytes {
        scanner.out.skipped(Skipped::TooLarge { part: at.part.clone() });
    }
    let clip = |bytes| <[u8]>::get(bytes, ..limits.bytes).unwrap_or(bytes);
    if scanner.goes_on() {
        match input {
            Input::Mail(bytes) => mail::entity(clip(bytes), &at, Usual::Text, &mut scanner),
            Input::Text(text) => scanner.text(text, Form::Text, &at),
            Input::Html(html) => scanner.content(html.as_bytes(), Kind::Html, None, &at),
            Input::Image(bytes) if bytes.len() <= limits.bytes => {
                scanner.content(bytes, Kind::Image, None, &at);
            }
            Input::Pdf(bytes) => scanner.content(clip(bytes), Kind::Pdf, None, &at),
            Input::Image(_) => {}
        }
    }
    scanner.out.finish()
}

/// One look at one message.
pub(crate) struct Scanner<'a> {
    watched: &'a Watched,
    limits: &'a Limits,
    go_on: &'a dyn Fn() -> bool,
    pub(crate) out: Collected,
    pub(crate) headers_left: usize,
    text_left: usize,
    parts: usize,
    spent: Spent,
    links: Budget,
}

impl Scanner<'_> {
    /// Whether there is time; says so if not.
    pub(crate) fn goes_on(&mut self) -> bool {
        let goes_on = (self.go_on)();
        if !goes_on {
            self.out.skipped(Skipped::OutOfTime);
        }
        goes_on
    }

    /// Whether one more part may be looked at; says so if not.
    pub(crate) fn may_enter(&mut self, at: &At) -> bool {
        if !self.goes_on() {
            return false;
        }
        if at.depth > self.limits.depth.min(DEEPEST) {
            self.out.skipped(Skipped::TooDeep { part: at.part.clone() });
            return false;
        }
        if self.parts >= self.limits.parts {
            self.out.skipped(Skipped::TooManyParts);
            return false;
        }
        self.parts += 1;
        true
    }

    /// The content of a part, decoded.
    pub(crate) fn content(&mut self, bytes: &[u8], kind: Kind, charset: Option<&str>, at: &At) {
        match kind {
            // Nothing of it is decoded then, not even its head.
            Kind::Image | Kind::Pdf if self.limits.images == 0 => self.out.skipped(Skipped::TooManyImages),
            Kind::Image => {
                let reading = image::qr_codes(bytes, self.limits, &mut self.spent, self.go_on);
                self.reading(reading, at);
            }
            Kind::Pdf => {
                let reading = pdf::qr_codes(bytes, self.limits, &mut self.spent, self.go_on);
                self.reading(reading, at);
            }
            Kind::Html => {
                let html = transfer::characters(self.affordable(bytes, at), charset);
                self.html(&html, at);
            }
            Kind::Text => self.plain(bytes, charset, at),
            Kind::Message => mail::entity(bytes, &at.inside(), Usual::Text, self),
            Kind::Encrypted => {
                self.out.skipped(Skipped::Encrypted { part: at.part.clone() });
                self.plain(bytes, charset, at);
            }
            Kind::Closed(kind) => {
                self.out.skipped(Skipped::NotLookedInto { part: at.part.clone(), kind: kind.to_owned() });
            }
        }
    }

    fn affordable<'b>(&mut self, bytes: &'b [u8], at: &At) -> &'b [u8] {
        if bytes.len() > self.text_left {
            self.out.skipped(Skipped::TooLarge { part: at.part.clone() });
        }
        let affordable = bytes.get(..self.text_left).unwrap_or(bytes);
        self.text_left -= affordable.len();
        affordable
    }

    /// Text as bytes.
    pub(crate) fn plain(&mut self, bytes: &[u8], charset: Option<&str>, at: &At) {
        let bytes = self.affordable(bytes, at);
        if !bytes.trim_ascii().is_empty() {
            self.words(&transfer::characters(bytes, charset), Form::Text, at);
        }
    }

    fn text(&mut self, text: &str, form: Form, at: &At) {
        let affordable = self.affordable(text.as_bytes(), at).len();
        self.words(text.get(..text.floor_char_boundary(affordable)).unwrap_or_default(), form, at);
    }

    /// Running text that was paid for.
    fn words(&mut self, text: &str, form: Form, at: &At) {
        text::codes(text, &at.part, form, self.watched, &mut self.out);
        self.links(at, form, Form::Link).in_text(text);
        if self.limits.images == 0 {
            return;
        }
        for luma in drawn::pictures(text) {
            if self.spent_on(&luma) && self.goes_on() {
                let mut reading = Reading::default();
                image::read(&luma, self.go_on, &mut reading);
                self.reading(reading, at);
            }
        }
    }

    fn spent_on(&mut self, luma: &image::Luma) -> bool {
        let pixels = u64::try_from(luma.pixels().len()).unwrap_or(u64::MAX);
        match self.spent.picture(pixels, self.limits) {
            Ok(()) => true,
            Err(trouble) => {
                self.out.skipped(trouble.in_part("0"));
                false
            }
        }
    }

    fn links<'b>(&'b mut self, at: &'b At, form: Form, code_form: Form) -> Links<'b> {
        Links {
            watched: self.watched,
            budget: &mut self.links,
            out: &mut self.out,
            part: &at.part,
            form,
            code_form,
        }
    }

    /// The value of a header.
    pub(crate) fn header(&mut self, value: &str, at: &At) {
        text::codes(value, &at.part, Form::Header, self.watched, &mut self.out);
        self.links(at, Form::Header, Form::Link).in_text(value);
    }

    /// The name of a file.
    pub(crate) fn file_name(&mut self, name: &str, at: &At) {
        text::codes(name, &at.part, Form::FileName, self.watched, &mut self.out);
        self.links(at, Form::FileName, Form::Link).in_text(name);
    }

    /// What stood in QR codes.
    fn reading(&mut self, reading: Reading, at: &At) {
        for text in &reading.texts {
            text::codes(text, &at.part, Form::QrCode, self.watched, &mut self.out);
            let mut links = self.links(at, Form::QrCode, Form::QrCode);
            links.in_text(text);
            links.address(text);
        }
        for trouble in reading.troubles {
            self.out.skipped(trouble.in_part(&at.part));
        }
    }

    /// A document.
    fn html(&mut self, html: &str, at: &At) {
        let document = html::read(html);
        for words in &document.readings {
            self.words(words, Form::Html, at);
        }
        for label in &document.labels {
            text::codes(label, &at.part, Form::Html, self.watched, &mut self.out);
        }
        for address in &document.addresses {
            self.links(at, Form::Link, Form::Link).address(address);
        }
        for code in &document.code {
            self.links(at, Form::Link, Form::Link).in_text(code);
        }
        for embedded in document.embedded {
            let inside = at.inside();
            if !self.may_enter(&inside) {
                return;
            }
            let kind = kinds::kind(&embedded.media_type, "", &embedded.bytes);
            self.content(&embedded.bytes, kind, None, &inside);
        }
    }
}
