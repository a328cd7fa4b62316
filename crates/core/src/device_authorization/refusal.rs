//! Why does this room say no, precisely?

use crate::crossing::TransitionRefusal;
use crate::mitigations::{Ask, Hindrance, Reason};
use crate::oauth::error_code::ErrorCode;
use crate::oauth::initiation::InitiationError;
use std::time::Duration;

/// Every reason of the device authorization grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The client did not register this grant.
    #[error("this client may not use the device authorization grant")]
    GrantNotAllowed,
    /// The scope has characters that no scope has.
    #[error("the scope is malformed")]
    ScopeMalformed,
    /// The scope is beyond what the client registered.
    #[error("the scope has a value that this client may not ask for")]
    ScopeNotAllowed,
    /// The nonce is too long.
    #[error("the nonce is longer than 256 bytes")]
    NonceTooLong,
    /// What the device brings along is malformed.
    #[error(transparent)]
    Initiation(#[from] InitiationError),
    /// The device must prove that it is registered or attested.
    #[error("only registered or attested devices may ask: the proof of one is missing")]
    DeviceProofMissing,
    /// Somebody must sign in on the device first.
    #[error("a tandem_initiator_token of a recent, phishing-resistant sign-in on this device is required")]
    SignInMissing,
    /// The person must type something on the device first.
    #[error("tandem_binding_data is required: what the person typed on this device")]
    BindingMissing,
    /// The device must draw living QR codes.
    #[error(
        "tandem_living_qr=true is required: only a QR code that this device draws anew opens its request"
    )]
    LivingQrMissing,
    /// The network may not ask.
    #[error("requests from this network are not accepted")]
    NetworkNotTrusted,
    /// The kind of device may not ask.
    #[error("this kind of device may not ask: see tandem_device_type")]
    DeviceKind,
    /// The device's state.
    #[error("this device is not known as compliant")]
    DeviceNotCompliant,
    /// The poll has no device code.
    #[error("device_code is missing")]
    CodeMissing,
    /// Never issued, or forgotten.
    #[error("the device code is unknown")]
    CodeUnknown,
    /// Another client's.
    #[error("the device code was issued to another client")]
    IssuedToAnotherClient,
    /// Collected before.
    #[error("the device code was redeemed before")]
    AlreadyRedeemed,
    /// Polled before the interval was over.
    #[error("polled too soon; add five seconds to the interval")]
    PolledTooSoon,
    /// Its time is over.
    #[error("the device code has expired")]
    CodeExpired,
    /// The person said no.
    #[error("the person denied the request")]
    Denied,
    /// A sign of misuse ended it.
    #[error("the request was ended because of a sign of misuse")]
    Ended,
    /// Nobody answered yet.
    #[error("nobody has answered yet")]
    Pending,
    /// Another key than the one pinned at initiation.
    #[error("the DPoP proof is of another key than the one shown at the device authorization endpoint")]
    ForeignKey,
    /// A DPoP proof is demanded.
    #[error("a DPoP proof is required")]
    ProofMissing,
    /// A client certificate is demanded.
    #[error("a client certificate is required: this client's tokens are bound to it")]
    CertificateMissing,
    /// Too many requests.
    #[error("too many requests")]
    RateExceeded {
        /// When the next can succeed.
        retry_after: Duration,
    },
    /// The person said yes; the PIN that their phone shows must be typed on the device.
    #[error("the PIN that the phone shows must be sent as tandem_pin")]
    PinDue,
    /// Another PIN came.
    #[error("the PIN is wrong")]
    PinWrong {
        /// How many more may be sent; none: the request has ended.
        tries_left: u8,
    },
    /// Policy refuses.
    #[error("policy refuses this request")]
    Policy,
}

impl Refusal {
    /// The code on the wire.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::GrantNotAllowed => ErrorCode::UnauthorizedClient,
            Self::ScopeMalformed | Self::ScopeNotAllowed => ErrorCode::InvalidScope,
            Self::NonceTooLong
            | Self::Initiation(_)
            | Self::DeviceProofMissing
            | Self::SignInMissing
            | Self::BindingMissing
            | Self::LivingQrMissing
            | Self::CodeMissing
            | Self::ProofMissing
            | Self::CertificateMissing => ErrorCode::InvalidRequest,
            Self::CodeUnknown | Self::IssuedToAnotherClient | Self::AlreadyRedeemed | Self::ForeignKey => {
                ErrorCode::InvalidGrant
            }
            Self::PolledTooSoon => ErrorCode::SlowDown,
            Self::CodeExpired => ErrorCode::ExpiredToken,
            Self::NetworkNotTrusted
            | Self::DeviceKind
            | Self::DeviceNotCompliant
            | Self::Denied
            | Self::Ended
            | Self::Policy
            | Self::PinWrong { tries_left: 0 } => ErrorCode::AccessDenied,
            Self::Pending | Self::PinDue | Self::PinWrong { .. } => ErrorCode::AuthorizationPending,

            Self::RateExceeded { .. } => ErrorCode::TooManyRequests,
        }
    }
}

impl From<TransitionRefusal> for Refusal {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::CodeExpired,
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
            Hindrance::Asked(asked) if asked.contains(&Ask::LivingQr) => Self::LivingQrMissing,
            Hindrance::Asked(asked) if asked.contains(&Ask::Pin) => Self::PinDue,
            Hindrance::Refused(_, Reason::RateExceeded { retry_after }) => Self::RateExceeded { retry_after },
            Hindrance::Refused(_, Reason::ForeignKey) => Self::ForeignKey,
            Hindrance::Refused(_, Reason::CodeExpired) => Self::CodeExpired,
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
