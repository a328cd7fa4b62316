//! Which characters do references like `&amp;` and `&#66;` stand for? As browsers read them, `;` or not.

use mail_parser::decoders::html::add_html_token;
use std::borrow::Cow;

/// The longest name of a reference like `&CounterClockwiseContourIntegral;`.
const LONGEST_REFERENCE: usize = 34;

/// `text` with its character references resolved.
pub(crate) fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let length = reference(rest, &mut out);
        rest = rest.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Resolves the reference that `text` begins with, and says how long it is. What is none is an ampersand.
fn reference(text: &str, out: &mut String) -> usize {
    let body = text.get(1..).unwrap_or_default();
    let numeric = body.starts_with('#');
    let end = body
        .bytes()
        .take(LONGEST_REFERENCE)
        .position(|b| !(b.is_ascii_alphanumeric() || b == b'#'))
        .unwrap_or(body.len().min(LONGEST_REFERENCE));
    let closed = body.as_bytes().get(end) == Some(&b';');
    let name = body.get(..end).unwrap_or_default();
    // Without `;` a number ends where its digits end, and a few old names are known.
    let name = match name.strip_prefix('#') {
        Some(number) if !closed => {
            let hex = number.starts_with(['x', 'X']);
            let digits = number.bytes().skip(usize::from(hex));
            let count =
                digits.take_while(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() }).count();
            name.get(..1 + usize::from(hex) + count).unwrap_or(name)
        }
        _ => name,
    };
    let old = ["amp", "lt", "gt", "quot", "nbsp", "shy"];
    let name = if closed || numeric {
        name
    } else {
        old.into_iter().find(|old| name.starts_with(old)).unwrap_or("")
    };
    let before = out.len();
    if name.len() > usize::from(numeric) {
        add_html_token(out, format!("&{name};").as_bytes(), false);
    }
    if out.len() == before
        || out.get(before..).is_some_and(|added| added.len() == name.len() + 2 && added.starts_with('&'))
    {
        out.truncate(before);
        out.push('&');
        return 1;
    }
    1 + name.len() + usize::from(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        for (written, read) in [
            ("&amp;&lt;&#66;&#x43;&#X44;", "&<BCD"),
            ("B&shy;C&nbsp;D", "B\u{ad}C\u{a0}D"),
            ("&Bopf;&Cscr;", "𝔹𝒞"),
            ("&#66C&#x43G", "BCCG"),
            ("a & b &; &unknown; &#; &#x; &", "a & b &; &unknown; &#; &#x; &"),
            ("?a=1&user_code=B&copyx", "?a=1&user_code=B&copyx"),
            ("&ampx", "&x"),
            ("&é;", "&é;"),
            ("&#99999999;", "\u{fffd}"),
            ("&amp;", "&"),
        ] {
            assert_eq!(resolved(written), read, "{written}");
        }
    }
}
