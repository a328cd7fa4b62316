//! What can be an address of a person, and which spellings of one count together?

use crate::oauth::device_description::visible_words;
use crate::typed::narrow;

/// The longest address, in characters.
const MAX_ADDRESS: usize = 256;
/// So many digits at the end tell one telephone from another; what stands before them can be left out or written in many
/// ways (`+44`, `0044`, `0`, `(0)`).
const TELLING_DIGITS: usize = 8;
/// The zeros of scripts in which telephones write numbers; their other digits follow them.
const ZEROS: [char; 15] = [
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{be6}', '\u{c66}', '\u{ce6}',
    '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}',
];

/// What was typed, as the operator's service gets it: that knows what it takes, we know what no address has. Digits and
/// full-width letters become ASCII; what cannot be seen goes.
pub fn clean_address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.chars().nth(MAX_ADDRESS).is_some() || typed.chars().any(char::is_control) {
        return None;
    }
    let folded: String = typed.chars().map(ascii).collect();
    let clean = visible_words(&folded);
    // Some services read digits that we do not: then one number could be written so that it counts as many.
    let is_known = |c: char| c.is_ascii() || !c.is_numeric();
    (!clean.is_empty() && clean.chars().all(is_known)).then_some(clean)
}

/// Under which name messages to this address are counted: the same for all the ways to write one number, with an extension
/// or without. That a few numbers of different countries share a name costs their owners a wait at most.
pub fn counted_as(address: &str) -> String {
    let mut digits = String::new();
    for c in address.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else if digits.len() >= TELLING_DIGITS && !matches!(c, ' ' | '(' | ')' | '-' | '.' | '/') {
            break;
        }
    }
    match digits.get(digits.len().saturating_sub(TELLING_DIGITS)..) {
        Some(telling) if telling.len() == TELLING_DIGITS => telling.to_owned(),
        _ => address.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    }
}

/// The ASCII character that this one is a wider or another script's form of, or else itself.
pub(super) fn ascii(c: char) -> char {
    let value = ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|n| *n < 10));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or_else(|| narrow(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_line_of_some_length() {
        assert_eq!(clean_address("  +44 20 7946 0000 ").as_deref(), Some("+44 20 7946 0000"));
        assert_eq!(clean_address("@alice:example.com").as_deref(), Some("@alice:example.com"));
        assert!(clean_address(&"é".repeat(MAX_ADDRESS)).is_some());
        let long = "1".repeat(MAX_ADDRESS + 1);
        for typed in ["", "  ", "\u{200b}", "+44\r\nBcc: x", "+44\t20", "+44\u{0}", &long] {
            assert_eq!(clean_address(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn digits_are_ascii_and_what_hides_is_gone() {
        for typed in [
            "＋８１　９０１２３４５６７８",
            "+81 ９0１２３４５６７８",
            "\u{202d}+81 9012345678\u{202c}",
            "+٨١ ٩٠١٢٣٤٥٦٧٨",
        ] {
            assert_eq!(clean_address(typed).as_deref(), Some("+81 9012345678"), "{typed:?}");
        }
        // Digits of scripts that are not known here, and numbers that are no digits.
        for typed in ["+44 20 7946 000\u{1d7d8}", "+44 20 7946 000²", "+44 20 7946 000Ⅷ"] {
            assert_eq!(clean_address(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn however_a_number_is_written_it_counts_as_one() {
        let one = counted_as("+442079460000");
        for other in [
            "+44 20 7946 0000",
            "0044-20-7946-0000",
            "020 79460000",
            "+44 (0)20 7946.0000",
            "tel:+442079460000",
            "+442079460000;ext=12345678",
            "+44 20 7946 0000, 1",
        ] {
            assert_eq!(counted_as(other), one, "{other}");
        }
        assert_ne!(counted_as("+442079460001"), one);
        assert_eq!(counted_as("@Alice"), counted_as("alice "));
        assert_ne!(counted_as("alice1"), counted_as("alice2"));
        assert_ne!(counted_as("112"), counted_as("110"));
    }
}
