//! How do a page's scripts talk to us? JSON from the same origin, with the page's CSRF token in `X-CSRF-Token`.

use super::browser::Browser;
use super::form::content_type;
use super::same_origin::is_same_origin;
use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::edge::request_id::RequestId;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tandem_store::StoreError;

/// Why a script's request was not fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFailure {
    /// Another content type, no JSON, or not the members that are wanted.
    #[error("the request is not the JSON that is wanted here")]
    NotUnderstood,
    /// Larger than `limits.max_body_bytes`.
    #[error("the request is too large")]
    TooLarge,
    /// Another origin, or no valid CSRF token.
    #[error("the request did not come from a page of ours")]
    Csrf,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// The person signed in too long ago for this.
    #[error("the person must sign in again for this")]
    SignInAgain,
    /// The ceremony is unknown, used or over, or the authenticator's answer is not good. Which one is for the log.
    #[error("the passkey was not accepted")]
    NotAccepted,
    /// The person has as many passkeys as they may.
    #[error("no more passkeys can be added")]
    TooMany,
    /// The person has as many authorization devices as they may.
    #[error("no more authorization devices can be added")]
    TooManyDevices,
    /// The device is somebody else's.
    #[error("the device belongs to somebody else")]
    Taken,
    /// There is no such device of this person.
    #[error("the person has no such device")]
    Unknown,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// Seconds until the next one is heard.
        retry_after: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The WebAuthn library failed.
    #[error("the passkey options could not be made")]
    Internal,
}

#[derive(Debug, Serialize)]
struct Refusal {
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<&'static str>,
}

impl JsonFailure {
    const fn word(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotUnderstood => (StatusCode::BAD_REQUEST, "not_understood"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Csrf => (StatusCode::FORBIDDEN, "csrf"),
            Self::SignedOut => (StatusCode::FORBIDDEN, "signed_out"),
            Self::SignInAgain => (StatusCode::FORBIDDEN, "sign_in_again"),
            Self::NotAccepted => (StatusCode::BAD_REQUEST, "not_accepted"),
            Self::TooMany | Self::TooManyDevices => (StatusCode::CONFLICT, "too_many"),
            Self::Taken => (StatusCode::CONFLICT, "taken"),
            Self::Unknown => (StatusCode::NOT_FOUND, "unknown"),
            Self::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, "throttled"),
            Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// The answer. `redirect` says where the person can mend it, if that is a page.
    pub fn respond(&self, id: &RequestId) -> Response {
        match self {
            Self::Store(error) => tracing::error!(request_id = %id, %error, "the store failed"),
            other => tracing::info!(request_id = %id, failure = %other, "a script's request was refused"),
        }
        let (status, error) = self.word();
        let redirect = match self {
            Self::SignedOut => Some("/sign-in?next=/account"),
            Self::SignInAgain => Some(super::sign_in::AGAIN_FOR_ACCOUNT),
            _ => None,
        };
        let mut response = respond(status, &Refusal { error, redirect });
        if let Self::Throttled { retry_after } = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }
}

/// A JSON answer.
pub fn respond(status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(json) = serde_json::to_vec(body) else {
        let mut failed = Response::new(Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return failed;
    };
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Reads a request of a page that we gave to this browser.
pub async fn read<T: DeserializeOwned>(
    app: &App,
    browser: &Browser,
    request: Request,
) -> Result<T, JsonFailure> {
    let (parts, body) = request.into_parts();
    let token = single(&parts.headers, "x-csrf-token");
    if !is_same_origin(&app.config.issuer, &parts.headers) || !browser.csrf_holds(app, token) {
        return Err(JsonFailure::Csrf);
    }
    let essence = content_type(&parts.headers).and_then(|value| value.split(';').next()).map(str::trim);
    if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        return Err(JsonFailure::NotUnderstood);
    }
    let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX);
    let body = read_body(body, limit).await.map_err(|error| match error {
        BodyError::TooLarge => JsonFailure::TooLarge,
        BodyError::Broken => JsonFailure::NotUnderstood,
    })?;
    serde_json::from_slice(&body).map_err(|_| JsonFailure::NotUnderstood)
}

/// The value of a header that came once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
