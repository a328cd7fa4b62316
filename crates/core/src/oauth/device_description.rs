//! What does a consumption device say of itself, and from where does it call?

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The longest device name that is kept, in characters.
pub const MAX_NAME: usize = 64;

/// What is known of the consumption device: a claim by the device, and an address that the server saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDescription {
    /// The name that the device declared (`tandem_device_name`): a claim, shown as one. At most [`MAX_NAME`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The kind of device that it declared (`tandem_device_type`).
    #[serde(default)]
    pub kind: DeviceKind,
    /// The address from which it asked, as the server saw it.
    pub address: IpAddr,
}

/// The kinds of device that pages have words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A television or set-top box.
    Tv,
    /// A kiosk or shared screen in a public place.
    Kiosk,
    /// A game console.
    Console,
    /// A command line.
    Terminal,
    /// A desktop or laptop computer.
    Computer,
    /// Not declared, or a kind that pages have no words for.
    #[default]
    Other,
}

impl DeviceKind {
    /// Reads `tandem_device_type`; an unknown kind is `Other`, never an error.
    pub fn parse(text: &str) -> Self {
        match text {
            "tv" => Self::Tv,
            "kiosk" => Self::Kiosk,
            "console" => Self::Console,
            "terminal" => Self::Terminal,
            "computer" => Self::Computer,
            _ => Self::Other,
        }
    }

    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tv => "tv",
            Self::Kiosk => "kiosk",
            Self::Console => "console",
            Self::Terminal => "terminal",
            Self::Computer => "computer",
            Self::Other => "other",
        }
    }
}

/// Cleans a declared name: control and bidirectional-override characters go, white space folds, the rest is cut at
/// [`MAX_NAME`] characters. `None` if nothing is left.
pub fn clean_name(text: &str) -> Option<Box<str>> {
    let clean: String = visible_words(text).chars().take(MAX_NAME).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.into())
}

/// What can be seen of a text: control and bidirectional-override characters go, white space folds.
pub fn visible_words(text: &str) -> String {
    let visible: String =
        text.chars().filter(|c| !is_format(*c) && (!c.is_control() || c.is_whitespace())).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Invisible characters that reorder or hide text.
const fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_hide_or_flood() {
        assert_eq!(clean_name("  Living-room \n TV ").as_deref(), Some("Living-room TV"));
        assert_eq!(clean_name("a\u{202e}b\u{0}c").as_deref(), Some("abc"));
        assert_eq!(clean_name(" \u{200b} "), None);
        assert_eq!(clean_name("a \u{200b} b").as_deref(), Some("a b"));
        assert_eq!(clean_name(&"電".repeat(500)).unwrap().chars().count(), MAX_NAME);
    }
}
