//! What does a reader of an HTML document see, and where does it lead?
//!
//! What is seen depends on the mail program: hidden elements, and descriptions of pictures that are not loaded. So there are several
//! readings of a document, and a code may stand in any of them.

mod reader;
mod references;
mod styles;
mod tokens;
mod vocabulary;

use reader::Reader;
use styles::HiddenNames;
use tokens::{Token, Tokens};

/// What was read in a document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Its words, in the ways in which they can be read. None twice.
    pub(crate) readings: Vec<String>,
    /// Words that stand by themselves: tooltips, labels, comments.
    pub(crate) labels: Vec<String>,
    /// Where links, pictures and forms lead.
    pub(crate) addresses: Vec<String>,
    /// Where addresses may stand among other things: styles and scripts.
    pub(crate) code: Vec<String>,
    /// Documents and pictures inside of it.
    pub(crate) embedded: Vec<Embedded>,
}

/// Something that stands in a document as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Embedded {
    /// Its media type, as it says.
    pub(crate) media_type: String,
    /// It.
    pub(crate) bytes: Vec<u8>,
}

/// Reads a document.
pub(crate) fn read(html: &str) -> Document {
    let mut reader = Reader::new(hidden_names(html));
    for token in Tokens::new(html) {
        reader.token(token);
    }
    reader.document()
}

fn hidden_names(html: &str) -> HiddenNames {
    let mut names = HiddenNames::default();
    // Only a document with a style sheet is read twice.
    if html.as_bytes().windows(6).any(|six| six.eq_ignore_ascii_case(b"<style")) {
        for token in Tokens::new(html) {
            if let Token::Raw { name, content } = token
                && name == "style"
            {
                names.learn(content);
            }
        }
    }
    names
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
