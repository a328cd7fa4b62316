//! Of whom does a receiver want to hear? Subjects are added and removed. (SSF 1.0 section 8.1.3)
//!
//! The answer never says whether there is such a person here: what was said is kept, and compared when something happens.

use super::call::{self, empty, respond, unknown_stream};
use crate::app::App;
use crate::oauth::failure::Failure;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::shared_signals::request::WantedSubject;
use tandem_store::Addition;

/// POST: the receiver wants to hear of it.
pub async fn add(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(add_subject(&app, request).await)
}

/// POST: the receiver does not want to hear of it.
pub async fn remove(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(remove_subject(&app, request).await)
}

async fn add_subject(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let (client_id, now) = (Arc::clone(&called.client_id), called.now);
    let WantedSubject { stream_id, subject } = WantedSubject::parse(&called.body(app, 0).await?)?;
    let most = app.config.ssf.subjects_per_stream.into();
    let added = app.store.add_subject(&stream_id, &client_id, subject, most, now).await?;
    done(added, StatusCode::OK)
}

async fn remove_subject(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let (client_id, now) = (Arc::clone(&called.client_id), called.now);
    let WantedSubject { stream_id, subject } = WantedSubject::parse(&called.body(app, 0).await?)?;
    let ssf = &app.config.ssf;
    let bounds = (ssf.subjects_per_stream.into(), Duration::from_secs(ssf.removal_grace.into()));
    let removed = app.store.remove_subject(&stream_id, &client_id, subject, bounds, now).await?;
    done(removed, StatusCode::NO_CONTENT)
}

fn done(outcome: Option<Addition>, status: StatusCode) -> Result<Response, Failure> {
    match outcome {
        Some(Addition::Done) => Ok(empty(status)),
        Some(Addition::TooMany) => {
            let description = "this stream has as many subjects as it may";
            Err(Failure::new(ErrorCode::InvalidRequest, description).with_status(403))
        }
        None => Err(unknown_stream()),
    }
}
