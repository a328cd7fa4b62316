//! For which reasons is a Security Event Token not taken, and what does its transmitter hear? (RFC 8935 section 2.4)

use crate::jose::JwsError;
use crate::shared_signals::SubjectError;

/// The codes of RFC 8935 section 2.4, "Security Event Token Error Codes".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetError {
    /// The body is no SET, or the event is not what its definition says.
    InvalidRequest,
    /// The key that signed it is not acceptable.
    InvalidKey,
    /// Its issuer is not who may send here.
    InvalidIssuer,
    /// It is for somebody else.
    InvalidAudience,
    /// The transmitter did not show who it is.
    AuthenticationFailed,
    /// The transmitter may not send this.
    AccessDenied,
}

impl SetError {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::InvalidRequest,
        Self::InvalidKey,
        Self::InvalidIssuer,
        Self::InvalidAudience,
        Self::AuthenticationFailed,
        Self::AccessDenied,
    ];

    /// The word on the wire: the member `err`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidKey => "invalid_key",
            Self::InvalidIssuer => "invalid_issuer",
            Self::InvalidAudience => "invalid_audience",
            Self::AuthenticationFailed => "authentication_failed",
            Self::AccessDenied => "access_denied",
        }
    }
}

/// Why a SET was refused. The texts hold nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetRefusal {
    /// The transmitter is known by a header value, and this is not it.
    #[error("the Authorization header is not the agreed one")]
    Authorization,
    /// Not a well-formed, well-signed, current JWT for us.
    #[error("{0}")]
    Jws(#[from] JwsError),
    /// A claim that a SET must not have (SSF 1.0 sections 4.1.3 and 4.1.7).
    #[error("the claim `{0}` has no place in a security event token")]
    Forbidden(&'static str),
    /// `events` has none or several.
    #[error("`events` must hold exactly one event")]
    NotOneEvent,
    /// The event is not what its definition says.
    #[error("the member `{0}` of the event is missing or malformed")]
    Member(&'static str),
    /// Nobody is named in a way that can be read.
    #[error("`sub_id`: {0}")]
    Subject(#[from] SubjectError),
}

impl SetRefusal {
    /// What the transmitter hears.
    pub const fn error(self) -> SetError {
        match self {
            Self::Authorization => SetError::AuthenticationFailed,
            Self::Jws(
                JwsError::AlgorithmUnsupported
                | JwsError::AlgorithmNotAllowed
                | JwsError::KeyUnknown
                | JwsError::KeyAmbiguous
                | JwsError::SignatureInvalid,
            ) => SetError::InvalidKey,
            Self::Jws(JwsError::IssuerMismatch) => SetError::InvalidIssuer,
            Self::Jws(JwsError::AudienceMismatch) => SetError::InvalidAudience,
            Self::Jws(_) | Self::Forbidden(_) | Self::NotOneEvent | Self::Member(_) | Self::Subject(_) => {
                SetError::InvalidRequest
            }
        }
    }
}
