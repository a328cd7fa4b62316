//! What do the headers of a message or part say?

use crate::transfer;
use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};
use std::borrow::Cow;

/// The longest field that is read.
const LONGEST_FIELD: usize = 16 * 1024;

/// Bytes among the headers that are none.
const MOST_STRANGE: usize = 64 * 1024;

/// Fields that people see, or that their mail program acts upon.
const DISPLAYED: [&str; 26] = [
    "subject",
    "from",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "sender",
    "resent-from",
    "resent-to",
    "resent-cc",
    "resent-sender",
    "comments",
    "keywords",
    "organization",
    "list-id",
    "list-help",
    "list-owner",
    "list-archive",
    "list-post",
    "list-subscribe",
    "list-unsubscribe",
    "content-description",
    "content-location",
    "content-base",
    "thread-topic",
    "summary",
];

/// Headers, and what comes after them.
pub(crate) struct Split<'a> {
    pub(crate) fields: Vec<Field<'a>>,
    /// Lines among the headers that are none. Some programs take what begins here for the text.
    pub(crate) strange: Option<&'a [u8]>,
    pub(crate) body: &'a [u8],
    /// Whether fields were too long or too many.
    pub(crate) cut: Cut,
}

/// Whether something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Nothing,
    Something,
}

/// One field.
pub(crate) struct Field<'a> {
    name: String,
    value: &'a [u8],
}

/// Cuts the headers from the body. `most` bytes of them are read.
pub(crate) fn split(part: &[u8], most: usize) -> Split<'_> {
    let mut out = Split { fields: Vec::new(), strange: None, body: &[], cut: Cut::Nothing };
    let mut at = 0;
    let mut strange = None;
    let mut open: Option<(String, usize)> = None;
    loop {
        let line = line(part, at);
        let blank = line.is_empty() || matches!(line, b"\n" | b"\r\n");
        let goes_on = !blank && matches!(line.first(), Some(b' ' | b'\t'));
        if !goes_on && let Some((name, start)) = open.take() {
            out.add(name, part.get(start..at).unwrap_or_default());
        }
        if blank {
            out.body = part.get(at + line.len()..).unwrap_or_default();
            break;
        }
        if at + line.len() > most {
            out.cut = Cut::Something;
            out.body = body_after(part, at);
            strange = strange.or(Some(at));
            break;
        }
        if !goes_on {
            match name_of(line) {
                Some((name, colon)) => open = Some((name, at + colon + 1)),
                None => strange = strange.or(Some(at)),
            }
        }
        at += line.len();
    }
    if out.fields.is_empty() && out.cut == Cut::Nothing {
        // No headers at all: everything is text.
        out.body = part;
    } else if let Some(start) = strange {
        let end = (part.len() - out.body.len()).min(start + MOST_STRANGE);
        out.strange = part.get(start..end);
    }
    out
}

fn line(bytes: &[u8], at: usize) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
    rest.get(..end).unwrap_or_default()
}

/// The body behind headers that are not read to their end.
fn body_after(part: &[u8], mut at: usize) -> &[u8] {
    loop {
        let line = line(part, at);
        at += line.len();
        if line.is_empty() || matches!(line, b"\n" | b"\r\n") {
            return part.get(at..).unwrap_or_default();
        }
    }
}

fn name_of(line: &[u8]) -> Option<(String, usize)> {
    let colon = line.iter().take(128).position(|b| *b == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    valid.then(|| (String::from_utf8_lossy(name).to_ascii_lowercase(), colon))
}

impl<'a> Split<'a> {
    fn add(&mut self, name: String, value: &'a [u8]) {
        if value.len() > LONGEST_FIELD {
            self.cut = Cut::Something;
        }
        self.fields.push(Field { name, value: value.get(..LONGEST_FIELD).unwrap_or(value) });
    }

    /// What people see of the headers.
    pub(crate) fn displayed(&self) -> impl Iterator<Item = String> {
        self.fields.iter().filter(|field| DISPLAYED.contains(&&*field.name)).map(Field::text)
    }

    /// Every `Content-Type`, the first one first. Programs do not agree which of two counts.
    pub(crate) fn content_types(&self) -> Vec<MediaType> {
        let mut types: Vec<_> = self.named("content-type").map(MediaType::read).collect();
        types.dedup();
        types
    }

    /// How the body is encoded: every way that is named, the first one first.
    pub(crate) fn encodings(&self) -> Vec<Encoding> {
        let mut encodings: Vec<_> =
            self.named("content-transfer-encoding").map(|field| Encoding::read(&field.text())).collect();
        encodings.dedup();
        if encodings.is_empty() {
            encodings.push(Encoding::None);
        }
        encodings
    }

    /// The file name of the part.
    pub(crate) fn file_names(&self) -> Vec<String> {
        let disposition = self.named("content-disposition").map(MediaType::read);
        let types = self.named("content-type").map(MediaType::read);
        let mut names: Vec<_> =
            disposition.chain(types).flat_map(|field| [field.file_name, field.name]).flatten().collect();
        names.dedup();
        names
    }

    /// The first and the last field of this name: programs take one of the two, however many there are.
    fn named(&self, name: &str) -> impl Iterator<Item = &Field<'a>> {
        let mut all = self.fields.iter().filter(move |field| field.name == name);
        let first = all.next();
        first.into_iter().chain(all.next_back())
    }
}

impl Field<'_> {
    /// As it is displayed: encoded words (RFC 2047) resolved.
    fn text(&self) -> String {
        let lines = self.lines();
        match MessageStream::new(&lines).parse_unstructured() {
            HeaderValue::Text(text) => text.into_owned(),
            _ => transfer::characters(self.value, None),
        }
    }

    /// With an end that is certain.
    fn lines(&self) -> Cow<'_, [u8]> {
        let mut lines = self.value.trim_ascii_end().to_vec();
        lines.push(b'\n');
        Cow::Owned(lines)
    }
}

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    None,
    Base64,
    QuotedPrintable,
    Unix,
}

impl Encoding {
    fn read(text: &str) -> Self {
        let name = text.split([';', '(']).next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            "uuencode" | "x-uuencode" | "x-uue" | "uue" => Self::Unix,
            _ => Self::None,
        }
    }

    /// What was encoded.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::None => Cow::Borrowed(bytes),
            Self::Base64 => Cow::Owned(transfer::base64(bytes)),
            Self::QuotedPrintable => Cow::Owned(transfer::quoted_printable(bytes)),
            Self::Unix => Cow::Owned(transfer::unix_encoding(bytes)),
        }
    }
}

/// A media type with the parameters that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// In lower case.
    pub(crate) essence: String,
    pub(crate) boundary: Option<String>,
    pub(crate) charset: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) file_name: Option<String>,
}

impl MediaType {
    fn read(field: &Field<'_>) -> Self {
        let lines = field.lines();
        let HeaderValue::ContentType(read) = MessageStream::new(&lines).parse_content_type() else {
            return Self::default();
        };
        let essence = match read.subtype() {
            Some(sub) => format!("{}/{sub}", read.ctype()),
            None => read.ctype().to_owned(),
        };
        let attribute = |name: &str| attribute(&read, name);
        Self {
            essence: essence.trim().to_ascii_lowercase(),
            boundary: attribute("boundary").filter(|boundary| !boundary.is_empty()),
            charset: attribute("charset"),
            name: attribute("name"),
            file_name: attribute("filename"),
        }
    }
}

fn attribute(field: &ContentType<'_>, name: &str) -> Option<String> {
    let mut attributes = field.attributes()?.iter();
    attributes
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
        .map(|attribute| attribute.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: usize = 1024 * 1024;

    #[test]
    fn headers_are_cut_from_the_body() {
        let split = split(b"Subject: a\r\n b\r\nX-Y: z\r\n\r\nbody", ALL);
        assert_eq!(split.displayed().collect::<Vec<_>>(), ["a b"]);
        assert_eq!((split.body, split.strange.is_none()), (&b"body"[..], true));
    }

    #[test]
    fn broken_headers_lose_nothing() {
        assert_eq!(split(b"no headers here\nat all", ALL).body, b"no headers here\nat all");
        assert_eq!(split(b"", ALL).body, b"");
        assert_eq!(split(b"\nbody", ALL).body, b"\nbody");
        assert_eq!(split(b"A: b", ALL).body, b"");
        let strange = split(b"A: b\nthis is text\nC: d\n\nbody", ALL);
        assert_eq!(strange.strange, Some(&b"this is text\nC: d\n\n"[..]));
        assert_eq!(strange.body, b"body");
        let long = format!("A: {}\nB: c\n\nbody", "x".repeat(100));
        let cut = split(long.as_bytes(), 50);
        assert_eq!((cut.body, cut.cut), (&b"body"[..], Cut::Something));
    }

    #[test]
    fn encoded_words_are_resolved() {
        for (written, read) in [
            ("=?utf-8?q?BC=44F-?= =?utf-8?b?R0hKSw==?=", "BCDF-GHJK"),
            ("=?iso-2022-jp?b?GyRCJTMhPCVJGyhC?= BC", "コード BC"),
            ("=?utf-8?q?broken", "=?utf-8?q?broken"),
            ("caf\u{e9}", "caf\u{e9}"),
        ] {
            let field = Field { name: "subject".into(), value: written.as_bytes() };
            assert_eq!(field.text().trim(), read);
        }
    }

    #[test]
    fn media_types_are_read() {
        let split = split(
            b"Content-Type: Multipart/Mixed; Boundary=\"a b\"; charset=UTF-8\nContent-Type: text/html\n\
              Content-Disposition: attachment; filename*0=\"BCDF-\"; filename*1=\"GHJK.png\"\n\
              Content-Transfer-Encoding: BASE64\n\n",
            ALL,
        );
        let types = split.content_types();
        assert_eq!(types[0].essence, "multipart/mixed");
        assert_eq!(types[0].boundary.as_deref(), Some("a b"));
        assert_eq!(types[1].essence, "text/html");
        assert_eq!(split.file_names(), ["BCDF-GHJK.png"]);
        assert_eq!(split.encodings(), [Encoding::Base64]);
    }

    /// A third type that says what the mail program believes is not overlooked.
    #[test]
    fn of_many_fields_the_first_and_the_last_count() {
        let split = split(
            b"Content-Type: text/plain\nContent-Type: text/plain\nContent-Type: text/x\nContent-Type: text/html\n\
              Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\n",
            ALL,
        );
        let types: Vec<_> = split.content_types().into_iter().map(|one| one.essence).collect();
        assert_eq!(types, ["text/plain", "text/html"]);
        assert_eq!(split.encodings(), [Encoding::None, Encoding::Base64]);
    }

    /// Nobody waits for headers that were made to be slow.
    #[test]
    fn hostile_headers_end() {
        for hostile in [
            "=?utf-8?q?",
            "=?",
            "(((",
            "a;b=\"",
            "; filename*0*=x",
            "\"",
            "<",
            ",",
            "=?utf-8?b?QQ?= ",
            "; x*1=y",
        ] {
            let value = hostile.repeat(LONGEST_FIELD / hostile.len());
            let field = Field { name: "subject".into(), value: value.as_bytes() };
            let _ = field.text();
            let _ = MediaType::read(&field);
        }
    }
}
