//! Does every language say the same things? The English and Japanese message files must have the same keys.

use super::tree::has_extension;
use super::{Findings, Tree};
use std::collections::BTreeMap;

const LANGUAGES: [&str; 2] = ["en", "ja"];

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.files().filter(|(path, _)| has_extension(path, &["ftl"])) {
        for (own, other) in [(LANGUAGES[0], LANGUAGES[1]), (LANGUAGES[1], LANGUAGES[0])] {
            let Some(twin_path) = twin(path, own, other) else { continue };
            let Some(twin) = tree.get(&twin_path) else {
                findings.fail(path, 1, format!("`{twin_path}` is missing"));
                continue;
            };
            let known = keys(twin);
            for (key, line) in keys(text).into_iter().filter(|(key, _)| !known.contains_key(key)) {
                findings.fail(path, line, format!("`{key}` is missing in `{twin_path}`"));
            }
        }
    }
}

/// The path of the same messages in the `other` language, if `path` is one of the `own` language.
fn twin(path: &str, own: &str, other: &str) -> Option<String> {
    let mut found = false;
    let swap = |part: &str| {
        let stem = part.strip_suffix(".ftl");
        match stem.unwrap_or(part) {
            language if language == own => {
                found = true;
                format!("{other}{}", if stem.is_some() { ".ftl" } else { "" })
            }
            _ => part.to_owned(),
        }
    };
    let twin = path.split('/').map(swap).collect::<Vec<_>>().join("/");
    found.then_some(twin)
}

/// Message, term and attribute names with their lines.
fn keys(text: &str) -> BTreeMap<String, usize> {
    let mut message = "";
    let mut keys = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some((name, _)) = line.split_once('=') else { continue };
        let attribute = name.trim().strip_prefix('.');
        let plain = |name: &str| {
            let name = name.strip_prefix('-').unwrap_or(name);
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        if let Some(attribute) = attribute.filter(|name| plain(name)) {
            keys.insert(format!("{message}.{attribute}"), index + 1);
        } else if !line.starts_with(char::is_whitespace) && plain(name.trim()) {
            message = name.trim();
            keys.insert(message.to_owned(), index + 1);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::check;

    #[test]
    fn a_key_missing_in_one_language_fails() {
        let en = "title = Is this your TV?\ndeny = No\n    .hint = stops it\n# note = x\n";
        let ja = "title = x\ndeny = y\nextra = z = 1\n";
        for (a, b) in [("m/en.ftl", "m/ja.ftl"), ("m/en/pages.ftl", "m/ja/pages.ftl")] {
            assert_eq!(failures(check, &[(a, en), (b, ja)]), [format!("{a}:3"), format!("{b}:3")]);
            assert!(failures(check, &[(a, en), (b, en)]).is_empty());
            assert_eq!(failures(check, &[(a, en)]), [format!("{a}:1")]);
        }
    }
}
