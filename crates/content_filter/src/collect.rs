//! What was found so far, each once, and not without end?

use crate::found::{Find, Form, Skipped, What};
use std::collections::{HashMap, HashSet};

/// Different codes that stood as words of their own, in one message.
const MOST_WORDS: usize = 2_000;
/// Different codes that were cut out of longer runs of letters.
const MOST_CUTTINGS: usize = 2_000;
/// Different links and request URIs.
const MOST_LINKS: usize = 2_000;
/// The longest link that is told.
const LONGEST_LINK: usize = 8 * 1024;

/// Whether letters stood by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A word or several whole ones.
    Word,
    /// Part of a longer run. Encoded data is full of these, and must not crowd out the others.
    Cutting,
}

/// Gathers finds and what was skipped.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    finds: Vec<Find>,
    /// What was cut out of longer runs is told last: whoever looks only some of it up shall begin with what people see.
    cut_out: Vec<Find>,
    skipped: Vec<Skipped>,
    seen: HashSet<Find>,
    told: HashSet<Skipped>,
    /// Every candidate, and where it stood.
    codes: HashMap<String, Vec<(String, Form)>>,
    words: usize,
    cuttings: usize,
    links: usize,
}

impl Collected {
    /// A candidate.
    pub(crate) fn code(&mut self, code: &str, standing: Standing, part: &str, form: Form) {
        let found_at = self.codes.get(code);
        if found_at.is_some_and(|places| places.iter().any(|(at, how)| at == part && *how == form)) {
            return;
        }
        if found_at.is_none() {
            let (kept, most) = match standing {
                Standing::Word => (&mut self.words, MOST_WORDS),
                Standing::Cutting => (&mut self.cuttings, MOST_CUTTINGS),
            };
            if *kept >= most {
                return self.skipped(Skipped::TooManyCandidates);
            }
            *kept += 1;
        }
        self.codes.entry(code.to_owned()).or_default().push((part.to_owned(), form));
        let find = Find { what: What::UserCode(code.to_owned()), part: part.to_owned(), form };
        match standing {
            Standing::Word => self.finds.push(find),
            Standing::Cutting => self.cut_out.push(find),
        }
    }

    /// A link to a watched origin.
    pub(crate) fn link(&mut self, link: &str, part: &str, form: Form) {
        self.address(What::Link(clip(link)), part, form);
    }

    /// The address of a wallet's request.
    pub(crate) fn request_uri(&mut self, uri: &str, part: &str, form: Form) {
        self.address(What::RequestUri(clip(uri)), part, form);
    }

    fn address(&mut self, what: What, part: &str, form: Form) {
        let find = Find { what, part: part.to_owned(), form };
        if self.seen.contains(&find) {
            return;
        }
        if self.links >= MOST_LINKS {
            return self.skipped(Skipped::TooManyCandidates);
        }
        self.links += 1;
        self.seen.insert(find.clone());
        self.finds.push(find);
    }

    /// Something that was not looked at; told once.
    pub(crate) fn skipped(&mut self, skipped: Skipped) {
        if self.told.insert(skipped.clone()) {
            self.skipped.push(skipped);
        }
    }

    /// What came of it.
    pub(crate) fn finish(mut self) -> crate::Scan {
        self.finds.append(&mut self.cut_out);
        crate::Scan { finds: self.finds, skipped: self.skipped }
    }
}

fn clip(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST_LINK)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuttings_do_not_crowd_out_words() {
        let mut collected = Collected::default();
        for index in 0..MOST_CUTTINGS + 5 {
            collected.code(&format!("{index:08}"), Standing::Cutting, "0", Form::Text);
        }
        collected.code("BCDFGHJK", Standing::Word, "0", Form::Text);
        let scan = collected.finish();
        assert_eq!(scan.skipped, [Skipped::TooManyCandidates]);
        assert_eq!(scan.finds.len(), MOST_CUTTINGS + 1);
        assert_eq!(scan.finds[0].what, What::UserCode("BCDFGHJK".into()), "first what people see");
    }

    #[test]
    fn the_same_is_told_once() {
        let mut collected = Collected::default();
        for _ in 0..3 {
            collected.code("BCDFGHJK", Standing::Word, "0", Form::Text);
            collected.link("https://id.example.com/", "0", Form::Text);
            collected.skipped(Skipped::OutOfTime);
        }
        let scan = collected.finish();
        assert_eq!((scan.finds.len(), scan.skipped.len()), (2, 1));
    }
}
