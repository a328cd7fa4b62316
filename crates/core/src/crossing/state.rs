//! Where does a crossing stand, and is its time over?

use super::decision::{Approval, Denial, Presenter};
use super::handle::CrossingId;
use super::polling::Polling;
use super::request::Request;
use super::step::TransitionRefusal;
use crate::time::Timestamp;
use std::sync::Arc;

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
