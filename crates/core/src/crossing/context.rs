//! What else is known of how a request began? Most requests have nothing of it.

use super::backchannel::NumberMatch;
use crate::mitigations::establish_proximity::Coordinates;
use crate::mitigations::request_binding::BindingAnswer;
use crate::oauth::device_description::visible_words;
use crate::typed::narrow;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// The longest text that can be bound into a request, in characters.
pub const MAX_BINDING: usize = 64;
/// The longest name of it, in characters.
pub const MAX_LABEL: usize = 32;

/// What the consumption device brought along, and what policy drew for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Where the consumption device says it is (6.1.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// The number that the consumption device shows, if the person must give it on the phone (6.1.16).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberMatch>,
    /// What the person typed on the consumption device (6.1.17).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// The person who signed in on the consumption device before it asked: only they may say yes (6.1.15).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator: Option<Arc<str>>,
    /// The registered or attested device that asked (6.1.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<Arc<str>>,
    /// Whether the consumption device draws living QR codes (6.1.1).
    #[serde(skip_serializing_if = "is_still")]
    pub qr: QrKind,
}

/// What kind of QR code the consumption device draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QrKind {
    /// One that stays.
    #[default]
    Still,
    /// A new one every few seconds.
    Living,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_still(kind: &QrKind) -> bool {
    *kind == QrKind::Still
}

impl Context {
    /// Nothing at all, if nothing is known.
    pub fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// Data that the person typed on the consumption device, bound into the request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// What it is, in the client's words ("Seat", "Serial number"): at most [`MAX_LABEL`] characters. Empty if the client
    /// has none: pages say it in theirs.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub label: Box<str>,
    /// What the person typed: 1 to [`MAX_BINDING`] characters.
    pub text: Box<str>,
    /// How they give it on the phone.
    pub answer: BindingAnswer,
}

impl Binding {
    /// Whether this is the data. Case does not count, nor how wide spaces and letters are, for keyboards differ; compared
    /// in constant time.
    pub fn is(&self, given: &str) -> bool {
        fold(&self.text).as_bytes().ct_eq(fold(given).as_bytes()).into()
    }
}

impl std::fmt::Debug for Binding {
    /// Without what was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding")
            .field("label", &self.label)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

fn fold(text: &str) -> String {
    visible_words(text).chars().map(narrow).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_data_is_the_same_on_every_keyboard_and_nothing_else_is() {
        let bound = Binding { label: "Seat".into(), text: "Row 12A".into(), answer: BindingAnswer::Type };
        for same in ["Row 12A", " row  12a ", "ＲＯＷ　１２Ａ", "row\u{200b} 12a"] {
            assert!(bound.is(same), "{same}");
        }
        for other in ["", "row", "row 12", "row 12b", "row 12aa", "row12a"] {
            assert!(!bound.is(other), "{other}");
        }
        assert!(!format!("{bound:?}").contains("12A"));
    }
}
