//! Where in a mail can something stand?

use super::mime::{base64, file_part, html_part, mail, multipart, quoted_printable, text_part, word};

type Place = fn(&str) -> Vec<u8>;

/// Places for text.
pub const TEXT: [(&str, Place); 27] = [
    ("text", |text| mail("x", &text_part(text))),
    ("8 bit", |text| {
        mail(
            "x",
            &format!(
                "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
            ),
        )
    }),
    ("base64", |text| {
        mail(
            "x",
            &format!(
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                base64(text.as_bytes())
            ),
        )
    }),
    ("broken base64", |text| {
        let encoded = base64(text.as_bytes());
        let (left, right) = encoded.split_at(3);
        mail(
            "x",
            &format!(
                "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{left}!\r\n {right}"
            ),
        )
    }),
    ("UTF-16", |text| {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        mail(
            "x",
            &format!(
                "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                base64(&bytes)
            ),
        )
    }),
    ("unknown charset", |text| mail("x", &text_part(text).replace("charset=utf-8", "charset=x-none"))),
    ("no headers", |text| format!("{text}\n").into_bytes()),
    ("no type", |text| format!("Subject: x\n\n{text}").into_bytes()),
    ("HTML", |text| mail("x", &html_part(&format!("<p>Your code: {text}</p>")))),
    ("HTML in an alternative", |text| {
        mail("x", &multipart("alternative", "b", &[text_part("nothing"), html_part(&format!("<td>{text}"))]))
    }),
    ("subject", |text| mail(text, &text_part("nothing"))),
    ("sender's name", |text| format!("From: {} <a@example.org>\r\n\r\nnothing", word(text)).into_bytes()),
    ("file name", |text| {
        let name = quoted_printable(&text.replace('\n', " "))
            .replace("=\r\n", "")
            .replace('=', "%")
            .replace(' ', "%20");
        let header = format!(
            "Content-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''{name}.txt"
        );
        mail("x", &multipart("mixed", "b", &[format!("{header}\r\n\r\nnothing")]))
    }),
    ("attached text", |text| {
        mail(
            "x",
            &multipart("mixed", "b", &[file_part("application/octet-stream", "a.txt", text.as_bytes())]),
        )
    }),
    ("attached page", |text| {
        mail(
            "x",
            &multipart(
                "mixed",
                "b",
                &[file_part("application/octet-stream", "a.htm", format!("<p>{text}").as_bytes())],
            ),
        )
    }),
    ("attached mail", |text| {
        let inner = String::from_utf8(mail("y", &text_part(text))).unwrap();
        mail("x", &multipart("mixed", "b", &[format!("Content-Type: message/rfc822\r\n\r\n{inner}")]))
    }),
    ("attached mail in base64", |text| {
        mail(
            "x",
            &multipart(
                "mixed",
                "b",
                &[file_part("message/rfc822", "a.eml", &mail(text, &text_part("nothing")))],
            ),
        )
    }),
    ("digest", |text| mail("x", &multipart("digest", "b", &[format!("\r\nSubject: y\r\n\r\n{text}\r\n")]))),
    ("before the parts", |text| {
        let parts = multipart("mixed", "b", &[text_part("nothing")]);
        mail("x", &parts.replace("This is a message in MIME.", text))
    }),
    ("behind the parts", |text| {
        mail("x", &format!("{}{text}\r\n", multipart("mixed", "b", &[text_part("nothing")])))
    }),
    ("a boundary that never comes", |text| {
        mail("x", &format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{text}"))
    }),
    ("no boundary", |text| mail("x", &format!("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n{text}"))),
    ("deep", |text| {
        let part =
            (0..12).fold(text_part(text), |part, depth| multipart("mixed", &format!("b{depth}"), &[part]));
        mail("x", &part)
    }),
    ("two types", |text| {
        mail(
            "x",
            &format!("Content-Type: image/png\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}"),
        )
    }),
    ("two encodings", |text| {
        mail(
            "x",
            &format!(
                "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                base64(text.as_bytes())
            ),
        )
    }),
    ("calendar", |text| {
        mail("x", &format!("Content-Type: text/calendar; charset=utf-8\r\n\r\nSUMMARY:{text}\r\n"))
    }),
    ("a line among the headers", |text| {
        format!("Subject: x\r\n\u{2014} {text}\r\nTo: y\r\n\r\nnothing").into_bytes()
    }),
];

type PicturePlace = fn(&[u8]) -> Vec<u8>;

/// Places for pictures.
pub const PICTURE: [(&str, PicturePlace); 6] = [
    ("picture", |bytes| mail("x", &file_part("image/png", "a.png", bytes))),
    ("picture beside a page", |bytes| {
        mail(
            "x",
            &multipart(
                "related",
                "b",
                &[html_part("<img src=cid:x>"), file_part("image/png", "a.png", bytes)],
            ),
        )
    }),
    ("picture that says it is text", |bytes| {
        mail("x", &multipart("mixed", "b", &[file_part("text/plain", "a.txt", bytes)]))
    }),
    ("picture that says nothing", |bytes| {
        mail("x", &multipart("mixed", "b", &[file_part("application/octet-stream", "a.bin", bytes)]))
    }),
    ("picture of another kind", |bytes| {
        mail("x", &multipart("mixed", "b", &[file_part("image/jpeg", "a.jpg", bytes)]))
    }),
    ("picture in an attached mail", |bytes| {
        let inner = String::from_utf8(mail("y", &file_part("image/png", "a.png", bytes))).unwrap();
        mail("x", &multipart("mixed", "b", &[format!("Content-Type: message/rfc822\r\n\r\n{inner}")]))
    }),
];
