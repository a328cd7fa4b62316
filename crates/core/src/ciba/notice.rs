//! Who is told of a request, and who once more because a notice may have been lost?
//!
//! Notices do not outlive the process that gives them: at its next start, whoever may have missed one is told again.

use crate::crossing::{Crossing, Pending, Request, Sound};
use crate::mitigations::rate_limits::{QuietTime, quiet_now};
use crate::time::Timestamp;
use std::sync::Arc;

/// Who is told of a request as it begins; nobody if it is sent to nobody, or in silence.
pub fn told(asked: &Request) -> Option<&Arc<str>> {
    let backchannel = asked.backchannel.as_ref()?;
    match backchannel.sound {
        Sound::Heard => backchannel.addressee.sub(),
        Sound::Silent => None,
    }
}

/// A request whose notice may have been lost.
#[derive(Debug, Clone, Copy)]
pub struct Missed<'c> {
    /// The request.
    pub pending: &'c Pending,
    /// Who was told of it, and did not come.
    pub sub: &'c Arc<str>,
}

impl<'c> Missed<'c> {
    /// What somebody was told of, did not come to, and still can.
    pub fn of(crossing: &'c Crossing, now: Timestamp) -> Option<Self> {
        let Crossing::Pending(pending) = crossing else { return None };
        let sub = told(&pending.request).filter(|_| pending.waits_unseen(now))?;
        Some(Self { pending, sub })
    }

    /// Whether they are told again: not in a quiet time, of their own or of the client's registration, that holds by now,
    /// whatever time it was when the request began.
    pub fn is_told_again(&self, quiet_times: &[QuietTime]) -> bool {
        quiet_now(quiet_times).is_none()
    }
}
