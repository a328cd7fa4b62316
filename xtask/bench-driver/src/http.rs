//! How are requests written and answers read? HTTP/1.1 with keep-alive, as little of it as a load needs.

use std::io::Write as _;

/// A complete answer, borrowed from a connection's buffer.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The status code.
    pub status: u16,
    /// The header block without the status line.
    pub head: &'a str,
    /// The body; empty if it is not UTF-8.
    pub body: &'a str,
}

impl<'a> Reply<'a> {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// All headers of this (lower-case) name.
    pub fn headers<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        header_values(self.head, name)
    }

    /// A member of a JSON object whose value is a string without escapes.
    pub fn text_member(&self, name: &str) -> Option<&'a str> {
        self.member(name)?.strip_prefix('"')?.split('"').next()
    }

    /// A member of a JSON object whose value is a whole number.
    pub fn number_member(&self, name: &str) -> Option<u64> {
        self.member(name)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    fn member(&self, name: &str) -> Option<&'a str> {
        let quoted = format!("\"{name}\"");
        let behind = self.body.get(self.body.find(&quoted)? + quoted.len()..)?;
        Some(behind.trim_start().strip_prefix(':')?.trim_start())
    }
}

fn header_values<'a, 'n>(head: &'a str, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
    head.lines().filter_map(move |line| {
        let (key, value) = line.split_once(':')?;
        (key.len() == name.len() && key.eq_ignore_ascii_case(name)).then(|| value.trim())
    })
}

/// What a buffer holds.
#[derive(Debug)]
pub enum Parsed<'a> {
    /// Not all of an answer yet.
    Incomplete,
    /// An answer.
    Complete(Reply<'a>),
    /// Something else.
    Malformed,
}

/// Reads the answer at the start of `buffer`; `chunks` receives the body of a chunked one.
pub fn parse<'a>(buffer: &'a [u8], chunks: &'a mut String) -> Parsed<'a> {
    let Some(end) = find(buffer, b"\r\n\r\n") else { return Parsed::Incomplete };
    let (Some(head), Some(body)) = (buffer.get(..end), buffer.get(end + 4..)) else {
        return Parsed::Malformed;
    };
    let Ok(head) = std::str::from_utf8(head) else { return Parsed::Malformed };
    let (line, head) = head.split_once("\r\n").unwrap_or((head, ""));
    let Some(status) = line.get(9..12).and_then(|status| status.parse().ok()) else {
        return Parsed::Malformed;
    };
    if let Some(length) = header_values(head, "content-length").next() {
        let Ok(length) = length.parse::<usize>() else { return Parsed::Malformed };
        let Some(body) = body.get(..length) else { return Parsed::Incomplete };
        return Parsed::Complete(Reply { status, head, body: std::str::from_utf8(body).unwrap_or_default() });
    }
    if header_values(head, "transfer-encoding").any(|value| value.eq_ignore_ascii_case("chunked")) {
        return match unchunk(body, chunks) {
            Some(true) => Parsed::Complete(Reply { status, head, body: chunks }),
            Some(false) => Parsed::Incomplete,
            None => Parsed::Malformed,
        };
    }
    let bodyless = status == 204 || status == 304;
    if bodyless { Parsed::Complete(Reply { status, head, body: "" }) } else { Parsed::Malformed }
}

/// Collects chunks; whether the last one was there, or nothing if they make no sense.
fn unchunk(mut rest: &[u8], out: &mut String) -> Option<bool> {
    out.clear();
    loop {
        let Some(end) = find(rest, b"\r\n") else { return Some(false) };
        let size = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { return Some(false) };
        out.push_str(std::str::from_utf8(chunk).ok()?);
        let Some(behind) = rest.get(end + 2 + size + 2..) else { return Some(false) };
        if size == 0 {
            return Some(true);
        }
        rest = behind;
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Writes a GET request.
pub fn get(out: &mut Vec<u8>, host: &str, path: &str, headers: &str) {
    // Writing into memory cannot fail.
    let _ = write!(out, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
}

/// Writes a POST of a form.
pub fn post(out: &mut Vec<u8>, host: &str, path: &str, headers: &str, form: &str) {
    let length = form.len();
    let _ = write!(
        out,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n{headers}\r\n{form}"
    );
}

/// Adds `name=value` to a form.
pub fn push_field(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    form.push_str(name);
    form.push('=');
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                form.push(char::from(byte));
            }
            b' ' => form.push('+'),
            other => form.extend(['%', hex(other >> 4), hex(other & 15)]),
        }
    }
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let answer =
            b"HTTP/1.1 400 Bad Request\r\ncontent-LENGTH: 17\r\nDPoP-Nonce: n1\r\n\r\n{\"error\": \"a\\b\"}.";
        let mut chunks = String::new();
        for length in 0..answer.len() {
            assert!(matches!(parse(&answer[..length], &mut chunks), Parsed::Incomplete), "{length}");
        }
        let Parsed::Complete(reply) = parse(answer, &mut chunks) else { panic!("not complete") };
        assert_eq!((reply.status, reply.header("dpop-nonce")), (400, Some("n1")));
        assert_eq!(reply.text_member("error"), Some("a\\b"));
    }

    #[test]
    fn chunks_are_joined() {
        let answer =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n4\r\n:12}\r\n0\r\n\r\n";
        let mut chunks = String::new();
        for length in 0..answer.len() {
            assert!(matches!(parse(&answer[..length], &mut chunks), Parsed::Incomplete), "{length}");
        }
        let Parsed::Complete(reply) = parse(answer, &mut chunks) else { panic!("not complete") };
        assert_eq!((reply.body, reply.number_member("a")), ("{\"a\":12}", Some(12)));
        assert!(matches!(parse(b"SSH-2.0-x\r\n\r\n", &mut String::new()), Parsed::Malformed));
    }

    #[test]
    fn forms_are_escaped() {
        let mut form = String::new();
        push_field(&mut form, "a", "x y&z=/");
        push_field(&mut form, "b", "é");
        assert_eq!(form, "a=x+y%26z%3D%2F&b=%C3%A9");
    }
}
