//! Who are the recipients of a message, and how are they counted without being remembered?

use std::collections::BTreeSet;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::{Digest, MacKey};

/// The longest address (RFC 5321 section 4.5.3.1, in round figures); longer ones are cut.
pub const LONGEST: usize = 512;
/// More than the greatest threshold; further ones change nothing.
const MOST: usize = 2000;

/// The addresses as they are compared: without brackets, case and subaddress, each once.
pub fn distinct(recipients: &[String]) -> BTreeSet<String> {
    recipients.iter().map(|recipient| plain(recipient)).filter(|plain| !plain.is_empty()).take(MOST).collect()
}

fn plain(recipient: &str) -> String {
    let text = recipient.trim();
    let text = text.strip_prefix('<').unwrap_or(text);
    let text = text.strip_suffix('>').unwrap_or(text);
    let name: String = text.trim().chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    without_subaddress(&name)
}

/// `ada+tv@example.com` is ada's (RFC 5233). Only a mail address has a subaddress: `+81 3 1234 5678` is a name like any other.
fn without_subaddress(name: &str) -> String {
    match name.rsplit_once('@') {
        Some((local, domain)) if !domain.is_empty() => {
            let domain = domain.trim_end_matches('.');
            let person = local.find('+').filter(|at| *at > 0).and_then(|at| local.get(..at)).unwrap_or(local);
            format!("{person}@{domain}")
        }
        _ => name.to_owned(),
    }
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

    /// Five aliases are one person, and nobody is taken for somebody else.
    #[test]
    fn a_subaddress_is_its_owners_and_different_people_stay_different() {
        let one = [
            "ada+tv@example.com",
            "ADA+Radio@example.com.",
            "ada@example.com",
            "ada+@example.com",
            "<ada+a+b@example.com>",
        ];
        assert_eq!(distinct(&one.map(str::to_owned)).into_iter().collect::<Vec<_>>(), ["ada@example.com"]);
        let many = [
            "ada@example.com",
            "a.da@example.com",
            "ada@mail.example.com",
            "ada-tv@example.com",
            "+a@example.com",
            "+b@example.com",
            "+81 3 1",
            "+81 3 2",
            "room 1",
            "room+2",
            "room+3",
            "ada",
            "ada+x@",
            "ada+y@",
        ];
        assert_eq!(distinct(&many.map(str::to_owned)).len(), many.len());
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
