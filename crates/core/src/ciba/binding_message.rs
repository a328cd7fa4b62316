//! Which text may stand on both screens for a person to compare? (CIBA Core section 7.1, `binding_message`)
//!
//! Letters and digits of any script, spaces, and the punctuation of an invoice. What turns, hides or imitates text is
//! refused, and so are pictures: a person must be able to read the message aloud.

use super::refusal::Refusal;

/// The longest message, in characters.
pub const MAX_CHARS: usize = 64;

/// The most marks that may stand on one letter: Vietnamese and Thai need two, pointed Hebrew three.
const MAX_MARKS: usize = 3;

/// Punctuation and signs, of ASCII and beyond.
const PUNCTUATION: &str = "!\"#%&'()*+,-./:;=?@_¡¿«»‹›‘’‚“”„–—…·•°№×،؛؟٪׳״־։।॥、。・「」『』【】〈〉《》〔〕〜～！（），．：；？％＆＃＊＋－／＝＠［］";

/// Takes a message without the spaces around it, or refuses it as it is: it is never changed to fit.
pub fn check(text: &str) -> Result<Box<str>, Refusal> {
    let message = text.trim_matches(' ');
    if message.is_empty() || message.chars().nth(MAX_CHARS).is_some() {
        return Err(Refusal::BindingMessageUnfit);
    }
    // A mark needs a letter to stand on: nothing else leaves room for one.
    let mut marks = MAX_MARKS;
    for c in message.chars() {
        marks = match c {
            mark if is_mark(mark) => marks + 1,
            letter if letter.is_alphanumeric() => 0,
            _ => MAX_MARKS,
        };
        if marks > MAX_MARKS || !is_allowed(c) {
            return Err(Refusal::BindingMessageUnfit);
        }
    }
    Ok(message.into())
}

fn is_allowed(c: char) -> bool {
    let letter = c.is_alphanumeric() && !is_unfit_letter(c);
    letter || is_mark(c) || c == ' ' || is_currency(c) || PUNCTUATION.contains(c)
}

/// What Unicode calls a letter, a number or alphabetic, and what nobody can see, read aloud or tell from another.
const fn is_unfit_letter(c: char) -> bool {
    matches!(c,
        // Hangul fillers, inherent Khmer vowels: invisible.
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{17B4}' | '\u{17B5}'
        // Letters that are drawn as pictures, or in circles.
        | '\u{2139}' | '\u{24B6}'..='\u{24E9}' | '\u{1F000}'..='\u{1FBFF}'
        // Mathematical alphabets: other code points for the same letters.
        | '\u{1D400}'..='\u{1D7FF}')
}

const fn is_currency(c: char) -> bool {
    matches!(c,
        '$' | '\u{A2}'..='\u{A5}' | '\u{E3F}' | '\u{20A0}'..='\u{20C0}' | '\u{FFE0}' | '\u{FFE1}' | '\u{FFE5}' | '\u{FFE6}')
}

/// Combining marks that are not alphabetic by themselves, of scripts in use. Selectors and joiners are not among them.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{34E}' | '\u{350}'..='\u{36F}' | '\u{483}'..='\u{487}'
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}'
        | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}' | '\u{7A6}'..='\u{7B0}' | '\u{8E3}'..='\u{8FF}'
        | '\u{93C}' | '\u{94D}' | '\u{951}'..='\u{954}' | '\u{9BC}' | '\u{9CD}' | '\u{A3C}' | '\u{A4D}' | '\u{ABC}'
        | '\u{ACD}' | '\u{B3C}' | '\u{B4D}' | '\u{BCD}' | '\u{C3C}' | '\u{C4D}' | '\u{CBC}' | '\u{CCD}' | '\u{D3B}'
        | '\u{D3C}' | '\u{D4D}' | '\u{DCA}' | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{EB1}'
        | '\u{EB4}'..='\u{EBC}' | '\u{EC8}'..='\u{ECE}' | '\u{F18}' | '\u{F19}' | '\u{F35}' | '\u{F37}' | '\u{F39}'
        | '\u{F71}'..='\u{F84}' | '\u{F86}' | '\u{F87}' | '\u{1037}' | '\u{1039}' | '\u{103A}' | '\u{135D}'..='\u{135F}'
        | '\u{17C6}' | '\u{17C9}'..='\u{17D3}' | '\u{17DD}' | '\u{3099}' | '\u{309A}')
}
