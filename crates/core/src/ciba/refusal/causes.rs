//! What do the refusals of crossing, policy and initiation mean in this room?

use super::Refusal;
use crate::crossing::{PollRefusal, TransitionRefusal};
use crate::mitigations::{Ask, Hindrance, Reason};
use crate::oauth::initiation::InitiationError;

impl Refusal {
    /// What a hindrance means before anybody is asked, where policy's no has a status of its own.
    pub fn beforehand(hindrance: Hindrance) -> Self {
        match Self::from(hindrance) {
            Self::Policy => Self::PolicyBeforehand,
            refusal => refusal,
        }
    }
}

impl From<TransitionRefusal> for Refusal {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::RequestExpired,
            TransitionRefusal::AlreadyAnswered => Self::AlreadyRedeemed,
            TransitionRefusal::BeyondRequest
            | TransitionRefusal::NotTheAddressee
            | TransitionRefusal::VerificationMissing => Self::Policy,
        }
    }
}

impl From<Hindrance> for Refusal {
    fn from(hindrance: Hindrance) -> Self {
        match hindrance {
            Hindrance::Asked(asked) if asked.contains(&Ask::ProofOfPossession) => Self::ProofMissing,
            Hindrance::Asked(asked) if asked.contains(&Ask::Certificate) => Self::CertificateMissing,
            Hindrance::Asked(asked) if asked.contains(&Ask::DeviceProof) => Self::DeviceProofMissing,
            Hindrance::Asked(asked) if asked.contains(&Ask::SignIn) => Self::SignInMissing,
            Hindrance::Asked(asked) if asked.contains(&Ask::BindingData) => Self::BindingMissing,
            Hindrance::Asked(asked) if asked.contains(&Ask::Pin) => Self::PinDue,
            Hindrance::Refused(_, Reason::RateExceeded { retry_after }) => Self::RateExceeded { retry_after },
            Hindrance::Refused(_, Reason::CoolingDown { retry_after }) => Self::CoolingDown { retry_after },
            Hindrance::Refused(_, Reason::TooManyOpen) => Self::TooManyOpen,
            Hindrance::Refused(_, Reason::QuietHours) => Self::QuietHours,
            Hindrance::Refused(_, Reason::ForeignKey) => Self::ForeignKey,
            Hindrance::Refused(_, Reason::CodeExpired) => Self::RequestExpired,
            Hindrance::Refused(_, Reason::NetworkNotTrusted) => Self::NetworkNotTrusted,
            Hindrance::Refused(_, Reason::DeviceKind) => Self::DeviceKind,
            Hindrance::Refused(_, Reason::DeviceNotCompliant) => Self::DeviceNotCompliant,
            Hindrance::Refused(_, Reason::CodeContested | Reason::CodeFiltered | Reason::Incident(_)) => {
                Self::Ended
            }
            Hindrance::Asked(_) | Hindrance::Refused(..) => Self::Policy,
        }
    }
}

impl From<InitiationError> for Refusal {
    fn from(error: InitiationError) -> Self {
        match error {
            // Only a signed request has types.
            InitiationError::WrongType(name) => Self::ParameterType(name),
            error => Self::Initiation(error),
        }
    }
}

impl From<PollRefusal> for Refusal {
    fn from(refusal: PollRefusal) -> Self {
        match refusal {
            PollRefusal::IssuedToAnotherClient => Self::IssuedToAnotherClient,
            PollRefusal::OfAnotherRoom => Self::IdUnknown,
            PollRefusal::AlreadyRedeemed => Self::AlreadyRedeemed,
            PollRefusal::TooSoon => Self::PolledTooSoon,
            PollRefusal::Expired => Self::RequestExpired,
            PollRefusal::Denied => Self::Denied,
            PollRefusal::Pending => Self::Pending,
        }
    }
}
