//! Which receiver calls, and what does it say? What the endpoints of streams share.

use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::failure::Failure;
use crate::oauth::service_token;
use crate::rate_limits::Caller;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::service_scope::{SSF_MANAGE, SSF_READ};
use tandem_core::shared_signals::request::Malformed;
use tandem_core::time::Timestamp;

/// The longest name of a stream that is looked up.
const LONGEST_ID: usize = 256;

/// A call of a receiver.
pub(super) struct Called {
    /// Who.
    pub client_id: Arc<str>,
    /// Whether it may change streams, or only read.
    pub may_manage: bool,
    /// When.
    pub now: Timestamp,
    parts: Parts,
    body: Body,
}

/// A receiver that may read.
pub(super) async fn reader(app: &App, request: Request) -> Result<Called, Failure> {
    called(app, request, &[SSF_READ, SSF_MANAGE]).await
}

/// A receiver that may change, and has not changed too much lately: each change is a write.
pub(super) async fn manager(app: &App, request: Request) -> Result<Called, Failure> {
    let called = called(app, request, &[SSF_MANAGE]).await?;
    match app.limits.stream_client.take(&Caller::Name(&called.client_id), called.now) {
        Attempt::Within => Ok(called),
        Attempt::Exceeded { retry_after } => {
            let description = "too many changes of streams in too short a time";
            Err(Failure::new(ErrorCode::TooManyRequests, description).retry_after(retry_after))
        }
    }
}

async fn called(app: &App, request: Request, scopes: &[&str]) -> Result<Called, Failure> {
    let (parts, body) = request.into_parts();
    let now = app.clock.now();
    let caller = service_token::require(app, &parts, scopes, now).await?;
    Ok(Called {
        client_id: Arc::clone(&caller.client.client_id),
        may_manage: caller.scope.contains(SSF_MANAGE),
        now,
        parts,
        body,
    })
}

impl Called {
    /// `stream_id` of the query; at most one.
    pub fn stream_id(&self) -> Result<Option<String>, Failure> {
        let query = self.parts.uri.query().unwrap_or_default();
        let mut given = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "stream_id");
        let first = given.next().map(|(_, value)| value.into_owned());
        match (&first, given.next()) {
            (_, Some(_)) => Err(refused("stream_id is repeated")),
            (Some(id), None) if id.len() > LONGEST_ID => Err(unknown_stream()),
            (_, None) => Ok(first),
        }
    }

    /// The body, of at most this many bytes or the configured limit, whichever is greater.
    pub async fn body(self, app: &App, most: usize) -> Result<Bytes, Failure> {
        if !is_json(&self.parts.headers) {
            return Err(refused("the Content-Type must be application/json"));
        }
        let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX).max(most);
        read_body(self.body, limit).await.map_err(|error| {
            let status = if error == BodyError::TooLarge { 413 } else { 400 };
            Failure::explained(ErrorCode::InvalidRequest, &error).with_status(status)
        })
    }
}

/// JSON, or nothing said.
fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(first) = declared.next() else { return true };
    let essence = first.to_str().ok().and_then(|value| value.split(';').next());
    declared.next().is_none()
        && essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::explained(ErrorCode::InvalidRequest, &malformed)
    }
}

/// 400.
pub(super) const fn refused(description: &'static str) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, description)
}

/// The same words whether there never was such a stream, or it is somebody else's.
pub(super) const fn unknown_stream() -> Failure {
    Failure::new(ErrorCode::InvalidRequest, "there is no such stream").with_status(404)
}

/// JSON with this status.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let mut response = answer::json(value);
    *response.status_mut() = status;
    response
}

/// Nothing but a status.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer on its way out.
pub(super) fn respond(answer: Result<Response, Failure>) -> Response {
    answer.unwrap_or_else(|failure| {
        metrics::refused("ssf", failure.code().as_str());
        failure.into_response()
    })
}

/// The router says which method is wanted.
pub(super) async fn wrong_method() -> Response {
    refused("this endpoint does not take this method").with_status(405).into_response()
}
