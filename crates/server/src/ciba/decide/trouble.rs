//! Why is a request not answered?

use tandem_core::crossing::{Crossing, DenialReason, TransitionRefusal};
use tandem_core::mitigations::Hindrance;
use tandem_store::{ApplyError, StoreError};

/// Why a request was not answered.
#[derive(Debug)]
pub enum Trouble {
    /// There is no such request for this person.
    Gone,
    /// Its time is over.
    Expired,
    /// It was answered.
    AlreadyAnswered,
    /// Not a person ended it.
    Ended(DenialReason),
    /// The number was wrong.
    WrongNumber {
        /// How many more may be given; none ends the request.
        tries_left: u8,
    },
    /// The number is missing.
    NumberMissing,
    /// What was typed on the consumption device was something else.
    WrongBinding {
        /// How many more may be given; none ends the request.
        tries_left: u8,
    },
    /// It is missing.
    BindingMissing,
    /// The person has not read what a scam looks like.
    WarningUnread,
    /// A fresh passkey is demanded.
    VerificationMissing,
    /// A mitigation stands in the way.
    Hindered(Hindrance),
    /// The store failed.
    Store(StoreError),
}

impl From<TransitionRefusal> for Trouble {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::Expired,
            TransitionRefusal::AlreadyAnswered | TransitionRefusal::BeyondRequest => Self::AlreadyAnswered,
            TransitionRefusal::NotTheAddressee => Self::Gone,
            TransitionRefusal::VerificationMissing => Self::VerificationMissing,
        }
    }
}

impl From<ApplyError> for Trouble {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Unknown => Self::Gone,
            ApplyError::Busy | ApplyError::AlreadyRedeemed | ApplyError::NotDurable => Self::AlreadyAnswered,
            ApplyError::Store(error) => Self::Store(error),
        }
    }
}

/// What to say of a request that takes no answer any more.
pub fn over(crossing: &Crossing, refusal: TransitionRefusal) -> Trouble {
    match crossing {
        Crossing::Denied(denied) if refusal == TransitionRefusal::AlreadyAnswered => {
            match denied.denial.reason {
                reason @ (DenialReason::Contested | DenialReason::Incident | DenialReason::PinMissed) => {
                    Trouble::Ended(reason)
                }
                _ => refusal.into(),
            }
        }
        _ => refusal.into(),
    }
}
