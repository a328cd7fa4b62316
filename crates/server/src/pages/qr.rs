//! How does an address become a picture that a phone can scan?

use super::messages::escape;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Longest text that is drawn, in bytes: addresses are far shorter, and a larger symbol is hard to scan.
pub const MAX_QR_TEXT: usize = 512;
/// Light modules on each side (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;

/// Why a QR code could not be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QrError {
    /// The text is empty or longer than [`MAX_QR_TEXT`].
    #[error("a QR code holds 1 to {MAX_QR_TEXT} bytes here, not {0}")]
    Length(usize),
    /// The encoder refused the text.
    #[error("the text cannot be drawn as a QR code: {0}")]
    Encoding(#[from] qrcode::types::QrError),
}

/// `text` as an SVG document: black on white in any colour scheme, with its quiet zone, one unit a module.
/// `label` is what a screen reader says.
pub fn qr_svg(text: &str, label: &str) -> Result<String, QrError> {
    if text.is_empty() || text.len() > MAX_QR_TEXT {
        return Err(QrError::Length(text.len()));
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let side = width + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, length) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                // Writing to a String cannot fail.
                let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
            }
            x += run.len();
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>",
        label = escape(label),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the dark runs back out of the drawing.
    fn modules(svg: &str, side: usize) -> Vec<Vec<bool>> {
        let mut grid = vec![vec![false; side]; side];
        let path = svg.rsplit("d=\"").next().unwrap().split('"').next().unwrap();
        for run in path.split('M').skip(1) {
            let (from, rest) = run.split_once('h').unwrap();
            let (x, y) = from.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            grid[y][x..x + length].fill(true);
        }
        grid
    }

    #[test]
    fn the_drawing_is_the_symbol_inside_its_quiet_zone() {
        let text = "http://localhost:8080/device?user_code=WDJB-MJHT";
        let svg = qr_svg(text, "a \"label\" & <more>").unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let side = code.width() + 8;
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
        assert!(
            svg.contains("aria-label=\"a &quot;label&quot; &amp; &lt;more&gt;\"")
                && svg.contains("role=\"img\"")
        );
        assert!(!svg.contains("style="));
        for (y, row) in modules(&svg, side).into_iter().enumerate() {
            for (x, dark) in row.into_iter().enumerate() {
                let inside = (4..side - 4).contains(&x) && (4..side - 4).contains(&y);
                assert_eq!(
                    dark,
                    inside && code[(x.wrapping_sub(4), y.wrapping_sub(4))] == Color::Dark,
                    "{x},{y}"
                );
            }
        }
    }

    #[test]
    fn empty_and_endless_texts_are_refused() {
        assert_eq!(qr_svg("", "x"), Err(QrError::Length(0)));
        assert_eq!(qr_svg(&"x".repeat(513), "x"), Err(QrError::Length(513)));
        assert!(qr_svg(&"あ".repeat(170), "x").is_ok());
    }
}
