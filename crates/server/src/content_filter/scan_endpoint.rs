//! Is there a live code in this message? `POST /content-filter/scan`, for filters of mail and chat.

use super::{Asker, SCAN, Trouble, answer, call, examine};
use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::oauth::answer as oauth_answer;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::oauth::service_token;
use crate::rate_limits::Caller;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::oauth::error_code::ErrorCode;

/// The scope that a token needs.
const SCOPE: &str = "content_filter.scan";
/// How long a message waits for its turn; then its sender does.
const PATIENCE: Duration = Duration::from_secs(2);

/// `POST /content-filter/scan`.
pub async fn scan_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    nonce.answer(&app, Audience::ResourceServer, "content_filter_scan", answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(Failure::new(ErrorCode::InvalidRequest, "this endpoint takes POST")
            .with_status(405)
            .with_header(header::ALLOW, "POST"));
    }
    let now = app.clock.now();
    let caller = service_token::require(app, &parts, &[SCOPE], now).await?;
    let kind = call::body(&parts)?;
    if let Attempt::Exceeded { retry_after } =
        app.filter.scan_client.take(&Caller::Name(&caller.client.client_id), now)
    {
        return Err(Failure::new(ErrorCode::TooManyRequests, "too many messages in too short a time")
            .retry_after(retry_after));
    }
    // Whoever cannot be served does not send a message of many megabytes first.
    let ticket = app.filter.pool.ticket().ok_or_else(busy)?;
    let most = usize::try_from(app.config.content_filter.max_bytes).unwrap_or(usize::MAX);
    let body = read_body(body, call::limit(kind, most)).await.map_err(|error| {
        let status = if error == BodyError::TooLarge { 413 } else { 400 };
        Failure::explained(ErrorCode::InvalidRequest, &error).with_status(status)
    })?;
    let asker = Asker::Client(Arc::clone(&caller.client.client_id));
    let message = call::message(&parts, kind, body, most, asker)?;
    let judgement = examine(app, ticket, message, PATIENCE).await.map_err(|trouble| match trouble {
        Trouble::Busy => busy(),
        Trouble::Failed => Failure::explained(ErrorCode::TemporarilyUnavailable, &trouble)
            .retry_after(Duration::from_secs(30)),
    })?;
    tracing::debug!(endpoint = SCAN, client = %caller.client.client_id, "a message was looked at");
    Ok(oauth_answer::json(&answer::wire(&judgement)))
}

fn busy() -> Failure {
    Failure::explained(ErrorCode::TemporarilyUnavailable, &Trouble::Busy).retry_after(Duration::from_secs(2))
}
