//! The status endpoint: does a stream flow? (SSF 1.0 section 8.1.2)

use super::call::{self, json, refused, respond, unknown_stream};
use crate::app::App;
use crate::oauth::failure::Failure;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use tandem_core::shared_signals::StreamStatus;
use tandem_core::shared_signals::request::WantedStatus;
use tandem_store::Stream;

#[derive(Serialize)]
struct Status<'a> {
    stream_id: &'a str,
    status: StreamStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> Status<'a> {
    fn of(stream: &'a Stream) -> Self {
        Self { stream_id: &stream.stream_id, status: stream.status, reason: stream.reason.as_deref() }
    }
}

/// GET.
pub async fn read(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(read_status(&app, request).await)
}

/// POST.
pub async fn update(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(update_status(&app, request).await)
}

async fn read_status(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::reader(app, request).await?;
    let stream_id = called.stream_id()?.ok_or(refused("stream_id is missing"))?;
    let stream = app.store.stream(&stream_id, &called.client_id).await?.ok_or_else(unknown_stream)?;
    app.store.touch_stream(&stream_id, called.now).await?;
    Ok(json(StatusCode::OK, &Status::of(&stream)))
}

async fn update_status(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let (client_id, now) = (Arc::clone(&called.client_id), called.now);
    let WantedStatus { stream_id, status, reason } = WantedStatus::parse(&called.body(app, 0).await?)?;
    let set = move |stream: Stream| Ok::<_, Infallible>(Stream { status, reason, ..stream });
    let changed = app.store.change_stream(&stream_id, &client_id, now, set).await?;
    let Ok(stream) = changed.ok_or_else(unknown_stream)?;
    tracing::info!(client_id = %client_id, stream_id, status = status.word(), "a receiver set the status of a stream");
    Ok(json(StatusCode::OK, &Status::of(&stream)))
}
