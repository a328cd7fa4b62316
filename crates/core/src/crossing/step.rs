//! What is a transition, and why may one not be possible?

use super::journal::Event;
use super::state::Crossing;

/// A transition that happened: what is now, and what the journal keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The next state.
    pub next: Crossing,
    /// What happened.
    pub event: Event,
}

/// Why a transition is not possible from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransitionRefusal {
    /// Its time is over.
    #[error("the request has expired")]
    Expired,
    /// Somebody has answered, or it was collected.
    #[error("the request has been answered")]
    AlreadyAnswered,
    /// More was granted than was asked.
    #[error("more was granted than was asked")]
    BeyondRequest,
    /// The answer is not the addressee's.
    #[error("the request is somebody else's")]
    NotTheAddressee,
    /// The request demands a stronger, fresh proof of who answers.
    #[error("the request demands a phishing-resistant proof made after it")]
    VerificationMissing,
}
