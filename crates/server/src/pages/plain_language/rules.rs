//! Which rules are there, and which of them does a page break?

use super::super::{Pages, locale::Locale};
use super::{decision, reading, wording};

/// A page as somebody reads it.
pub(super) struct Seen<'a> {
    pub(super) pages: &'a Pages,
    pub(super) locale: Locale,
    pub(super) html: &'a str,
    /// What stands on it and in labels that are read out, a paragraph each. Other people's words are an `X`.
    pub(super) lines: Vec<String>,
}

/// A rule, and what on a page breaks it.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) breaches: fn(&Seen<'_>) -> Vec<String>,
}

pub(super) const RULES: [Rule; 10] = [
    Rule { name: "no protocol words", breaches: wording::protocol_words },
    Rule { name: "short sentences", breaches: wording::long_sentences },
    Rule { name: "no blame", breaches: wording::blame },
    Rule { name: "no pressure", breaches: wording::pressure },
    Rule { name: "buttons say what they do", breaches: wording::vague_buttons },
    Rule { name: "the title is a question", breaches: decision::no_question },
    Rule { name: "deny first, and as prominent", breaches: decision::hidden_deny },
    Rule { name: "a way to report", breaches: decision::no_report },
    Rule { name: "who, why, what follows", breaches: decision::missing_context },
    Rule { name: "decline what you did not start or expect", breaches: decision::no_unexpected },
];

impl<'a> Seen<'a> {
    pub(super) fn new(pages: &'a Pages, locale: Locale, html: &'a str) -> Self {
        Self { pages, locale, html, lines: reading::lines(html) }
    }

    /// Whether somebody can say yes here, or go on towards it.
    pub(super) fn is_decision(&self) -> bool {
        ["value=\"allow\"", "value=\"continue\"", "button answer"].iter().any(|mark| self.html.contains(mark))
    }

    pub(super) fn breaches(&self) -> Vec<(&'static str, String)> {
        let all =
            RULES.iter().flat_map(|rule| (rule.breaches)(self).into_iter().map(|breach| (rule.name, breach)));
        all.collect()
    }
}
