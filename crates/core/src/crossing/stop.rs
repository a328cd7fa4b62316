//! How does a request end that neither its person nor its client ended?

use super::request::{Denial, DenialReason};
use super::state::{Approved, Crossing, Denied, Pending, Step, TransitionRefusal};
use super::{Event, Request};
use crate::time::Timestamp;
use std::sync::Arc;

impl Crossing {
    /// Ends it for this reason, answered with yes or not. Nothing that was collected comes back by this: its family has to
    /// be revoked. No checkpoint: nothing may stand in the way of a no.
    pub fn stop(self, reason: DenialReason, now: Timestamp) -> Result<Step, TransitionRefusal> {
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

/// Whose inbox it is in. The journal takes no denial of somebody else.
fn whose(request: &Request) -> Option<Arc<str>> {
    request.addressee().cloned()
}
