//! Who are the recipients of a message, and how are they counted without being remembered?

use std::collections::BTreeSet;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::{Digest, MacKey};

/// The longest address (RFC 5321 section 4.5.3.1, in round figures); longer ones are cut.
const LONGEST: usize = 512;
/// More than the greatest threshold; further ones change nothing.
const MOST: usize = 2000;

/// The addresses as they are compared: without brackets and case, each once.
pub fn distinct(recipients: &[String]) -> BTreeSet<String> {
    recipients.iter().map(|recipient| plain(recipient)).filter(|plain| !plain.is_empty()).take(MOST).collect()
}

fn plain(recipient: &str) -> String {
    let text = recipient.trim();
    let text = text.strip_prefix('<').unwrap_or(text);
    let text = text.strip_suffix('>').unwrap_or(text);
    text.trim().chars().take(LONGEST).flat_map(char::to_lowercase).collect()
}

/// The digests under which the recipients of one crossing are counted.
pub fn digests(distinct: &BTreeSet<String>, crossing: CrossingId, key: &MacKey) -> Vec<Digest> {
    let digest = |recipient: &String| {
        key.mac("tandem filtered recipient", &[crossing.as_bytes(), recipient.as_bytes()])
    };
    distinct.iter().map(digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_one_however_the_address_is_written() {
        let written =
            ["<Ada@Example.com>", "ada@example.com", " ADA@EXAMPLE.COM ", "<ada@example.com", "", "<>"];
        let distinct = distinct(&written.map(str::to_owned));
        assert_eq!(distinct.into_iter().collect::<Vec<_>>(), ["ada@example.com"]);
    }

    #[test]
    fn there_is_an_end_to_addresses() {
        let many: Vec<_> = (0..10_000).map(|n| format!("{n}@example.com")).collect();
        assert_eq!(distinct(&many).len(), MOST);
        assert_eq!(distinct(&["x".repeat(100_000)]).first().map(String::len), Some(LONGEST));
    }

    /// Rows of two crossings say nothing about each other, and nothing without the key.
    #[test]
    fn digests_are_of_one_crossing_and_one_key() {
        let people = distinct(&["ada@example.com".to_owned()]);
        let [one, two] = [1, 2].map(|n| CrossingId::from_bytes([n; 16]));
        let [key, other] = [1, 2].map(|n| MacKey::new(&[n; 32]));
        let digest = digests(&people, one, &key);
        assert_eq!(digest, digests(&people, one, &key));
        assert_ne!(digest, digests(&people, two, &key));
        assert_ne!(digest, digests(&people, one, &other));
    }
}
