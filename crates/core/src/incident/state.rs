//! Where does an incident stand, and where can it go from there?

use serde::{Deserialize, Serialize};

/// The life of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Found out, and what it concerns may still work.
    Open,
    /// Everything that it concerns has ended.
    Contained,
    /// Somebody looked at it and is done with it.
    Closed,
}

/// Why an incident cannot be contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContainRefusal {
    /// It is closed; open it again first.
    #[error("it is closed: open it again first")]
    Closed,
    /// It is already contained, and nothing is left to do.
    #[error("it is contained already")]
    Contained,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Contained, Self::Closed];

    /// The word in the store and in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Contained => "contained",
            Self::Closed => "closed",
        }
    }

    /// The state of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether containment may begin, or go on after a crash.
    pub const fn may_contain(self) -> Result<(), ContainRefusal> {
        match self {
            Self::Open => Ok(()),
            Self::Contained => Err(ContainRefusal::Contained),
            Self::Closed => Err(ContainRefusal::Closed),
        }
    }
}
