//! Where does a crossing stand, and where may it go from there?

use super::clearance::{Approve, Clearance, Initiate, Redeem, Transfer};
use super::handle::CrossingId;
use super::journal::Event;
use super::polling::Polling;
use super::request::{Approval, Ceilings, Denial, DenialReason, Initiation, PinDue, Presenter, Request};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A crossing in one of its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crossing {
    /// Waiting for a person.
    Pending(Pending),
    /// Answered with yes, not yet collected.
    Approved(Approved),
    /// Answered with no.
    Denied(Denied),
    /// Collected: nothing can be collected again.
    Redeemed(Redeemed),
}

/// Waiting for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its name.
    pub id: CrossingId,
    /// What was asked.
    pub request: Arc<Request>,
    /// The client's pace.
    pub polling: Polling,
    /// How often somebody opened it on an authorization device.
    pub presentations: u8,
    /// How many wrong numbers or wrong bound data were given (BCP 6.1.16, 6.1.17).
    pub misses: u8,
    /// Who opened it first.
    pub presenter: Option<Box<Presenter>>,
    /// Whether somebody came with the code, who may still have to sign in.
    pub opening: Opening,
}

/// Whether somebody came in time with a code that must be opened within some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Nobody, so far.
    Unopened,
    /// Somebody did: they have until the request expires to sign in and decide.
    Opened,
    /// Nobody answered in time, and its client is told so: nothing can be answered any more, whatever time it is.
    Ended,
}

/// Answered with yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Its name.
    pub id: CrossingId,
    /// What was asked.
    pub request: Arc<Request>,
    /// The client's pace.
    pub polling: Polling,
    /// The answer.
    pub approval: Arc<Approval>,
    /// How many wrong PINs the consumption device sent (BCP 6.1.16).
    pub misses: u8,
}

/// Answered with no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Its name.
    pub id: CrossingId,
    /// What was asked.
    pub request: Arc<Request>,
    /// The client's pace.
    pub polling: Polling,
    /// The answer.
    pub denial: Arc<Denial>,
}

/// Collected. Only what tells a late caller the truth is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// Its name, and that of the token family.
    pub id: CrossingId,
    /// Whose it was.
    pub client_id: Arc<str>,
    /// Until when the tombstone matters.
    pub expires_at: Timestamp,
}

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

impl Crossing {
    /// Its name.
    pub const fn id(&self) -> CrossingId {
        match self {
            Self::Pending(state) => state.id,
            Self::Approved(state) => state.id,
            Self::Denied(state) => state.id,
            Self::Redeemed(state) => state.id,
        }
    }

    /// Whose it is.
    pub fn client_id(&self) -> &Arc<str> {
        match self {
            Self::Redeemed(state) => &state.client_id,
            Self::Pending(Pending { request, .. })
            | Self::Approved(Approved { request, .. })
            | Self::Denied(Denied { request, .. }) => &request.client_id,
        }
    }

    /// What was asked; gone once redeemed.
    pub const fn request(&self) -> Option<&Arc<Request>> {
        match self {
            Self::Redeemed(_) => None,
            Self::Pending(Pending { request, .. })
            | Self::Approved(Approved { request, .. })
            | Self::Denied(Denied { request, .. }) => Some(request),
        }
    }

    /// From when on it is too late, or was.
    pub fn expires_at(&self) -> Timestamp {
        match self {
            Self::Redeemed(state) => state.expires_at,
            Self::Pending(Pending { request, .. })
            | Self::Approved(Approved { request, .. })
            | Self::Denied(Denied { request, .. }) => request.expires_at,
        }
    }

    /// When it is over unless something happens.
    pub fn ends_at(&self) -> Timestamp {
        match self {
            Self::Pending(pending) => pending.ends_at(),
            _ => self.expires_at(),
        }
    }

    /// Takes it as pending, or says why it is not.
    pub fn into_pending(self, now: Timestamp) -> Result<Pending, TransitionRefusal> {
        match self {
            Self::Pending(pending) if pending.is_over(now) => Err(TransitionRefusal::Expired),
            Self::Pending(pending) => Ok(pending),
            _ => Err(TransitionRefusal::AlreadyAnswered),
        }
    }

    /// The same crossing with another pace.
    #[must_use]
    pub fn with_polling(self, polling: Polling) -> Self {
        match self {
            Self::Pending(state) => Self::Pending(Pending { polling, ..state }),
            Self::Approved(state) => Self::Approved(Approved { polling, ..state }),
            Self::Denied(state) => Self::Denied(Denied { polling, ..state }),
            Self::Redeemed(state) => Self::Redeemed(state),
        }
    }

    /// The same without the position of the consumption device: nobody needs it once the person answered, or cannot any more.
    #[must_use]
    pub fn without_coordinates(mut self) -> Self {
        let request = match &mut self {
            Self::Pending(Pending { request, .. })
            | Self::Approved(Approved { request, .. })
            | Self::Denied(Denied { request, .. }) => request,
            Self::Redeemed(_) => return self,
        };
        if request.has_coordinates()
            && let Some(context) = &mut Arc::make_mut(request).context
        {
            context.coordinates = None;
        }
        self
    }

    /// The client's pace; a redeemed crossing keeps none.
    pub const fn polling(&self) -> Option<Polling> {
        match self {
            Self::Redeemed(_) => None,
            Self::Pending(Pending { polling, .. })
            | Self::Approved(Approved { polling, .. })
            | Self::Denied(Denied { polling, .. }) => Some(*polling),
        }
    }
}

impl Pending {
    /// A device asks. The clearance's limits decide how long the codes live and what may be asked at most.
    pub fn initiate(id: CrossingId, asked: Initiation, clearance: &Clearance<Initiate>) -> Step {
        let limits = clearance.limits();
        let life = limits.code_lifetime.unwrap_or_default();
        let scope =
            limits.scope.as_ref().map_or_else(|| asked.scope.clone(), |most| asked.scope.intersection(most));
        let request = Request {
            room: asked.room,
            client_id: asked.client_id,
            scope,
            nonce: asked.nonce,
            dpop_jkt: asked.dpop_jkt.map(Box::new),
            device: asked.device,
            user_code: asked.user_code,
            backchannel: asked.backchannel.map(|backchannel| Box::new(backchannel.within(limits))),
            verification: asked.verification.max(limits.verification.unwrap_or_default()),
            context: asked.context,
            interval: u16::try_from(asked.interval.as_secs()).unwrap_or(u16::MAX),
            open_for: match limits.open_for {
                Some(open_for) if open_for < life => u16::try_from(open_for.as_secs()).unwrap_or(u16::MAX),
                _ => 0,
            },
            findings: clearance.findings(),
            initiated_at: asked.now,
            expires_at: asked.now.plus(life),
        };
        let event = Event::Initiated(request.clone());
        Step { next: Self::begin(id, request).into(), event }
    }

    pub(super) fn begin(id: CrossingId, request: Request) -> Self {
        let polling = Polling::new(Duration::from_secs(request.interval.into()));
        let (request, opening) = (Arc::new(request), Opening::Unopened);
        Self { id, request, polling, presentations: 0, misses: 0, presenter: None, opening }
    }

    /// Whether the time to open it went by, and nobody did.
    pub fn is_unopened(&self, now: Timestamp) -> bool {
        !self.was_opened() && self.request.is_too_late_to_open(now)
    }

    fn was_opened(&self) -> bool {
        self.opening == Opening::Opened || self.presenter.is_some()
    }

    /// Whether it can no longer be answered: it expired, or nobody opened it in time.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.opening == Opening::Ended || now >= self.ends_at()
    }

    /// Whether nobody came to it yet, and somebody still can.
    pub fn waits_unseen(&self, now: Timestamp) -> bool {
        !self.was_opened() && !self.is_over(now)
    }

    /// Whether no answer of this moment counts any more.
    pub(super) fn is_past(&self, at: Timestamp) -> bool {
        self.opening == Opening::Ended || self.request.is_expired(at)
    }

    /// When it is over unless something happens: opening it in time wins the time to decide.
    pub fn ends_at(&self) -> Timestamp {
        if self.was_opened() { self.request.expires_at } else { self.request.open_until() }
    }

    /// Somebody came with the code. Who they are is known when they have signed in.
    pub fn open(mut self, now: Timestamp) -> Step {
        if self.opening == Opening::Unopened {
            self.opening = Opening::Opened;
        }
        Step { next: self.into(), event: Event::Opened(now) }
    }

    /// Somebody opens the request on an authorization device.
    pub fn present(mut self, by: Presenter, clearance: &Clearance<Transfer>) -> Step {
        let by = Presenter { findings: clearance.findings().or(by.findings), ..by };
        self.presentations = self.presentations.saturating_add(1);
        let event = Event::Presented(by.clone());
        self.presenter.get_or_insert_with(|| Box::new(by));
        Step { next: self.into(), event }
    }

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

impl From<Pending> for Crossing {
    fn from(state: Pending) -> Self {
        Self::Pending(state)
    }
}

impl From<Approved> for Crossing {
    fn from(state: Approved) -> Self {
        Self::Approved(state)
    }
}

impl From<Redeemed> for Crossing {
    fn from(state: Redeemed) -> Self {
        Self::Redeemed(state)
    }
}
