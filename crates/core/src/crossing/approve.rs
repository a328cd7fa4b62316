//! How does a person answer: with yes, with no, or with a number or data that is wrong?

use super::clearance::{Approve, Clearance};
use super::decision::{Approval, Ceilings, Denial};
use super::journal::Event;
use super::state::{Approved, Crossing, Denied, Pending};
use super::step::{Step, TransitionRefusal};
use std::sync::Arc;

impl Pending {
    /// A person says yes.
    pub fn approve(
        self,
        approval: Approval,
        clearance: &Clearance<Approve>,
    ) -> Result<Step, TransitionRefusal> {
        if self.is_past(approval.at) {
            return Err(TransitionRefusal::Expired);
        }
        let Self { id, request, polling, .. } = self;
        let limits = clearance.limits();
        request.admits(&approval.authentication, limits)?;
        let most = limits.scope.as_ref();
        let scope = most.map_or_else(|| approval.scope.clone(), |most| approval.scope.intersection(most));
        if !scope.is_within(&request.scope) {
            return Err(TransitionRefusal::BeyondRequest);
        }
        let approval = Arc::new(Approval {
            scope,
            pin: limits.pin.unwrap_or(approval.pin),
            ceilings: Ceilings::of(limits).or(approval.ceilings),
            findings: clearance.findings().or(approval.findings),
            ..approval
        });
        let event = Event::Approved(Arc::clone(&approval));
        Ok(Step { next: Crossing::Approved(Approved { id, request, polling, approval, misses: 0 }), event })
    }

    /// The person gave a wrong number, or wrong data that was bound into the request (`by.reason` says which). With the
    /// last try the request ends.
    pub fn miss(mut self, by: Denial, tries: u8) -> Result<Step, TransitionRefusal> {
        self.misses = self.misses.saturating_add(1);
        if self.misses >= tries {
            return self.deny(by);
        }
        self.request.is_for(&by.sub)?;
        Ok(Step { next: self.into(), event: Event::NumberMissed })
    }

    /// A person says no. No checkpoint: nothing may ever stand in the way of a no.
    pub fn deny(self, denial: Denial) -> Result<Step, TransitionRefusal> {
        if self.is_past(denial.at) {
            return Err(TransitionRefusal::Expired);
        }
        let Self { id, request, polling, .. } = self;
        request.is_for(&denial.sub)?;
        let denial = Arc::new(denial);
        let event = Event::Denied(Arc::clone(&denial));
        Ok(Step { next: Crossing::Denied(Denied { id, request, polling, denial }), event })
    }
}
