//! What do encoded bytes say?
//!
//! Broken encodings are read as far as they go, as mail programs do: what does not belong there is passed over.

use mail_parser::decoders::charsets::map::charset_decoder;

/// Base64 in either alphabet. Padding in the middle, line ends and strangers' characters are passed over.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let mut buffer: u32 = 0;
    let mut held = 0;
    for byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                held = 0;
                buffer = 0;
                continue;
            }
            _ => continue,
        };
        buffer = (buffer << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((buffer >> held).to_le_bytes()[0]);
        }
    }
    out
}

/// Quoted-printable. An escape that is none stays as it is.
pub(crate) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        match after {
            [high, low, beyond @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex(*high) << 4 | hex(*low));
                rest = beyond;
            }
            _ => match soft_break(after) {
                Some(beyond) => rest = beyond,
                None => out.push(byte),
            },
        }
    }
    out
}

/// What follows a line end that is only there because lines must be short.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    let blanks = after.iter().take(64).take_while(|b| matches!(b, b' ' | b'\t')).count();
    match after.get(blanks..)? {
        [b'\r', b'\n', beyond @ ..] | [b'\n' | b'\r', beyond @ ..] => Some(beyond),
        [] => Some(&[]),
        _ => None,
    }
}

/// Uuencoded lines, from `begin` to `end`.
pub(crate) fn unix_encoding(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut lines = bytes.split(|b| *b == b'\n').skip_while(|line| !line.starts_with(b"begin "));
    for line in lines.by_ref().skip(1) {
        let Some((length, signs)) = line.trim_ascii_end().split_first() else { continue };
        let length = usize::from(length.wrapping_sub(b' ') & 63);
        if length == 0 || line.starts_with(b"end") {
            break;
        }
        let before = out.len();
        for four in signs.chunks(4) {
            let bits =
                four.iter().fold(0_u32, |bits, sign| bits << 6 | u32::from(sign.wrapping_sub(b' ') & 63));
            let bits = bits << (6 * (4 - four.len()));
            let [_, high, middle, low] = bits.to_be_bytes();
            out.extend([high, middle, low]);
        }
        out.truncate(before + length);
    }
    out
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

/// Text in a character set; in UTF-8, or byte for byte, if the set is unknown or not named.
pub(crate) fn characters(bytes: &[u8], charset: Option<&str>) -> String {
    let by_mark = match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("utf-8"),
        [0xff, 0xfe, ..] => Some("utf-16le"),
        [0xfe, 0xff, ..] => Some("utf-16be"),
        _ => None,
    };
    let named = by_mark.or(charset).map(str::trim).filter(|name| !name.is_empty() && name.len() <= 40);
    let decoder = named
        .filter(|name| !name.eq_ignore_ascii_case("utf-8"))
        .and_then(|name| charset_decoder(name.as_bytes()));
    match decoder {
        Some(decode) => decode(bytes),
        None if charset.is_none() && bytes.windows(3).any(|three| matches!(three, b"\x1b$B" | b"\x1b$@")) => {
            characters(bytes, Some("iso-2022-jp"))
        }
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_far_as_it_goes() {
        assert_eq!(base64(b"QkNERi1HSEpL"), b"BCDF-GHJK");
        assert_eq!(base64(b"QkN\r\n ERi1H!!SEp\tL"), b"BCDF-GHJK");
        assert_eq!(base64(b"QkNERi0=R0hKSw=="), b"BCDF-GHJK");
        assert_eq!(base64(b"____"), base64(b"////"));
        assert_eq!(base64(b""), b"");
        assert_eq!(base64(b"Q"), b"");
        assert_eq!(base64(b"===="), b"");
        assert_eq!(base64(&[0xff; 9]), b"");
    }

    #[test]
    fn quoted_printable_is_read_as_far_as_it_goes() {
        assert_eq!(quoted_printable(b"BC=\r\nDF=2DGH=  \nJK"), b"BCDF-GHJK");
        assert_eq!(quoted_printable(b"a=b=zz=4"), b"a=b=zz=4");
        assert_eq!(quoted_printable(b"a="), b"a");
        assert_eq!(quoted_printable(b"=3d=3D"), b"==");
    }

    #[test]
    fn uuencoded_lines_are_read() {
        assert_eq!(unix_encoding(b"text\nbegin 644 a.txt\n)0D-$1BU'2$I+\n`\nend\n"), b"BCDF-GHJK");
        assert_eq!(unix_encoding(b"begin 644 a\nM0\n\n#0D-$"), [0x40, 0, 0, b'B', b'C', b'D']);
        assert_eq!(unix_encoding(b"begin"), b"");
    }

    #[test]
    fn characters_of_every_set_are_read() {
        assert_eq!(characters("日本".as_bytes(), None), "日本");
        assert_eq!(characters(b"\x93\xfa\x96\x7b", Some("Shift_JIS")), "日本");
        assert_eq!(characters(b"\x1b$B#B#C#D#F\x1b(B", Some("iso-2022-jp")), "ＢＣＤＦ");
        assert_eq!(characters(b"\xff\xfeB\0C\0", None).trim_start_matches('\u{feff}'), "BC");
        assert_eq!(characters(b"caf\xe9", Some("x-unknown")), "café");
        assert_eq!(characters(b"caf\xe9", Some("utf-8")), "café");
        assert_eq!(characters(b"x", Some("")), "x");
        assert_eq!(characters(b"x", Some(&"y".repeat(500))), "x");
    }
}
