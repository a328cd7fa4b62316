//! What is this content really?
//!
//! What bytes begin with counts for more than what is said of them: a mail program, or the person, opens a picture that calls itself a
//! text all the same.

/// How content is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A picture.
    Image,
    /// A PDF file.
    Pdf,
    /// HTML, XHTML or SVG.
    Html,
    /// Text of any other kind.
    Text,
    /// A message.
    Message,
    /// Encrypted.
    Encrypted,
    /// Something that is not looked into, and its name.
    Closed(&'static str),
}

/// Tells what content is from its media type (lower case), its file name and itself.
pub(crate) fn kind(media_type: &str, name: &str, bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Text;
    }
    by_itself(bytes)
        .or_else(|| by_type(media_type))
        .or_else(|| by_name(name))
        .unwrap_or_else(|| unknown(media_type, bytes))
}

fn by_itself(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', ..]
        | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
        | [b'I', b'I', b'*', 0, ..]
        | [b'M', b'M', 0, b'*', ..]
        | [0, 0, 1, 0, _, 0, ..]
        | [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', _, ..]
        | [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', ..]
        | [_, _, _, _, b'f', b't', b'y', b'p', b'm', b'i' | b's', ..]
        | [0xff, 0x0a, ..]
        // `BM`, a length, and two reserved words that are nought: no text has that.
        | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Kind::Image,
        [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..]
        | [b'R', b'a', b'r', b'!', ..]
        | [b'7', b'z', 0xbc, 0xaf, ..]
        | [0x1f, 0x8b, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', ..]
        | [0xfd, b'7', b'z', b'X', b'Z', ..] => Kind::Closed("archive"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Kind::Closed("office document"),
        [0x78, 0x9f, 0x3e, 0x22, ..] => Kind::Closed("tnef"),
        // DER or BER, and the name of enveloped data (RFC 5652).
        [0x30, ..] if contains(bytes, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 64) => Kind::Encrypted,
        _ if contains(bytes, b"%PDF-", 1024) => Kind::Pdf,
        _ if contains(bytes, b"-----BEGIN PGP MESSAGE-----", 4096) => Kind::Encrypted,
        _ => return None,
    })
}

/// What the type says; types that say nothing are left to the name.
fn by_type(media_type: &str) -> Option<Kind> {
    let (main, sub) = media_type.split_once('/').unwrap_or((media_type, ""));
    Some(match (main, sub) {
        ("text", "html") | ("application", "xhtml+xml") | ("image", "svg+xml") => Kind::Html,
        ("text", "plain" | "") => return None,
        ("message", "rfc822" | "global" | "news") => Kind::Message,
        ("message", "partial" | "external-body") => Kind::Closed("message elsewhere"),
        ("text" | "message", _) => Kind::Text,
        ("image", _) => Kind::Image,
        ("audio" | "video", _) => Kind::Closed("audio or video"),
        ("application", "pgp-encrypted") => Kind::Encrypted,
        ("application", "pkcs7-mime" | "x-pkcs7-mime") => Kind::Closed("cms"),
        ("application", "ms-tnef" | "vnd.ms-tnef") => Kind::Closed("tnef"),
        ("application", "pdf") => Kind::Pdf,
        ("application", sub)
            if sub.ends_with("json") || sub.ends_with("xml") || sub == "rtf" || sub == "pgp-signature" =>
        {
            Kind::Text
        }
        _ => return None,
    })
}

fn by_name(name: &str) -> Option<Kind> {
    let ending = name.rsplit('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match ending.as_str() {
        "htm" | "html" | "xhtml" | "shtml" | "svg" | "mht" | "mhtml" => Kind::Html,
        "eml" => Kind::Message,
        "txt" | "csv" | "ics" | "vcf" | "md" | "url" | "webloc" | "desktop" => Kind::Text,
        _ => return None,
    })
}

fn unknown(media_type: &str, bytes: &[u8]) -> Kind {
    let head = bytes.get(..2048).unwrap_or(bytes);
    let strange =
        head.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace() && **b != 0x1b).count();
    let wide = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    if strange * 20 > head.len() && !wide && !media_type.starts_with("text/") {
        return Kind::Closed("binary");
    }
    let looks_like_html = ["<html", "<!doctype", "<body", "<a ", "<table", "<div", "<svg"];
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    if looks_like_html.iter().any(|tag| text.contains(tag)) { Kind::Html } else { Kind::Text }
}

fn contains(bytes: &[u8], needle: &[u8], within: usize) -> bool {
    bytes.get(..within).unwrap_or(bytes).windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_what_it_is() {
        let png: &[u8] = b"\x89PNG\r\n\x1a\n----";
        for (media_type, name, bytes, expected) in [
            ("text/plain", "", png, Kind::Image),
            ("application/octet-stream", "a.txt", png, Kind::Image),
            ("image/png", "", b"not a picture at all", Kind::Image),
            ("text/plain", "", b"\n%PDF-1.7 ...", Kind::Pdf),
            ("text/plain", "", b"Just words.", Kind::Text),
            ("text/plain", "", b"B\0C\0D\0", Kind::Text),
            ("text/plain", "", b"BMW 318i, 2004", Kind::Text),
            ("text/plain", "", b"MMXX", Kind::Text),
            ("application/octet-stream", "invoice.HTML", b"words, many words", Kind::Html),
            ("application/octet-stream", "", b"<html><body>hi", Kind::Html),
            ("application/octet-stream", "forward.eml", b"Subject: x\r\n\r\nhello", Kind::Message),
            ("application/octet-stream", "", &[1; 64], Kind::Closed("binary")),
            ("application/zip", "", b"PK\x03\x04...............", Kind::Closed("archive")),
            ("video/mp4", "", b"...........................", Kind::Closed("audio or video")),
            ("text/plain", "", b"Hello\n-----BEGIN PGP MESSAGE-----\n", Kind::Encrypted),
            ("application/pkcs7-mime", "", b"0\x82..................", Kind::Closed("cms")),
            (
                "application/pkcs7-mime",
                "",
                b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0",
                Kind::Encrypted,
            ),
            ("video/mp4", "", b"\0\0\0\x18ftypmp42........", Kind::Closed("audio or video")),
            ("image/svg+xml", "", b"<svg/>", Kind::Html),
            ("text/calendar", "", b"BEGIN:VCALENDAR", Kind::Text),
            ("", "", b"", Kind::Text),
        ] {
            assert_eq!(kind(media_type, name, bytes), expected, "{media_type} {name} {bytes:?}");
        }
    }
}
