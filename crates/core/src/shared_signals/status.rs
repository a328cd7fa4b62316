//! Does a stream flow? SSF 1.0 section 8.1.2.

use serde::{Deserialize, Serialize};

/// The status of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamStatus {
    /// Events are sent.
    Enabled,
    /// Events are held, in their order, and sent when it flows again.
    Paused,
    /// Events are neither sent nor held.
    Disabled,
}

impl StreamStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Enabled, Self::Paused, Self::Disabled];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    /// The status with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}
