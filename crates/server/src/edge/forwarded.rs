//! Which hops does a `Forwarded` header name? (RFC 7239)

use std::borrow::Cow;
use std::net::IpAddr;

use super::address::parse_node;

/// The elements of a header value, the last one first.
///
/// Read from the right: there stands what the nearest proxy wrote. Read from the left, a caller could open a
/// quotation that swallows it.
pub(super) struct Elements<'a>(Option<&'a str>);

impl<'a> Elements<'a> {
    pub(super) fn of(value: &'a str) -> Self {
        Self(Some(value))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = self.0?;
            let split = last_comma(rest).and_then(|at| rest.split_at_checked(at));
            self.0 = split.map(|(before, _)| before);
            let element = split.map_or(rest, |(_, after)| after.get(1..).unwrap_or_default());
            // RFC 9110 section 5.6.1.2: empty list elements are skipped.
            if !element.trim().is_empty() {
                return Some(element.trim());
            }
        }
    }
}

/// Where the last comma outside a quotation stands.
fn last_comma(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate().rev() {
        match byte {
            b'"' => {
                let before = bytes.get(..at).unwrap_or_default();
                let escapes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
                if !(quoted && escapes % 2 == 1) {
                    quoted = !quoted;
                }
            }
            b',' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The address in the `for` parameter of an element (section 5.2); none for `unknown`, an obfuscated name
/// (`_hidden`), a parameter that is missing or stands twice, and anything malformed.
pub(super) fn node(element: &str) -> Option<IpAddr> {
    let mut found = None;
    let mut rest = element;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        if name.trim().eq_ignore_ascii_case("for") {
            if found.is_some() {
                return None;
            }
            found = Some(value);
        }
        rest = match after.trim_start() {
            "" => "",
            more => more.strip_prefix(';')?.trim_start(),
        };
    }
    parse_node(&found?)
}

/// A token or quoted string, and what follows it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(inside) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        // An unquoted `192.0.2.1:80` is against section 4, but proxies write it and it cannot be misread.
        return (!value.contains(['"', '\\'])).then(|| (Cow::Borrowed(value.trim()), after));
    };
    let mut unquoted = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Cow::Owned(unquoted), inside.get(at + 1..)?)),
            '\\' => unquoted.push(chars.next()?.1),
            _ => unquoted.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_from_the_right_and_quotes_hold_together() {
        let all = |text| Elements::of(text).collect::<Vec<_>>();
        assert_eq!(all("for=a, for=b"), ["for=b", "for=a"]);
        assert_eq!(all(r#"for="a,b", for=c"#), ["for=c", r#"for="a,b""#]);
        assert_eq!(all(r#"for="a\",b", for=c"#), ["for=c", r#"for="a\",b""#]);
        assert_eq!(all(" , for=c,,"), ["for=c"]);
        assert_eq!(all(""), [""; 0]);
        // An open quotation on the left swallows nothing on the right.
        assert_eq!(all(r#"for=", for=c"#).first(), Some(&"for=c"));
    }

    #[test]
    fn nodes_as_the_rfc_writes_them() {
        let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for (element, expected) in [
            ("for=192.0.2.43", address("192.0.2.43")),
            ("FOR=192.0.2.43;proto=https;by=203.0.113.43", address("192.0.2.43")),
            ("proto=http; for=\"192.0.2.43:47011\" ;by=_x", address("192.0.2.43")),
            ("for=192.0.2.43:47011", address("192.0.2.43")),
            ("For=\"[2001:db8:cafe::17]:4711\"", address("2001:db8:cafe::17")),
            ("for=\"[2001:db8:cafe::17]\"", address("2001:db8:cafe::17")),
            ("for=\"[::ffff:192.0.2.1]\"", address("192.0.2.1")),
            ("for=\"\\1\\92.0.2.1\"", address("192.0.2.1")),
            ("for=unknown", None),
            ("for=\"_gazonk\"", None),
            ("proto=https", None),
            ("for=192.0.2.1;for=192.0.2.2", None),
            ("for=\"192.0.2.1", None),
            ("for=\"192.0.2.1\"x", None),
            ("for=\"[192.0.2.1]\"", None),
            ("for=\"192.0.2.1:port\"", None),
            ("for", None),
            ("for=", None),
            ("=", None),
            ("for=\"192.0.2.1\\", None),
        ] {
            assert_eq!(node(element), expected, "{element}");
        }
    }
}
