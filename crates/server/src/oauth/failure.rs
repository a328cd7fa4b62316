//! How does an OAuth endpoint say no? (RFC 6749 section 5.2)

use super::cross_origin;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_store::StoreError;

/// A refusal on its way out. The description is static; detail goes to the log only.
#[derive(Debug)]
pub struct Failure {
    code: ErrorCode,
    status: u16,
    description: Cow<'static, str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    pin: PinStatus,
}

#[derive(Serialize)]
struct Wire<'a> {
    error: &'static str,
    error_description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tandem_pin_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tandem_pin_tries_left: Option<u8>,
}

/// What the consumption device hears of a PIN (an extension; BCP 6.1.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PinStatus {
    /// Nothing: none is due.
    NotDue,
    /// It must be sent.
    Due,
    /// The one that was sent is wrong; so many more may be.
    Wrong(u8),
}

impl Failure {
    /// A refusal with this code and explanation.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self {
            code,
            status: code.status(),
            description: Cow::Borrowed(description),
            headers: Vec::new(),
            pin: PinStatus::NotDue,
        }
    }

    /// A refusal explained by one of our own error types, whose texts hold no input.
    pub fn explained(code: ErrorCode, reason: &impl std::fmt::Display) -> Self {
        // RFC 6749 section 5.2 allows no quotes, backslashes, or anything beyond printable ASCII.
        let text = reason.to_string();
        if text.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'`' | b'\\')) {
            return Self { description: text.into(), ..Self::new(code, "") };
        }
        let plain = text.chars().map(|c| match c {
            '"' | '`' => '\'',
            ' '..='~' if c != '\\' => c,
            _ => '?',
        });
        Self { description: plain.collect::<String>().into(), ..Self::new(code, "") }
    }

    /// With another status: an HTTP-level refusal such as 405 or 413.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With a further header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// With `Retry-After`, in whole seconds, at least one.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
        self.with_header(header::RETRY_AFTER, &seconds)
    }

    /// With the word that a PIN must be sent (`tandem_pin_required`).
    #[must_use]
    pub const fn pin_due(mut self) -> Self {
        self.pin = PinStatus::Due;
        self
    }

    /// With the word that the PIN was wrong, and how many more may be sent (`tandem_pin_tries_left`).
    #[must_use]
    pub const fn pin_wrong(mut self, tries_left: u8) -> Self {
        self.pin = PinStatus::Wrong(tries_left);
        self
    }

    /// The code on the wire.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(ErrorCode::TemporarilyUnavailable, "the server cannot store this now; nothing was changed")
            .retry_after(Duration::from_secs(5))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let wire = Wire {
            error: self.code.as_str(),
            error_description: &self.description,
            tandem_pin_required: match self.pin {
                PinStatus::NotDue | PinStatus::Wrong(0) => None,
                PinStatus::Due | PinStatus::Wrong(_) => Some(true),
            },
            tandem_pin_tries_left: match self.pin {
                PinStatus::Wrong(left) => Some(left),
                PinStatus::NotDue | PinStatus::Due => None,
            },
        };
        let body = serde_json::to_vec(&wire).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        cross_origin::open(headers);
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_to_the_characters_of_rfc_6749() {
        let failure = Failure::explained(ErrorCode::InvalidRequest, &"a \"b\" \\ `c`\n é");
        assert_eq!(failure.description, "a 'b' ? 'c'? ?");
    }

    #[test]
    fn retry_after_is_never_zero() {
        let failure = Failure::new(ErrorCode::TooManyRequests, "x").retry_after(Duration::from_millis(1));
        assert_eq!(failure.headers, vec![(header::RETRY_AFTER, HeaderValue::from_static("1"))]);
    }
}
