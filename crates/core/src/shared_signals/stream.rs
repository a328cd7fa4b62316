//! What is a stream? What both sides agreed upon, as it is kept. (SSF 1.0 section 8.1.1)

use super::EventType;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Delivery by push (RFC 8935).
pub const PUSH: &str = "urn:ietf:rfc:8935";
/// Delivery by poll (RFC 8936).
pub const POLL: &str = "urn:ietf:rfc:8936";

/// What both sides agreed upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamTerms {
    /// For whom its tokens are: a string, or an array of strings. Never changes.
    pub aud: Value,
    /// What the receiver asked for, whether we know it or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_requested: Option<Vec<String>>,
    /// What its people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How tokens get there.
    pub delivery: Delivery,
    /// Whose events it began with. Never changes.
    pub default_subjects: DefaultSubjects,
}

/// How tokens get to a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Delivery {
    /// They are posted there.
    Push {
        /// Where.
        endpoint_url: String,
        /// What to say in `Authorization`, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization: Option<String>,
    },
    /// They are fetched here.
    Poll,
}

/// Whose events a new stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DefaultSubjects {
    /// Everybody's, but for those whom the receiver removes.
    All,
    /// Nobody's, but for those whom the receiver adds.
    None,
}

impl StreamTerms {
    /// The event types that go out: what was asked for and is known.
    pub fn events_delivered(&self) -> Vec<EventType> {
        let requested = self.events_requested.as_deref().unwrap_or_default();
        EventType::ALL.into_iter().filter(|kind| requested.iter().any(|uri| uri == kind.uri())).collect()
    }

    /// Whether events of this type go out.
    pub fn delivers(&self, kind: EventType) -> bool {
        self.events_requested.as_deref().unwrap_or_default().iter().any(|uri| uri == kind.uri())
    }
}
