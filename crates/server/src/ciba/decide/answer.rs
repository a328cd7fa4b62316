//! What does a person answer, how, and what do they get for it?

use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::crossing::{Pin, Request as Asked};
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::oauth::token_family::Authentication;
use tandem_core::time::Timestamp;

/// What a person answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Allow(Yes),
    /// No.
    Deny,
    /// "I did not start this."
    Report,
}

/// What comes with a yes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Yes {
    /// The number that the consumption device shows.
    pub number: Option<String>,
    /// What was typed on the consumption device.
    pub binding: Option<String>,
    /// Whether the person read what a scam looks like.
    pub warned: bool,
    /// What their app signed, where there is one.
    pub decision: Option<Box<str>>,
}

impl std::fmt::Debug for Yes {
    /// Without what the person gave, and what repeats it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Yes").field("warned", &self.warned).finish_non_exhaustive()
    }
}

/// Who answers what, and how.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Who, and how and when they proved it.
    pub by: Authentication,
    /// From where.
    pub address: IpAddr,
    /// Where their device says it is.
    pub coordinates: Option<Coordinates>,
    /// When.
    pub now: Timestamp,
    /// What.
    pub answer: Answer,
    /// What they saw before.
    pub context: ContextShown,
}

/// An answer that was taken.
#[derive(Debug)]
pub struct Settled {
    /// What was asked.
    pub asked: Arc<Asked>,
    /// What the person must type on the consumption device before a yes is worth anything (BCP 6.1.16).
    pub pin: Option<Pin>,
}
