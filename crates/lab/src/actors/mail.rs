//! What does a lure look like? A mail, as it is sent. (RFC 5322, RFC 2045)

use super::device::Begun;
use crate::outcome::{Played, Trouble};
use crate::server::ISSUER;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};
use std::io::Cursor;

/// Pixels of one module of a QR code, and modules of the white around it.
const MODULE: u32 = 6;
const QUIET: u32 = 4;

/// In which form a mail carries what the victim is to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lure {
    /// The QR code, as a picture, and nothing of it in words.
    Picture,
    /// The link, in plain text.
    Link,
    /// The code, in the words of a page, in pieces.
    Words,
}

/// A mail with what the attacker's device shows, where the link is what it draws at this moment.
pub fn with(lure: Lure, begun: &Begun, link: &str) -> Played<String> {
    let address = format!("{ISSUER}{link}");
    Ok(match lure {
        Lure::Picture => mixed(&STANDARD.encode(picture(&address)?)),
        Lure::Link => plain(&format!("Your free month: {address}")),
        Lure::Words => {
            let (first, rest) = begun.user_code.split_at(begun.user_code.len() / 2);
            html(&format!("<p>Go to {ISSUER}/device and type <b>{first}</b><i>{rest}</i></p>"))
        }
    })
}

/// A mail that leads to a page of the attacker's, and has nothing else in it.
pub fn elsewhere() -> String {
    plain("Your free month: https://prizes.example.net/tv")
}

/// A mail that somebody writes to themselves, to have the code at hand on the phone.
pub fn reminder(begun: &Begun) -> String {
    plain(&format!("TV: {}", begun.user_code))
}

fn plain(text: &str) -> String {
    format!("{}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n", head())
}

fn html(text: &str) -> String {
    format!("{}Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>{text}</body></html>\r\n", head())
}

fn mixed(picture: &str) -> String {
    let mut lines = String::new();
    for (at, character) in picture.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            lines.push_str("\r\n");
        }
        lines.push(character);
    }
    format!(
        "{}Content-Type: multipart/mixed; boundary=\"next\"\r\n\r\n\
         --next\r\nContent-Type: text/plain\r\n\r\nScan this for a free month.\r\n\
         --next\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--next--\r\n",
        head()
    )
}

fn head() -> &'static str {
    "From: offers@example.net\r\nTo: you@example.com\r\nSubject: Your TV\r\nMIME-Version: 1.0\r\n"
}

/// A QR code as PNG.
fn picture(text: &str) -> Played<Vec<u8>> {
    let lost = |error: &dyn std::fmt::Display| Trouble::new(format!("no picture: {error}"));
    let code = QrCode::new(text).map_err(|error| lost(&error))?;
    let colors = code.to_colors();
    let width = u32::try_from(code.width()).map_err(|error| lost(&error))?;
    let dark = |x: u32, y: u32| {
        let module = |at: u32| (at / MODULE).checked_sub(QUIET).filter(|module| *module < width);
        let at = module(x).zip(module(y)).and_then(|(x, y)| usize::try_from(y * width + x).ok());
        at.and_then(|at| colors.get(at)) == Some(&Color::Dark)
    };
    let side = (width + 2 * QUIET) * MODULE;
    let drawn = GrayImage::from_fn(side, side, |x, y| Luma([if dark(x, y) { 0 } else { 255 }]));
    let mut png = Cursor::new(Vec::new());
    drawn.write_to(&mut png, ImageFormat::Png).map_err(|error| lost(&error))?;
    Ok(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Begun {
        Begun {
            device_code: "d".to_owned(),
            user_code: "BCDF-GHJK".to_owned(),
            link: "/device?user_code=BCDF-GHJK".to_owned(),
            number: None,
            seed: None,
        }
    }

    /// Else the play with the picture would be one with a text.
    #[test]
    fn a_mail_has_the_code_in_its_own_form_only() {
        let begun = begun();
        let [picture, link, words] =
            [Lure::Picture, Lure::Link, Lure::Words].map(|lure| with(lure, &begun, &begun.link).unwrap());
        assert!(!picture.contains("BCDF") && picture.contains("image/png"));
        assert!(link.contains("http://localhost:8080/device?user_code=BCDF-GHJK"));
        assert!(!words.contains("BCDF-GHJK") && words.contains("<b>BCDF</b><i>-GHJK</i>"));
        assert!(!elsewhere().contains("BCDF") && !elsewhere().contains(ISSUER));
    }
}
