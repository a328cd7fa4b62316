//! How did a play end?

use std::fmt;

/// The checkpoint at which a play ended: the furthest that anybody came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checkpoint {
    /// The attacker's device asked.
    Initiate,
    /// A victim opened the request.
    Transfer,
    /// A victim answered.
    Approve,
    /// The attacker collected.
    Redeem,
    /// What was collected was used.
    Afterwards,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Initiate => "Initiate",
            Self::Transfer => "Transfer",
            Self::Approve => "Approve",
            Self::Redeem => "Redeem",
            Self::Afterwards => "Afterwards",
        })
    }
}

/// How a play ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The attacker has what they wanted.
    Succeeded(String),
    /// It ended at this checkpoint, for the reason that the actors met: a wire code or the heading of a page.
    Ended(Checkpoint, String),
    /// Something was collected, and is worth less than the attacker wanted.
    Undone(Checkpoint, String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded(what) => write!(f, "succeeded: {what}"),
            Self::Ended(at, why) => write!(f, "ended at {at}: {why}"),
            Self::Undone(at, why) => write!(f, "undone at {at}: {why}"),
        }
    }
}

/// The play itself could not be played: the actors met something that they do not understand.
#[derive(Debug)]
pub struct Trouble(pub String);

impl Trouble {
    /// With these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// What playing gives.
pub type Played<T> = Result<T, Trouble>;
