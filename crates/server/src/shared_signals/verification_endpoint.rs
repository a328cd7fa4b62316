//! The verification endpoint: does a stream work, from end to end? (SSF 1.0 section 8.1.4)

use super::call::{self, empty, refused, respond, unknown_stream};
use crate::app::App;
use crate::oauth::failure::Failure;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::shared_signals::request::WantedVerification;
use tandem_store::{VerificationAsked, Verified};

/// POST.
pub async fn verify(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(verify_stream(&app, request).await)
}

async fn verify_stream(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let (client_id, now) = (called.client_id.to_string(), called.now);
    let WantedVerification { stream_id, state } = WantedVerification::parse(&called.body(app, 0).await?)?;
    let not_within = Duration::from_secs(app.config.ssf.min_verification_interval.into());
    let issuer = app.issuer().to_owned();
    let asked = VerificationAsked { stream_id, client_id, state, issuer, not_within };
    match app.store.verify_stream(asked, now).await?.ok_or_else(unknown_stream)? {
        Verified::Sent => Ok(empty(StatusCode::NO_CONTENT)),
        Verified::Disabled => Err(refused("the stream is disabled: enable it first")),
        Verified::TooSoon { soonest } => {
            let description = "the stream was verified less than min_verification_interval ago";
            Err(Failure::new(ErrorCode::TooManyRequests, description).retry_after(soonest.since(now)))
        }
    }
}
