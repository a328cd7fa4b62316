//! Of which tags and texts is an HTML document made?
//!
//! As the HTML standard cuts it, with two differences that only make more of it text: nothing is dropped at the end of the file, and an
//! attribute whose quote is never closed ends with its tag. Every byte is passed once, whatever the document looks like. No tree is built:
//! only the order matters to a reader, and nothing can then be nested too deep. That is why this is not a library.

use super::references::resolved;
use std::borrow::Cow;

/// A piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// What stands between tags, with its references resolved.
    Text(Cow<'a, str>),
    /// `<name …>`
    Start { name: String, attributes: Vec<(String, String)> },
    /// `</name>`
    End { name: String },
    /// The inside of `<!-- … -->` or of anything else that browsers do not show.
    Comment(&'a str),
    /// The inside of `<style>` or `<script>`.
    Raw { name: String, content: &'a str },
}

/// Attributes of one tag that are read.
const MOST_ATTRIBUTES: usize = 64;

/// Cuts a document into tokens.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
    /// `<style>` was read last: its end is what comes next.
    raw: Option<String>,
    /// Quotes and tag ends that are still to come, so that nobody looks for what is not there.
    last: Last<'a>,
}

#[derive(Clone, Copy)]
struct Last<'a> {
    double: Option<&'a str>,
    single: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        let from = |quote| html.rfind(quote).and_then(|at| html.get(at..));
        Self { rest: html, raw: None, last: Last { double: from('"'), single: from('\'') } }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn raw_content(&mut self, name: String) -> Token<'a> {
        let mut from = 0;
        let end = loop {
            let Some(at) = self.rest.get(from..).and_then(|rest| rest.find("</")) else {
                break self.rest.len();
            };
            let after = self.rest.get(from + at + 2..).unwrap_or_default();
            if after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(&name)) {
                break from + at;
            }
            from += at + 2;
        };
        Token::Raw { content: self.take(end), name }
    }

    fn text(&mut self) -> Token<'a> {
        // A `<` that opens nothing is text itself.
        let mut from = 0;
        let end = loop {
            let Some(at) = self.rest.get(from..).and_then(|rest| rest.find('<')) else {
                break self.rest.len();
            };
            let after = self.rest.as_bytes().get(from + at + 1);
            if after.is_some_and(|b| b.is_ascii_alphabetic() || b"/!?".contains(b)) {
                break from + at;
            }
            from += at + 1;
        };
        Token::Text(resolved(self.take(end)))
    }

    fn declaration(&mut self) -> Token<'a> {
        if let Some(inside) = self.rest.strip_prefix("<!--") {
            // `<!-->` and `<!--->` are whole comments.
            if let Some(rest) = inside.strip_prefix('>').or_else(|| inside.strip_prefix("->")) {
                self.rest = rest;
                return Token::Comment("");
            }
            self.rest = inside;
            let plain = self.rest.find("--");
            let end = plain.and_then(|first| comment_end(self.rest, first));
            return match end {
                Some((end, mark)) => {
                    let content = self.take(end);
                    self.take(mark);
                    Token::Comment(content)
                }
                None => Token::Comment(self.take(self.rest.len())),
            };
        }
        self.take(2);
        let end = self.rest.find('>').unwrap_or(self.rest.len());
        let content = self.take(end);
        self.take(1);
        Token::Comment(content)
    }

    fn end_tag(&mut self) -> Token<'a> {
        self.take(2);
        let name = self.name();
        let end = self.rest.find('>').unwrap_or(self.rest.len());
        let rest = self.take(end);
        self.take(1);
        if name.is_empty() { Token::Comment(rest) } else { Token::End { name } }
    }

    fn name(&mut self) -> String {
        let end = self
            .rest
            .find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>')
            .unwrap_or(self.rest.len());
        self.take(end).to_ascii_lowercase()
    }

    fn start_tag(&mut self) -> Token<'a> {
        self.take(1);
        let name = self.name();
        let mut attributes = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if self.rest.is_empty() {
                break;
            }
            if self.rest.starts_with('>') {
                self.take(1);
                break;
            }
            let attribute = self.attribute();
            if attributes.len() < MOST_ATTRIBUTES {
                attributes.push(attribute);
            }
        }
        if matches!(&*name, "style" | "script") {
            self.raw = Some(name.clone());
        }
        Token::Start { name, attributes }
    }

    fn attribute(&mut self) -> (String, String) {
        // A name may begin with `=`; whatever it is, something is taken.
        let skip = self.rest.chars().next().map_or(0, char::len_utf8);
        let rest = self.rest.get(skip..).unwrap_or_default();
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let end = rest.find(ends).map_or(self.rest.len(), |end| end + skip);
        let name = self.take(end).to_ascii_lowercase();
        let after = self.rest.trim_ascii_start();
        let Some(value) = after.strip_prefix('=') else { return (name, String::new()) };
        self.rest = value.trim_ascii_start();
        (name, resolved(self.value()).into_owned())
    }

    fn value(&mut self) -> &'a str {
        for (quote, last) in [('"', self.last.double), ('\'', self.last.single)] {
            if let Some(inside) = self.rest.strip_prefix(quote) {
                // The last quote of the document is shorter than what follows this one, or this one is never closed.
                let closed = last.is_some_and(|last| last.len() <= inside.len());
                self.rest = inside;
                let end = if closed { inside.find(quote) } else { inside.find('>') };
                let value = self.take(end.unwrap_or(inside.len()));
                if closed {
                    self.take(1);
                }
                return value;
            }
        }
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(self.rest.len());
        self.take(end)
    }
}

/// Where a comment ends, and how long the mark of its end is.
fn comment_end(inside: &str, first: usize) -> Option<(usize, usize)> {
    let mut from = first;
    loop {
        let at = from + inside.get(from..)?.find("--")?;
        let after = inside.get(at + 2..)?;
        if after.starts_with('>') {
            return Some((at, 3));
        }
        if after.starts_with("!>") {
            return Some((at, 4));
        }
        from = at + 1;
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_content(name));
        }
        let mut bytes = self.rest.bytes();
        match (bytes.next()?, bytes.next()) {
            (b'<', Some(b'!' | b'?')) => Some(self.declaration()),
            (b'<', Some(b'/')) => Some(self.end_tag()),
            (b'<', Some(next)) if next.is_ascii_alphabetic() => Some(self.start_tag()),
            _ => Some(self.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(html: &str) -> Vec<Token<'_>> {
        Tokens::new(html).collect()
    }

    fn start(name: &str, attributes: &[(&str, &str)]) -> Token<'static> {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Token::Start { name: name.into(), attributes }
    }

    #[test]
    fn documents_are_cut() {
        assert_eq!(
            tokens("a<B Class=\"x y\" id='1' hidden data-a=b/>c</b ><br/>"),
            [
                Token::Text("a".into()),
                start("b", &[("class", "x y"), ("id", "1"), ("hidden", ""), ("data-a", "b/")]),
                Token::Text("c".into()),
                Token::End { name: "b".into() },
                start("br", &[]),
            ]
        );
        assert_eq!(
            tokens("<style>a<b</STYLE><!--x--y-->z<!-->1 < 2<?x?><!doctype html>"),
            [
                start("style", &[]),
                Token::Raw { name: "style".into(), content: "a<b" },
                Token::End { name: "style".into() },
                Token::Comment("x--y"),
                Token::Text("z".into()),
                Token::Comment(""),
                Token::Text("1 < 2".into()),
                Token::Comment("x?"),
                Token::Comment("doctype html"),
            ]
        );
    }

    /// Every byte is passed once: what is left over is a measure of steps.
    #[test]
    fn broken_documents_end() {
        for hostile in [
            "<",
            "<a ",
            "<a b=\"",
            "<a b='",
            "<!--",
            "<!",
            "</",
            "<style>",
            "<a =",
            "&",
            "&#",
            "<a b=",
            "</style",
            "<!-- --",
            "\"'<a b=\"<a c='",
        ] {
            let html = hostile.repeat(400_000 / hostile.len());
            let tokens = Tokens::new(&html).count();
            assert!(tokens <= html.len(), "{hostile}");
        }
        assert_eq!(tokens("<a b=\"x>text"), [start("a", &[("b", "x")]), Token::Text("text".into())]);
    }
}
