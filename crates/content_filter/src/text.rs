//! Which letters in a text may be a user code?
//!
//! A code is `length` letters of the alphabet with nothing between them but spaces, punctuation and what cannot be seen, in any case and
//! any of the styles and look-alikes of [`crate::homoglyphs`]. It may touch other letters: every window of a run is a candidate. Words with
//! vowels end a run, so that ordinary text has few.
//!
//! Not found: letters in another order (backwards, in columns, in a rotated alphabet), spelled out (`B for Bravo`), with words or numbers
//! between them, or spread over several messages. Letters that a right-to-left override turns round are found.

use crate::collect::{Collected, Standing};
use crate::found::Form;
use crate::homoglyphs::{Glyph, fold};
use crate::watched::Watched;

/// How many letters of a code another character may stand for.
const MOST_STAND_INS: usize = 2;

/// Signs that turn the direction of what follows.
const TURNS: [char; 3] = ['\u{202e}', '\u{2067}', '\u{2068}'];

/// One letter of a run.
struct Letter {
    letter: char,
    place: Place,
    source: Source,
}

/// Where in its word a letter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Inside,
    Last,
    Alone,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Alphabet,
    StandIn,
}

/// Finds what may be a code in `text`.
pub(crate) fn codes(text: &str, part: &str, form: Form, watched: &Watched, out: &mut Collected) {
    if watched.length == 0 {
        return;
    }
    let mut each = |code: &str, standing: Standing| out.code(code, standing, part, form);
    windows(text.chars(), watched, &mut each);
    if text.contains(TURNS) {
        windows(text.chars().rev(), watched, &mut each);
    }
}

/// Whether the whole of `text` is one code, and which.
pub(crate) fn whole(text: &str, watched: &Watched) -> Option<String> {
    if text.len() > 16 * watched.length {
        return None;
    }
    let mut found = Vec::new();
    windows(text.chars(), watched, &mut |code, standing| found.push((code.to_owned(), standing)));
    match <[_; 1]>::try_from(found) {
        Ok([(code, Standing::Word)]) => Some(code),
        _ => None,
    }
}

fn windows(text: impl Iterator<Item = char>, watched: &Watched, each: &mut dyn FnMut(&str, Standing)) {
    let mut run: Vec<Letter> = Vec::new();
    // Whether a letter that comes now begins a word.
    let mut fresh = true;
    for c in text {
        fold(c, &watched.alphabet, &mut |glyph| match glyph {
            Glyph::Letter(letter) => {
                run.push(Letter { letter, place: first(fresh), source: Source::Alphabet });
                fresh = false;
            }
            Glyph::StandIn(letter) => {
                run.push(Letter { letter, place: first(fresh), source: Source::StandIn });
                fresh = false;
            }
            Glyph::Gap => {
                end_word(&mut run);
                fresh = true;
            }
            Glyph::Foreign => {
                end_word(&mut run);
                flush(&mut run, watched.length, each);
                fresh = true;
            }
            Glyph::Other => {
                flush(&mut run, watched.length, each);
                fresh = false;
            }
            Glyph::Invisible => {}
        });
    }
    end_word(&mut run);
    flush(&mut run, watched.length, each);
}

fn first(fresh: bool) -> Place {
    if fresh { Place::First } else { Place::Inside }
}

fn end_word(run: &mut [Letter]) {
    if let Some(last) = run.last_mut() {
        last.place = match last.place {
            Place::First | Place::Alone => Place::Alone,
            Place::Inside | Place::Last => Place::Last,
        };
    }
}

fn flush(run: &mut Vec<Letter>, length: usize, each: &mut dyn FnMut(&str, Standing)) {
    let mut code = String::new();
    for window in run.windows(length) {
        let stand_ins = window.iter().filter(|letter| letter.source == Source::StandIn).count();
        let begins = window.first().is_some_and(|letter| matches!(letter.place, Place::First | Place::Alone));
        let ends = window.last().is_some_and(|letter| matches!(letter.place, Place::Last | Place::Alone));
        let standing = if begins && ends { Standing::Word } else { Standing::Cutting };
        if stand_ins == 0 || (stand_ins <= MOST_STAND_INS && standing == Standing::Word) {
            code.clear();
            code.extend(window.iter().map(|letter| letter.letter));
            each(&code, standing);
        }
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watched::tests::watched;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        windows(text.chars(), &watched(), &mut |code, _| found.push(code.to_owned()));
        found
    }

    #[test]
    fn a_code_is_found_however_it_is_set() {
        for text in [
            "BCDFGHJK",
            "bcdf-ghjk",
            "B C D F G H J K",
            "B.C.D.F.G.H.J.K",
            "BCDF\r\n> GHJK",
            "(BC)(DF)[GH]{JK}",
            "B\u{200b}C\u{ad}DF\u{2060}GHJK",
            "BCDF — GHJK",
            "b/c/d/f/g/h/j/k",
            "B\u{336}CDF\u{301}GHJK",
            "**BCDF** __GHJK__",
            "BCDF😀GHJK",
            "\u{202b}BCDF\u{202c}GHJK",
        ] {
            assert_eq!(found(text), ["BCDFGHJK"], "{text}");
        }
        for text in ["codeBCDFGHJKenter", "コードBCDFGHJKです", "xBCDFGHJKz", "Kode BCDF-GHJKS"] {
            assert!(found(text).contains(&"BCDFGHJK".to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_found() {
        for text in [
            "",
            "BCDFGHJ",
            "BCDF and GHJK",
            "BCDF3GHJK",
            "BCDFaGHJK",
            "Strength through nights",
            "B9C9D9F9G9H9J9K9",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn digits_stand_for_letters_in_whole_words_only_and_few_of_them() {
        assert_eq!(found("BCDF-GHJ5"), ["BCDFGHJS"]);
        assert_eq!(found("code: 8CDF GHJI!"), ["BCDFGHJL"]);
        assert_eq!(found("8CDF-GH12"), Vec::<String>::new());
        assert_eq!(found("12121212"), Vec::<String>::new());
        assert_eq!(found("a8CDFGHJKe"), Vec::<String>::new());
    }

    #[test]
    fn words_are_told_from_cuttings() {
        let mut standings = Vec::new();
        windows("BCDF-GHJK".chars(), &watched(), &mut |_, standing| standings.push(standing));
        windows("xBCDFGHJK".chars(), &watched(), &mut |_, standing| standings.push(standing));
        assert_eq!(standings, [Standing::Word, Standing::Cutting, Standing::Cutting]);
    }

    #[test]
    fn turned_letters_are_found() {
        let mut out = Collected::default();
        codes("\u{202e}KJHG-FDCB", "0", Form::Text, &watched(), &mut out);
        assert!(out.finish().finds.iter().any(|find| find.what == crate::What::UserCode("BCDFGHJK".into())));
    }

    #[test]
    fn a_whole_text_is_a_code_or_not() {
        assert_eq!(whole("bcdf-ghjk", &watched()).as_deref(), Some("BCDFGHJK"));
        for text in ["bcdfghjkl", "a bcdfghjk b", "", "code", &"b".repeat(4096)] {
            assert_eq!(whole(text, &watched()), None, "{text}");
        }
    }
}
