//! How does a request end that neither its person nor its client ended?

use super::decision::{Denial, DenialReason};
use super::state::{Approved, Crossing, Denied, Opening, Pending};
use super::step::{Step, TransitionRefusal};
use super::{Event, Request};
use crate::oauth::client::UserHints;
use crate::time::Timestamp;
use std::sync::Arc;

impl Crossing {
    /// Ends it for this reason, answered with yes or not. Nothing that was collected comes back by this: its family has to
    /// be revoked. No checkpoint: nothing may stand in the way of a no.
    pub fn stop(self, reason: DenialReason, now: Timestamp) -> Result<Step, TransitionRefusal> {
        if matches!(&self, Self::Pending(pending) if pending.is_past(now)) {
            return Err(TransitionRefusal::Expired);
        }
        let (id, request, polling, by) = match self {
            Self::Pending(Pending { id, request, polling, presenter, .. }) => {
                let by = presenter.map(|presenter| Arc::clone(&presenter.sub));
                (id, request, polling, by)
            }
            Self::Approved(Approved { id, request, polling, approval, .. }) => {
                (id, request, polling, Some(Arc::clone(&approval.authentication.sub)))
            }
            Self::Denied(_) | Self::Redeemed(_) => return Err(TransitionRefusal::AlreadyAnswered),
        };
        if request.is_expired(now) {
            return Err(TransitionRefusal::Expired);
        }
        let sub = whose(&request).or(by).unwrap_or_else(|| Arc::from(""));
        let denial = Arc::new(Denial { sub, reason, address: request.device.address, at: now });
        let event = Event::Denied(Arc::clone(&denial));
        Ok(Step { next: Crossing::Denied(Denied { id, request, polling, denial }), event })
    }
}

impl Crossing {
    /// Whether its client is still to hear that nobody answers, should that happen: tokens are pushed to it, so that it
    /// cannot ask (CIBA Core section 12).
    pub fn owes_its_end(&self) -> bool {
        matches!(self, Self::Pending(pending) if pending.opening != Opening::Ended && pending.request.is_pushed())
    }

    /// The same, and it has happened.
    pub fn ended_untold(&self, now: Timestamp) -> bool {
        matches!(self, Self::Pending(pending) if pending.is_over(now)) && self.owes_its_end()
    }

    /// Ends what nobody answered in time, so that its client can be told, once; nothing if there is nothing to tell. That
    /// nobody opened it in time tells whether there is anybody: a client that may not learn that hears only of the end.
    pub fn end_unanswered(self, hints: UserHints, now: Timestamp) -> Option<Step> {
        match self {
            Self::Pending(pending) if hints == UserHints::Conceal && !pending.request.is_expired(now) => None,
            Self::Pending(pending) if pending.opening != Opening::Ended && pending.is_over(now) => {
                let next = Pending { opening: Opening::Ended, ..pending }.into();
                Some(Step { next, event: Event::Ended(now) })
            }
            _ => None,
        }
    }
}

/// Whose inbox it is in. The journal takes no denial of somebody else.
fn whose(request: &Request) -> Option<Arc<str>> {
    request.addressee().cloned()
}
