//! What is answered where no handler came to an answer?

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::fmt;
use std::sync::Arc;

/// Why a handler gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It panicked: a mistake in the program.
    Panicked,
    /// The request's body did not arrive in time.
    RequestTooSlow,
    /// The server did not finish in time.
    AnswerTooSlow,
}

impl Fault {
    /// The status to answer with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Self::RequestTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::AnswerTooSlow => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A word for logs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Panicked => "panicked",
            Self::RequestTooSlow => "request_too_slow",
            Self::AnswerTooSlow => "answer_too_slow",
        }
    }
}

/// Makes the answer to a fault at a route (its template): a page, or a protocol's error object.
#[derive(Clone)]
pub struct FaultAnswer(Arc<Answer>);

type Answer = dyn Fn(Fault, &str) -> Response + Send + Sync;

impl FaultAnswer {
    /// Answers so. The edge sees to the status and to caching; the function gives the form.
    pub fn new(answer: impl Fn(Fault, &str) -> Response + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer))
    }

    pub(super) fn answer(&self, fault: Fault, route: &str) -> Response {
        let mut response = (self.0)(fault, route);
        *response.status_mut() = fault.status();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match fault {
            // What is left of the body would be read as the next request.
            Fault::RequestTooSlow => headers.insert(header::CONNECTION, HeaderValue::from_static("close")),
            Fault::AnswerTooSlow => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5")),
            Fault::Panicked => None,
        };
        response
    }
}

impl fmt::Debug for FaultAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultAnswer")
    }
}

impl Default for FaultAnswer {
    /// An OAuth error object (RFC 6749 section 5.2).
    fn default() -> Self {
        Self::new(|fault, _| {
            let text = match fault {
                Fault::Panicked => {
                    r#"{"error":"server_error","error_description":"something went wrong here; the log says more"}"#
                }
                Fault::RequestTooSlow => {
                    r#"{"error":"invalid_request","error_description":"the request did not arrive in time"}"#
                }
                Fault::AnswerTooSlow => {
                    r#"{"error":"temporarily_unavailable","error_description":"the answer took too long"}"#
                }
            };
            let mut response = Response::new(Body::from(text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        })
    }
}
