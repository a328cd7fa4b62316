//! Why does this room say no, precisely?

mod causes;

use crate::crossing::Hint;
use crate::jose::JwsError;
use crate::oauth::authorization_details::DetailsRefusal;
use crate::oauth::error_code::ErrorCode;
use crate::oauth::initiation::InitiationError;
use std::time::Duration;

/// Every reason of this flow: first of the backchannel authentication endpoint, then of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The client did not register for this flow.
    #[error("this client may not use CIBA")]
    GrantNotAllowed,
    /// The client, or its profile, signs its requests, and this one is not signed.
    #[error("this client must sign its request: the request parameter is missing")]
    RequestUnsigned,
    /// A JWE.
    #[error("encrypted requests are not supported")]
    RequestEncrypted,
    /// The client registered no keys.
    #[error("this client has no registered keys to sign a request with")]
    RequestKeysMissing,
    /// A parameter stands beside the signed request.
    #[error("{0} must not stand beside the request parameter")]
    ParameterBesideRequest(&'static str),
    /// The signed request does not hold.
    #[error("the signed request does not hold: {0}")]
    RequestJws(#[source] JwsError),
    /// `jti` is empty or too long.
    #[error("the jti of the signed request must be 1 to 256 characters")]
    RequestJti,
    /// `nbf` is too long ago.
    #[error("the nbf of the signed request is more than 60 minutes ago")]
    RequestTooOld,
    /// It is valid for too long.
    #[error("the signed request is valid for more than 60 minutes")]
    RequestLifetime,
    /// The same signed request came before.
    #[error("the signed request was used before")]
    RequestReplayed,
    /// A member of the signed request has the wrong JSON type.
    #[error("{0} has the wrong type in the signed request")]
    ParameterType(&'static str),
    /// There is no scope.
    #[error("scope is missing")]
    ScopeMissing,
    /// The scope has characters that no scope has.
    #[error("the scope is malformed")]
    ScopeMalformed,
    /// The scope lacks `openid`.
    #[error("the scope must contain openid")]
    OpenIdMissing,
    /// The scope is beyond what the client registered.
    #[error("the scope has a value that this client may not ask for")]
    ScopeNotAllowed,
    /// Nobody is named.
    #[error("one of login_hint, login_hint_token and id_token_hint is required")]
    HintMissing,
    /// Somebody is named twice.
    #[error("only one of login_hint, login_hint_token and id_token_hint may be sent")]
    HintRepeated,
    /// The hint is too long, or has characters that no name has.
    #[error("{} is malformed or too long", .0.as_str())]
    HintMalformed(Hint),
    /// Ping and push need a token for the callback.
    #[error("client_notification_token is missing")]
    NotificationTokenMissing,
    /// The token is no bearer token, or easy to guess.
    #[error("client_notification_token must be a bearer token of 22 to 1024 characters")]
    NotificationTokenMalformed,
    /// The binding message cannot be shown.
    #[error("binding_message must be 1 to 64 letters, digits, spaces and common punctuation")]
    BindingMessageUnfit,
    /// The person has a user code, and none was sent.
    #[error("user_code is missing")]
    UserCodeMissing,
    /// It is not the person's.
    #[error("user_code is wrong")]
    UserCodeWrong,
    /// No positive whole number.
    #[error("requested_expiry must be a positive whole number of seconds")]
    ExpiryMalformed,
    /// Too many or too long classes.
    #[error("acr_values must be at most 16 printable values")]
    AcrValuesMalformed,
    /// The authorization details cannot be granted.
    #[error(transparent)]
    Details(#[from] DetailsRefusal),
    /// No JSON object, or too long.
    #[error("request_context must be a JSON object of at most 4 KiB")]
    ContextMalformed,
    /// A resource that is no URI, or not this client's.
    #[error("resource must be an absolute URI that this client may ask for")]
    TargetUnknown,
    /// What the device brings along is malformed.
    #[error(transparent)]
    Initiation(InitiationError),
    /// Nothing tells this request from another.
    #[error("binding_message, authorization_details or request_context is required")]
    ContextMissing,
    /// No issuer of login hint tokens is known by that name.
    #[error("the login_hint_token is of an unknown issuer")]
    HintTokenIssuerUnknown,
    /// The login hint token does not hold.
    #[error("the login_hint_token does not hold: {0}")]
    HintToken(#[source] JwsError),
    /// It holds, and is over.
    #[error("the login_hint_token has expired")]
    HintTokenExpired,
    /// It names a person in no way that is known here.
    #[error("the login_hint_token names nobody in a supported format")]
    HintTokenSubject,
    /// The ID token does not hold.
    #[error("the id_token_hint does not hold: {0}")]
    IdToken(#[source] JwsError),
    /// Its end is too long ago.
    #[error("the id_token_hint is too old")]
    IdTokenTooOld,
    /// The hint names nobody who can be asked.
    #[error("the hint names nobody who can be asked")]
    UnknownUser,
    /// The person has as many open requests as they may.
    #[error("too many requests are waiting for this person")]
    TooManyOpen,
    /// The person said no to this client, not long ago.
    #[error("this person does not want to be asked now")]
    CoolingDown {
        /// When the next request can be heard.
        retry_after: Duration,
    },
    /// The client may ask nobody at this time.
    #[error("this client may not ask at this time")]
    QuietHours,
    /// Too many requests.
    #[error("too many requests")]
    RateExceeded {
        /// When the next can succeed.
        retry_after: Duration,
    },
    /// The device must prove that it is registered or attested.
    #[error("only registered or attested devices may ask: the proof of one is missing")]
    DeviceProofMissing,
    /// Somebody must sign in on the device first.
    #[error("a tandem_initiator_token of a recent, phishing-resistant sign-in on this device is required")]
    SignInMissing,
    /// Somebody else signed in on the device than the one who is asked.
    #[error("the tandem_initiator_token names somebody else than the hint: only the same person may approve")]
    InitiatorNotAsked,
    /// The person must type something on the device first.
    #[error("tandem_binding_data is required: what the person typed on this device")]
    BindingMissing,
    /// The network may not ask.
    #[error("requests from this network are not accepted")]
    NetworkNotTrusted,
    /// The kind of device may not ask.
    #[error("this kind of device may not ask: see tandem_device_type")]
    DeviceKind,
    /// The device's state.
    #[error("this device is not known as compliant")]
    DeviceNotCompliant,
    /// Policy refuses before anybody is asked.
    #[error("policy refuses this request")]
    PolicyBeforehand,

    /// The poll has no `auth_req_id`.
    #[error("auth_req_id is missing")]
    IdMissing,
    /// Never issued here, or forgotten.
    #[error("the auth_req_id is unknown")]
    IdUnknown,
    /// Another client's.
    #[error("the auth_req_id was issued to another client")]
    IssuedToAnotherClient,
    /// Collected before.
    #[error("the auth_req_id was redeemed before")]
    AlreadyRedeemed,
    /// Polled before the interval was over.
    #[error("polled too soon; add five seconds to the interval")]
    PolledTooSoon,
    /// Polled too soon again and again.
    #[error("polled too soon too often; wait for the interval or give up")]
    PollsTooOften,
    /// Its time is over.
    #[error("the auth_req_id has expired")]
    RequestExpired,
    /// The person said no.
    #[error("the person denied the request")]
    Denied,
    /// A sign of misuse ended it.
    #[error("the request was ended because of a sign of misuse")]
    Ended,
    /// Nobody answered yet.
    #[error("nobody has answered yet")]
    Pending,
    /// The tokens are pushed.
    #[error("this client is given its tokens at its notification endpoint and may not poll")]
    DeliveredByPush,
    /// Another key than the one pinned at initiation.
    #[error("the DPoP proof is of another key than the one shown at the backchannel authentication endpoint")]
    ForeignKey,
    /// A DPoP proof is demanded.
    #[error("a DPoP proof is required")]
    ProofMissing,
    /// A certificate is demanded.
    #[error("a client certificate is required")]
    CertificateMissing,
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
    /// The code on the wire. Whatever is wrong with a JWT is an `invalid_request` (section 13).
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::GrantNotAllowed | Self::DeliveredByPush => ErrorCode::UnauthorizedClient,
            Self::RequestUnsigned
            | Self::RequestEncrypted
            | Self::RequestKeysMissing
            | Self::ParameterBesideRequest(_)
            | Self::RequestJws(_)
            | Self::RequestJti
            | Self::RequestTooOld
            | Self::RequestLifetime
            | Self::RequestReplayed
            | Self::ParameterType(_)
            | Self::ScopeMissing
            | Self::HintMissing
            | Self::HintRepeated
            | Self::HintMalformed(_)
            | Self::NotificationTokenMissing
            | Self::NotificationTokenMalformed
            | Self::ExpiryMalformed
            | Self::AcrValuesMalformed
            | Self::ContextMalformed
            | Self::Initiation(_)
            | Self::DeviceProofMissing
            | Self::SignInMissing
            | Self::BindingMissing
            | Self::ContextMissing
            | Self::HintTokenIssuerUnknown
            | Self::HintToken(_)
            | Self::HintTokenSubject
            | Self::IdToken(_)
            | Self::IdTokenTooOld
            | Self::IdMissing
            | Self::PollsTooOften
            | Self::ProofMissing
            | Self::CertificateMissing => ErrorCode::InvalidRequest,
            Self::ScopeMalformed | Self::OpenIdMissing | Self::ScopeNotAllowed => ErrorCode::InvalidScope,
            Self::BindingMessageUnfit => ErrorCode::InvalidBindingMessage,
            Self::UserCodeMissing => ErrorCode::MissingUserCode,
            Self::UserCodeWrong => ErrorCode::InvalidUserCode,
            Self::Details(_) => ErrorCode::InvalidAuthorizationDetails,
            Self::TargetUnknown => ErrorCode::InvalidTarget,
            Self::HintTokenExpired => ErrorCode::ExpiredLoginHintToken,
            Self::UnknownUser => ErrorCode::UnknownUserId,
            Self::TooManyOpen
            | Self::CoolingDown { .. }
            | Self::QuietHours
            | Self::InitiatorNotAsked
            | Self::NetworkNotTrusted
            | Self::DeviceKind
            | Self::DeviceNotCompliant
            | Self::PolicyBeforehand => ErrorCode::AccessDeniedBeforehand,
            Self::RateExceeded { .. } => ErrorCode::TooManyRequests,
            Self::IdUnknown | Self::IssuedToAnotherClient | Self::AlreadyRedeemed | Self::ForeignKey => {
                ErrorCode::InvalidGrant
            }
            Self::PolledTooSoon => ErrorCode::SlowDown,
            Self::RequestExpired => ErrorCode::ExpiredToken,
            Self::Denied | Self::Ended | Self::Policy | Self::PinWrong { tries_left: 0 } => {
                ErrorCode::AccessDenied
            }
            Self::Pending | Self::PinDue | Self::PinWrong { .. } => ErrorCode::AuthorizationPending,
        }
    }

    /// When the next request can succeed, if that is known.
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::CoolingDown { retry_after } | Self::RateExceeded { retry_after } => Some(retry_after),
            _ => None,
        }
    }
}
