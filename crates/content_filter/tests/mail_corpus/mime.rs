//! How is a mail put together?

use std::fmt::Write;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (index, three) in bytes.chunks(3).enumerate() {
        if index % 19 == 0 && index > 0 {
            out.push_str("\r\n");
        }
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for sign in 0..4 {
            let six = (bits >> (18 - 6 * sign)) & 63;
            out.push(if sign <= three.len() { char::from(BASE64[six as usize]) } else { '=' });
        }
    }
    out
}

pub fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for byte in text.bytes() {
        let piece = match byte {
            b'\n' => "\r\n".to_owned(),
            b' '..=b'~' if byte != b'=' => char::from(byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        column = if byte == b'\n' { 0 } else { column + piece.len() };
        if column > 70 {
            out.push_str("=\r\n");
            column = piece.len();
        }
        out.push_str(&piece);
    }
    out
}

pub fn word(text: &str) -> String {
    format!("=?utf-8?B?{}?=", base64(text.replace('\n', " ").as_bytes()).replace("\r\n", ""))
}

/// Headers that every mail has, and the rest of it.
pub fn mail(subject: &str, rest: &str) -> Vec<u8> {
    format!(
        "Received: from mx.example.org (mx.example.org [192.0.2.7]) by mail.example.net with ESMTPS id 4XkTqR2wGzz9sB\r\n\
         \tfor <anna@example.net>; Mon, 05 Oct 2026 08:12:33 +0000\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; bh=kKjHgFdSwQxZcVbNmLpTrWqZxCvBnM0=; b=HGFDSKJHbvcxzTRWQ\r\n\
         From: {} <info@example.org>\r\nTo: anna@example.net\r\nSubject: {}\r\n\
         Date: Mon, 05 Oct 2026 08:12:31 +0000\r\nMessage-ID: <BXKQZ-WPLTRV.GHJK@example.org>\r\nMIME-Version: 1.0\r\n{rest}",
        word("The people of Example"),
        word(subject),
    )
    .into_bytes()
}

pub fn text_part(text: &str) -> String {
    format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
        quoted_printable(text)
    )
}

pub fn html_part(html: &str) -> String {
    format!(
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        base64(html.as_bytes())
    )
}

pub fn file_part(media_type: &str, name: &str, bytes: &[u8]) -> String {
    format!(
        "Content-Type: {media_type}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        base64(bytes)
    )
}

pub fn multipart(kind: &str, boundary: &str, parts: &[String]) -> String {
    let mut out = format!(
        "Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\nThis is a message in MIME.\r\n"
    );
    for part in parts {
        write!(out, "--{boundary}\r\n{part}\r\n").unwrap();
    }
    write!(out, "--{boundary}--\r\n").unwrap();
    out
}

/// A QR code as a picture.
pub fn qr(text: &str) -> Vec<u8> {
    let code = qrcode::QrCode::new(text).unwrap();
    let (width, colors) = (code.width(), code.to_colors());
    let side = u32::try_from((width + 8) * 5).unwrap();
    let picture = image::GrayImage::from_fn(side, side, |x, y| {
        let module = |at: u32| (at / 5).checked_sub(4).map(|at| at as usize).filter(|at| *at < width);
        let dark =
            module(x).zip(module(y)).is_some_and(|(x, y)| colors[y * width + x] == qrcode::Color::Dark);
        image::Luma([if dark { 0 } else { 255 }])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A QR code as lines of blocks, two modules in a character's height.
pub fn qr_in_blocks(text: &str) -> String {
    let code = qrcode::QrCode::new(text).unwrap();
    let (width, colors) = (code.width(), code.to_colors());
    let dark = |x: usize, y: usize| y < width && colors[y * width + x] == qrcode::Color::Dark;
    let mut out = String::new();
    for y in (0..width).step_by(2) {
        out.extend((0..width).map(|x| match (dark(x, y), dark(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        }));
        out.push('\n');
    }
    out
}
