//! What can the client do with a yes: collect it, or miss the PIN before?

use super::clearance::{Clearance, Redeem};
use super::decision::{Denial, DenialReason, PinDue};
use super::journal::Event;
use super::state::{Approved, Crossing, Denied, Redeemed};
use super::step::{Step, TransitionRefusal};
use crate::time::Timestamp;
use std::sync::Arc;

impl Approved {
    /// The consumption device sent a wrong PIN. With the last try the request ends, though a person said yes.
    pub fn miss_pin(mut self, now: Timestamp, tries: u8) -> Result<Step, TransitionRefusal> {
        if self.request.is_expired(now) {
            return Err(TransitionRefusal::Expired);
        }
        self.misses = self.misses.saturating_add(1);
        if self.misses < tries {
            return Ok(Step { next: Crossing::Approved(self), event: Event::PinMissed });
        }
        let Self { id, request, polling, approval, .. } = self;
        let denial = Arc::new(Denial {
            sub: Arc::clone(&approval.authentication.sub),
            reason: DenialReason::PinMissed,
            address: request.device.address,
            at: now,
        });
        let event = Event::Denied(Arc::clone(&denial));
        Ok(Step { next: Crossing::Denied(Denied { id, request, polling, denial }), event })
    }

    /// Whether the consumption device must send a PIN.
    pub fn pin_due(&self) -> bool {
        self.approval.pin == PinDue::Yes
    }

    /// The client collects the result.
    pub fn redeem(self, now: Timestamp, _clearance: &Clearance<Redeem>) -> Result<Step, TransitionRefusal> {
        if self.request.is_expired(now) {
            return Err(TransitionRefusal::Expired);
        }
        Ok(Step { next: self.into_redeemed().into(), event: Event::Redeemed(now) })
    }

    pub(super) fn into_redeemed(self) -> Redeemed {
        let Self { id, request, .. } = self;
        Redeemed { id, client_id: Arc::clone(&request.client_id), expires_at: request.expires_at }
    }
}
