//! Where do the pages' words come from, and how do other people's words get into them safely?

use super::locale::Locale;
use super::{PagesError, education};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::collections::HashMap;
use unic_langid::LanguageIdentifier;

/// The shipped messages of each language.
pub(super) const SHIPPED: [(Locale, &str); 2] = [
    (Locale::En, include_str!("../../messages/en.ftl")),
    (Locale::Ja, include_str!("../../messages/ja.ftl")),
];

/// Fluent puts these around every value in a sentence (Unicode "first strong isolate" and its end).
const ISOLATE: char = '\u{2068}';
const ISOLATE_END: char = '\u{2069}';
/// Longest foreign string that a page shows, in characters: a last guard, the callers set tighter limits.
const MAX_FOREIGN: usize = 300;

/// The messages of every language.
pub(super) struct Messages {
    bundles: HashMap<Locale, FluentBundle<FluentResource>>,
}

impl Messages {
    /// The shipped messages, with an operator's own laid over them. `own` gives file names and texts of a language.
    pub(super) fn new(own: &HashMap<Locale, Vec<(String, String)>>) -> Result<Self, PagesError> {
        let mut bundles = HashMap::new();
        for (locale, shipped) in SHIPPED {
            let language: LanguageIdentifier = locale.tag().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![language]);
            bundle.add_resource_overriding(parse(&format!("{}.ftl", locale.tag()), shipped)?);
            for (_, file, text) in education::SHIPPED.iter().filter(|(of, ..)| *of == locale) {
                bundle.add_resource_overriding(parse(file, text)?);
            }
            for (file, text) in own.get(&locale).into_iter().flatten() {
                bundle.add_resource_overriding(parse(file, text)?);
            }
            bundles.insert(locale, bundle);
        }
        Ok(Self { bundles })
    }

    /// The message `key` in `locale`, else in English, else the key itself. Values stand between isolate marks.
    pub(super) fn text(&self, locale: Locale, key: &str, args: &FluentArgs<'_>) -> String {
        self.found(locale, key, args)
            .or_else(|| self.found(Locale::default(), key, args))
            .unwrap_or_else(|| key.to_owned())
    }

    /// The message as HTML: everything escaped, each value in a `<bdi>` of its own.
    pub(super) fn html(&self, locale: Locale, key: &str, args: &FluentArgs<'_>) -> String {
        let escaped = escape(&self.text(locale, key, args));
        escaped.replace(ISOLATE, "<bdi>").replace(ISOLATE_END, "</bdi>")
    }

    /// The same for values that people compare with another screen: no word of them is torn apart at a hyphen.
    pub(super) fn read(&self, locale: Locale, key: &str, args: &FluentArgs<'_>) -> String {
        let text = self.text(locale, key, args);
        // Values have no marks of their own ([`foreign`]), so that every second part is one.
        let parts = text.split([ISOLATE, ISOLATE_END]).enumerate();
        let html = parts.map(|(at, part)| match at % 2 {
            0 => escape(part),
            _ => format!("<bdi>{}</bdi>", whole_words(part)),
        });
        html.collect()
    }

    /// The message as text without marks: for attributes, and for use inside another message.
    pub(super) fn plain(&self, locale: Locale, key: &str, args: &FluentArgs<'_>) -> String {
        self.text(locale, key, args).replace([ISOLATE, ISOLATE_END], "")
    }

    fn found(&self, locale: Locale, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let bundle = self.bundles.get(&locale)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors);
        Some(text.into_owned())
    }
}

fn parse(file: &str, text: &str) -> Result<FluentResource, PagesError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let at = errors.first().map_or(0, |error| error.pos.start);
        PagesError::Message {
            file: file.to_owned(),
            line: text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1,
            detail: errors.first().map(ToString::to_string).unwrap_or_default(),
        }
    })
}

/// `text` with the five characters that mean something in HTML replaced.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `text` as HTML whose words break at a hyphen only where they are longer than a line: the style of `whole` sees to it.
pub(super) fn whole_words(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let (word, hyphen) = (escape(word), word.contains('-'));
        if hyphen { format!("<span class=\"whole\">{word}</span>") } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Somebody else's words, made fit to stand in a sentence of ours: one line, of bounded length, and without the
/// invisible characters that turn the direction of the text around them or hide a difference between two names.
pub(super) fn foreign(text: &str) -> String {
    foreign_within(text, MAX_FOREIGN)
}

/// The same of at most so many characters.
pub(super) fn foreign_within(text: &str, most: usize) -> String {
    let visible = text.chars().filter(|c| {
        !matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
    });
    let mut cleaned: String = visible.map(|c| if c.is_control() { ' ' } else { c }).take(most + 1).collect();
    if cleaned.chars().count() > most {
        cleaned.pop();
        cleaned.push('…');
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Each key of a message file with the variables that its text uses.
    fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                current = line.split_once('=').expect("a message has an =").0.trim().to_owned();
                assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is given twice");
            }
            for part in line.split('$').skip(1) {
                let name = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                found.get_mut(&current).expect("a message before its text").insert(name);
            }
        }
        found
    }

    /// All messages of each language.
    fn all() -> [(Locale, String); 2] {
        let educating = education::SHIPPED.map(|(.., text)| text);
        let mut educating = educating.into_iter();
        SHIPPED.map(|(locale, text)| (locale, format!("{text}\n{}", educating.next().unwrap())))
    }

    #[test]
    fn both_languages_have_the_same_keys_and_variables() {
        let [english, japanese] = all().map(|(_, text)| keys(&text));
        assert!(english.len() > 100);
        for (key, variables) in &english {
            assert_eq!(Some(variables), japanese.get(key), "{key}");
        }
        let extra: Vec<_> = japanese.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(extra.is_empty(), "only in Japanese: {extra:?}");
    }

    #[test]
    fn no_page_speaks_the_protocols_words() {
        for (locale, text) in all() {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let words = line.split_once('=').map_or(line, |(_, words)| words).to_lowercase();
                for banned in [
                    "scope",
                    "client",
                    "grant",
                    "authoriz",
                    "authenticat",
                    "token",
                    "スコープ",
                    "クライアント",
                    "トークン",
                    "認可",
                ] {
                    assert!(!words.contains(banned), "{}: {line}", locale.tag());
                }
            }
        }
    }

    #[test]
    fn own_messages_win_and_the_rest_falls_back() {
        let own =
            HashMap::from([(Locale::Ja, vec![("ja.ftl".to_owned(), "decide-allow = はーい\n".to_owned())])]);
        let messages = Messages::new(&own).unwrap();
        let none = FluentArgs::new();
        assert_eq!(messages.text(Locale::Ja, "decide-allow", &none), "はーい");
        assert_ne!(messages.text(Locale::Ja, "decide-deny", &none), "decide-deny");
        assert_eq!(messages.text(Locale::Ja, "no-such-key", &none), "no-such-key");
    }

    #[test]
    fn a_language_without_the_message_borrows_the_english_one() {
        let mut messages = Messages::new(&HashMap::new()).unwrap();
        messages.bundles.remove(&Locale::Ja);
        let none = FluentArgs::new();
        assert_eq!(
            messages.text(Locale::Ja, "decide-deny", &none),
            messages.text(Locale::En, "decide-deny", &none)
        );
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let own = HashMap::from([(Locale::En, vec![("en.ftl".to_owned(), "a = b\n\nc = {\n".to_owned())])]);
        let Err(PagesError::Message { file, line, .. }) = Messages::new(&own) else { panic!("accepted") };
        assert_eq!((file.as_str(), line >= 3), ("en.ftl", true));
    }

    #[test]
    fn what_is_compared_does_not_break_at_a_hyphen() {
        let messages = Messages::new(&HashMap::new()).unwrap();
        let said = |locale, words: &str| {
            let mut args = FluentArgs::new();
            args.set("words", foreign(words));
            messages.read(locale, "request-quoted", &args)
        };
        let quoted = "<bdi>Call <span class=\"whole\">21-732</span></bdi>";
        assert_eq!(said(Locale::En, "Call 21-732"), format!("“{quoted}”"));
        assert_eq!(said(Locale::Ja, "Call 21-732"), format!("「{quoted}」"));
        assert_eq!(said(Locale::En, "Till 3, W4K9"), "“<bdi>Till 3, W4K9</bdi>”");
        let evil = said(Locale::En, "a-<b>\u{2069}</bdi> \"x\"-\u{2068}y");
        let first = "<span class=\"whole\">a-&lt;b&gt;&lt;/bdi&gt;</span>";
        let second = "<span class=\"whole\">&quot;x&quot;-y</span>";
        assert_eq!(evil, format!("“<bdi>{first} {second}</bdi>”"));
    }

    #[test]
    fn foreign_words_cannot_turn_hide_or_run_on() {
        assert_eq!(foreign("a\u{202e}b\u{2066}c\u{200b}d\ne\u{e0041}"), "abcd e");
        assert_eq!(foreign(&"x".repeat(5000)).chars().count(), MAX_FOREIGN + 1);
        assert_eq!(foreign_within(&"x".repeat(1000), 1000), "x".repeat(1000));
    }
}
