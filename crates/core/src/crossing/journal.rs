//! What happened to a crossing, so that a restart can tell the same story again?

use super::clearance::Clearance;
use super::decision::{Approval, Denial, DenialReason, Presenter};
use super::handle::CrossingId;
use super::polling::Polling;
use super::request::Request;
use super::state::{Crossing, Opening, Pending};
use super::step::TransitionRefusal;
use crate::digest::Digest;
use crate::mitigations::{Findings, Limits};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// A transition as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A device asked.
    Initiated(Request),
    /// Somebody came with the code at this moment, who may still have to sign in.
    Opened(Timestamp),
    /// Somebody opened it on an authorization device.
    Presented(Presenter),
    /// This device of the person took the notice of it.
    Notified(Digest),
    /// The client polled too soon; its interval is now this many seconds.
    SlowedDown(u16),
    /// A person gave a wrong number or wrong bound data, and may try again.
    NumberMissed,
    /// The consumption device sent a wrong PIN, and may try again.
    PinMissed,
    /// A person said yes.
    Approved(Arc<Approval>),
    /// A person said no.
    Denied(Arc<Denial>),
    /// At this moment it was seen that nobody answered in time, and its client is told.
    Ended(Timestamp),
    /// The client collected the result at this moment.
    Redeemed(Timestamp),
}

/// Why a journal does not tell a possible story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The first event is not an initiation.
    #[error("the first event of a crossing is not its initiation")]
    NoBeginning,
    /// A crossing begins twice.
    #[error("a crossing begins twice")]
    SecondBeginning,
    /// An event that its state does not allow.
    #[error("an event does not fit the state before it: {0}")]
    Impossible(#[from] TransitionRefusal),
}

impl Crossing {
    /// Applies an event from the journal. Policy was asked when it happened, so the clearance is given again.
    pub fn replay(before: Option<Self>, id: CrossingId, event: Event) -> Result<Self, ReplayError> {
        let before = match (before, event) {
            (None, Event::Initiated(request)) => return Ok(Pending::begin(id, request).into()),
            (None, _) => return Err(ReplayError::NoBeginning),
            (Some(_), Event::Initiated(_)) => return Err(ReplayError::SecondBeginning),
            (Some(before), event) => (before, event),
        };
        Ok(match before {
            (Self::Pending(pending), Event::Opened(at)) => pending.open(at).next,
            (Self::Pending(pending), Event::Presented(by)) => pending.present(by, &cleared()).next,
            (Self::Pending(pending), Event::NumberMissed) => {
                Self::Pending(Pending { misses: pending.misses.saturating_add(1), ..pending })
            }
            (before, Event::Notified(_)) => before,
            (Self::Pending(pending), Event::Ended(_)) => {
                Self::Pending(Pending { opening: Opening::Ended, ..pending })
            }
            (before, Event::SlowedDown(secs)) => {
                before.with_polling(Polling::new(Duration::from_secs(secs.into())))
            }
            (Self::Pending(pending), Event::Approved(approval)) => {
                pending.approve(Arc::unwrap_or_clone(approval), &cleared())?.next
            }
            // An incident ends what was sent to nobody, too.
            (Self::Pending(Pending { id, request, polling, .. }), Event::Denied(denial))
                if denial.reason == DenialReason::Incident && !request.is_expired(denial.at) =>
            {
                Self::Denied(super::Denied { id, request, polling, denial })
            }
            (Self::Pending(pending), Event::Denied(denial)) => {
                pending.deny(Arc::unwrap_or_clone(denial))?.next
            }
            (Self::Approved(approved), Event::PinMissed) => {
                Self::Approved(super::Approved { misses: approved.misses.saturating_add(1), ..approved })
            }
            // What ends a request after the yes: wrong PINs, a report, or an incident.
            (Self::Approved(super::Approved { id, request, polling, .. }), Event::Denied(denial))
                if matches!(
                    denial.reason,
                    DenialReason::PinMissed | DenialReason::Reported | DenialReason::Incident
                ) =>
            {
                Self::Denied(super::Denied { id, request, polling, denial })
            }
            (Self::Approved(approved), Event::Redeemed(at)) => approved.redeem(at, &cleared())?.next,
            _ => return Err(TransitionRefusal::AlreadyAnswered.into()),
        })
    }
}

fn cleared<C: super::Checkpoint>() -> Clearance<C> {
    Clearance::with(Limits::none(), Findings::default())
}
