//! What does a transmitter hear when its token is not taken? (RFC 8935 sections 2.3 and 2.4)

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::shared_signals::received::{SetError, SetRefusal};
use tandem_store::StoreError;

/// How long a transmitter is asked to wait when the store, or its own keys, cannot be reached.
const UNAVAILABLE_FOR: Duration = Duration::from_secs(5);

/// Why a token was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody pushes to this address.
    NobodysAddress,
    /// Not a POST.
    Method,
    /// The body does not have the media type of a SET.
    MediaType,
    /// The body is too large.
    TooLarge,
    /// The body did not arrive whole.
    Broken,
    /// The body is no text.
    NoText,
    /// Too many came.
    TooMany(Duration),
    /// The token is not good.
    Set(SetRefusal),
    /// It could not be written down: it should come again.
    Unavailable,
    /// The keys that its transmitter publishes cannot be read: it should come again.
    NoKeys,
}

#[derive(Serialize)]
struct Wire<'a> {
    err: &'static str,
    description: &'a str,
}

impl From<SetRefusal> for Refusal {
    fn from(refusal: SetRefusal) -> Self {
        Self::Set(refusal)
    }
}

impl From<StoreError> for Refusal {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl Refusal {
    /// Refuses a try beyond a limit.
    pub fn unless_within(attempt: Attempt) -> Result<(), Self> {
        match attempt {
            Attempt::Within => Ok(()),
            Attempt::Exceeded { retry_after } => Err(Self::TooMany(retry_after)),
        }
    }

    /// The word under which it is counted.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::NobodysAddress => "unknown_transmitter",
            Self::Method | Self::MediaType | Self::TooLarge | Self::Broken | Self::NoText => {
                SetError::InvalidRequest.as_str()
            }
            Self::TooMany(_) => "rate_limited",
            Self::Set(refusal) => refusal.error().as_str(),
            Self::Unavailable => "unavailable",
            Self::NoKeys => "keys_unavailable",
        }
    }

    /// What the log and the transmitter's operator read. Nothing of the token is repeated.
    pub fn description(self) -> String {
        match self {
            Self::NobodysAddress => "nobody pushes to this address".to_owned(),
            Self::Method => "this address takes POST".to_owned(),
            Self::MediaType => "the content type must be application/secevent+jwt".to_owned(),
            Self::TooLarge => "the body is too large".to_owned(),
            Self::Broken => "the body did not arrive whole".to_owned(),
            Self::NoText => "the body is not text".to_owned(),
            Self::TooMany(_) => "too many tokens came".to_owned(),
            Self::Set(refusal) => refusal.to_string(),
            Self::Unavailable => "the token could not be written down".to_owned(),
            Self::NoKeys => "your keys could not be read".to_owned(),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NobodysAddress => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable | Self::NoKeys => StatusCode::SERVICE_UNAVAILABLE,
            Self::MediaType | Self::Broken | Self::NoText | Self::Set(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The code, where the token and not HTTP is at fault.
    const fn error(self) -> Option<SetError> {
        match self {
            Self::Set(refusal) => Some(refusal.error()),
            Self::MediaType | Self::TooLarge | Self::Broken | Self::NoText => Some(SetError::InvalidRequest),
            Self::NobodysAddress | Self::Method | Self::TooMany(_) | Self::Unavailable | Self::NoKeys => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match self.error() {
            Some(error) => {
                let description = self.description();
                let wire = Wire { err: error.as_str(), description: &description };
                // Two texts always serialise.
                let mut response = Response::new(Body::from(serde_json::to_vec(&wire).unwrap_or_default()));
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static("en"));
                response
            }
            None => Response::new(Body::empty()),
        };
        *response.status_mut() = self.status();
        let wait = match self {
            Self::TooMany(wait) => Some(wait),
            Self::Unavailable | Self::NoKeys => Some(UNAVAILABLE_FOR),
            _ => None,
        };
        let seconds = wait.map(|wait| wait.as_millis().div_ceil(1000).max(1).to_string());
        let mut put = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        put(header::CACHE_CONTROL, "no-store");
        if let Some(seconds) = seconds {
            put(header::RETRY_AFTER, &seconds);
        }
        if self == Self::Method {
            put(header::ALLOW, "POST");
        }
        response
    }
}
