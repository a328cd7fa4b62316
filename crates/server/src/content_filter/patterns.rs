//! What should another filter look for, that cannot ask us about each message?
//!
//! Regular expressions in the part of the language that Perl, PCRE and most others share. They know nothing of which codes are
//! alive, and nothing of pictures: a hit is a hint.

use crate::config::Config;
use serde::Serialize;
use std::fmt::Write as _;
use tandem_core::device_authorization::user_code::{ALPHABET, LENGTH};
use tandem_core::oauth::metadata::path;

/// One pattern.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pattern {
    /// Its name, unique among all.
    pub name: String,
    /// What it finds.
    pub what: &'static str,
    /// Where it belongs.
    pub place: Place,
    /// The expression. Case does not matter.
    pub regex: String,
    /// In words.
    pub description: &'static str,
    /// How much of a hint it is, in points of which 5 are a nuisance.
    pub score: f32,
}

/// Where a pattern belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The words that people read.
    Text,
    /// The addresses of links.
    Url,
}

/// How the patterns are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// Rules of SpamAssassin.
    SpamAssassin,
    /// Rules of the regexp module of Rspamd.
    Rspamd,
}

impl Format {
    /// The format of this name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "spamassassin" => Some(Self::SpamAssassin),
            "rspamd" => Some(Self::Rspamd),
            _ => None,
        }
    }

    /// Its content type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::SpamAssassin | Self::Rspamd => "text/plain; charset=utf-8",
        }
    }
}

/// The patterns under this configuration.
pub fn patterns(config: &Config) -> Vec<Pattern> {
    let mut patterns = vec![code()];
    let own = format!("{}{}", config.issuer.as_str(), path::VERIFICATION);
    let others = config.content_filter.origins.iter().map(|origin| format!("{origin}/"));
    for (number, address) in std::iter::once(own).chain(others).enumerate() {
        patterns.push(Pattern {
            name: numbered("TANDEM_LINK", number),
            what: "link",
            place: Place::Url,
            // Over plain http a link gets there as well.
            regex: format!(
                r"^https?\:\/\/{}",
                escaped(address.split_once("://").map_or(&*address, |(_, rest)| rest))
            ),
            description: "Link to a page for codes of sign-in on another device",
            score: 0.5,
        });
    }
    for (number, scheme) in config.content_filter.schemes.iter().enumerate() {
        patterns.push(Pattern {
            name: numbered("TANDEM_REQUEST_URI", number),
            what: "request_uri",
            place: Place::Text,
            regex: format!(r"\b{}:[^\s]*[?&]request_uri=", escaped(scheme)),
            description: "Link that opens a wallet with a request from elsewhere",
            score: 0.5,
        });
    }
    patterns
}

/// A code in two halves or in one piece, or letter by letter.
fn code() -> Pattern {
    let letters: String = ALPHABET.iter().map(|letter| char::from(*letter)).collect();
    let (half, rest) = (LENGTH / 2, LENGTH - 1);
    Pattern {
        name: "TANDEM_USER_CODE".to_owned(),
        what: "user_code",
        place: Place::Text,
        regex: format!(
            r"\b(?:[{letters}]{{{half}}}[ ._-]?[{letters}]{{{half}}}|[{letters}](?:[ ._-][{letters}]){{{rest}}})\b"
        ),
        description: "Letters that may be a code of sign-in on another device",
        score: 0.3,
    }
}

fn numbered(name: &str, number: usize) -> String {
    if number == 0 { name.to_owned() } else { format!("{name}_{}", number + 1) }
}

/// Everything but letters and digits stands for itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The patterns written down.
pub fn written(config: &Config, format: Format) -> String {
    let patterns = patterns(config);
    match format {
        Format::Json => {
            let all =
                serde_json::json!({ "issuer": config.issuer.as_str(), "flags": "i", "patterns": patterns });
            all.to_string()
        }
        Format::SpamAssassin => lines(&patterns, spamassassin),
        Format::Rspamd => lines(&patterns, rspamd),
    }
}

fn lines(patterns: &[Pattern], write: fn(&mut String, &Pattern) -> std::fmt::Result) -> String {
    let mut text = "# What belongs to sign-in across devices. A hit is a hint: which codes are alive only the server knows.\n"
        .to_owned();
    for pattern in patterns {
        // Writing to a String does not fail.
        let _ = write(&mut text, pattern);
    }
    text
}

fn spamassassin(text: &mut String, pattern: &Pattern) -> std::fmt::Result {
    let Pattern { name, place, regex, description, score, .. } = pattern;
    let kind = match place {
        Place::Text => "body",
        Place::Url => "uri",
    };
    writeln!(
        text,
        "{kind} {name} /{}/i\ndescribe {name} {description}\nscore {name} {score}",
        delimited(regex)
    )
}

fn rspamd(text: &mut String, pattern: &Pattern) -> std::fmt::Result {
    let Pattern { name, place, regex, description, score, .. } = pattern;
    let kind = match place {
        Place::Text => "sa_body",
        Place::Url => "url",
    };
    let rule = format!("/{}/i{{{kind}}}", delimited(regex)).replace('\\', r"\\").replace('"', "\\\"");
    writeln!(
        text,
        "\"{name}\" {{\n  re = \"{rule}\";\n  score = {score};\n  description = \"{description}\";\n}}"
    )
}

/// A slash would end the expression; in addresses it is escaped already.
fn delimited(regex: &str) -> String {
    regex.replace(r"\/", "/").replace('/', r"\/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Issuer;
    use regex::RegexBuilder;
    use tandem_content_filter::{Input, Limits, What, scan};

    fn config() -> Config {
        let mut config =
            Config { issuer: Issuer::parse("https://id.example.com").unwrap(), ..Config::default() };
        config.content_filter.origins = vec!["https://go.example.com".to_owned()];
        config
    }

    fn hits(text: &str) -> Vec<&'static str> {
        let hit = |pattern: &Pattern| {
            RegexBuilder::new(&pattern.regex).case_insensitive(true).build().unwrap().is_match(text)
        };
        let mut found: Vec<_> =
            patterns(&config()).iter().filter(|pattern| hit(pattern)).map(|pattern| pattern.what).collect();
        found.dedup();
        found
    }

    /// R6.5: where a code stands in plain sight, the patterns see what the scanner sees.
    #[test]
    fn the_patterns_find_codes_where_the_scanner_does() {
        let watch = super::super::watch(&config());
        for text in [
            "Your code is WDJB-MJHT.",
            "wdjb-mjht",
            "WDJBMJHT",
            "code: WDJB MJHT",
            "type WDJB.MJHT now",
            "W D J B M J H T",
            "W-D-J-B-M-J-H-T",
        ] {
            assert_eq!(hits(text), ["user_code"], "{text}");
            let found = scan(Input::Text(text), &watch, &Limits::default(), &|| true);
            let code = What::UserCode("WDJBMJHT".to_owned());
            assert!(found.finds.iter().any(|find| find.what == code), "{text} {found:?}");
        }
        for text in
            ["Hello, nothing here.", "WDJB-MJH", "AEIO-UAEI", "order 12345678", "XWDJBMJHTX", "WDJB-MJHTX"]
        {
            assert!(hits(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_patterns_find_links() {
        let watch = super::super::watch(&config());
        for (text, what) in [
            ("https://id.example.com/device", "link"),
            ("https://id.example.com/device?user_code=WDJB-MJHT", "link"),
            ("HTTPS://ID.EXAMPLE.COM/device?x", "link"),
            ("https://go.example.com/abc", "link"),
            ("openid4vp://authorize?client_id=x&request_uri=https%3A%2F%2Fid.example.com%2Fr", "request_uri"),
        ] {
            assert!(hits(text).contains(&what), "{text}: {:?}", hits(text));
            let found = scan(Input::Text(text), &watch, &Limits::default(), &|| true);
            assert!(!found.finds.is_empty(), "{text} {found:?}");
        }
        for text in [
            "https://idXexample.com/device",
            "https://id.example.com.evil.example/device",
            "https://other.example/?u=https://id.example.com/device",
            "https://id.example.com/",
            "openid4vp://authorize?client_id=x",
        ] {
            assert!(hits(text).iter().all(|what| *what == "user_code"), "{text}: {:?}", hits(text));
        }
    }

    #[test]
    fn each_format_is_written_as_its_reader_wants_it() {
        let spamassassin = written(&config(), Format::SpamAssassin);
        assert!(spamassassin.contains("\nbody TANDEM_USER_CODE /\\b(?:["), "{spamassassin}");
        assert!(
            spamassassin.contains("\nuri TANDEM_LINK /^https?\\:\\/\\/id\\.example\\.com\\/device/i\n"),
            "{spamassassin}"
        );
        let rspamd = written(&config(), Format::Rspamd);
        assert!(
            rspamd.contains("  re = \"/^https?\\\\:\\\\/\\\\/id\\\\.example\\\\.com\\\\/device/i{url}\";\n"),
            "{rspamd}"
        );
        let json: serde_json::Value = serde_json::from_str(&written(&config(), Format::Json)).unwrap();
        assert_eq!(json["patterns"].as_array().unwrap().len(), patterns(&config()).len());
        let names: std::collections::BTreeSet<_> =
            patterns(&config()).into_iter().map(|one| one.name).collect();
        assert_eq!(names.len(), patterns(&config()).len(), "each has its own name");
    }
}
