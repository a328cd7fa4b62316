//! What in a message belongs to a cross-device flow? (BCP 6.1.5)
//!
//! Codes, verification links and request URIs, in text, HTML, links, and in QR codes in pictures and in pages of PDF files. Pure: a
//! message goes in, what was found comes out, and also what was seen and could not be looked at. Whether a code is live the server knows.

mod collect;
mod drawn;
mod found;
mod headers;
mod homoglyphs;
mod html;
pub mod image;
mod kinds;
mod limits;
mod links;
mod mail;
pub mod pdf;
mod scan;
mod text;
mod transfer;
mod watched;

pub use found::{Find, Form, Scan, Skipped, What};
pub use limits::{Limits, Watch};
pub use scan::{Input, scan};
