//! The configuration endpoint: which streams has a receiver, and how are they set up? (SSF 1.0 section 8.1.1)

use super::call::{self, empty, json, refused, respond, unknown_stream};
use super::{delivery, setting};
use crate::app::App;
use crate::oauth::failure::Failure;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::sync::Arc;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::shared_signals::configuration::object;
use tandem_core::shared_signals::request::{Application, WantedStream};
use tandem_core::shared_signals::{StreamStatus, StreamTerms};
use tandem_store::{NewStream, Stream};

/// GET: one stream, or all of the receiver.
pub async fn read(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(read_streams(&app, request).await)
}

/// POST: a new stream.
pub async fn create(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(create_stream(&app, request).await)
}

/// PATCH: what is said changes.
pub async fn update(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(change(&app, request, Application::Update).await)
}

/// PUT: what is not said goes.
pub async fn replace(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(change(&app, request, Application::Replace).await)
}

/// DELETE: the stream ends, with everything that waits in it.
pub async fn delete(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(delete_stream(&app, request).await)
}

async fn read_streams(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::reader(app, request).await?;
    let Some(stream_id) = called.stream_id()? else {
        let streams = app.store.streams_of(&called.client_id).await?;
        let all: Vec<_> = streams.iter().map(|stream| seen(app, stream, called.may_manage)).collect();
        return Ok(json(StatusCode::OK, &all));
    };
    let stream = app.store.stream(&stream_id, &called.client_id).await?.ok_or_else(unknown_stream)?;
    app.store.touch_stream(&stream_id, called.now).await?;
    Ok(json(StatusCode::OK, &seen(app, &stream, called.may_manage)))
}

async fn create_stream(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let (client_id, now) = (Arc::clone(&called.client_id), called.now);
    let wanted = WantedStream::parse(&called.body(app, 0).await?)?;
    let (events_requested, description, wanted) = wanted.new_stream();
    // Of the unreserved characters of RFC 3986 section 2.3, as section 8.1.1 wants.
    let stream_id = URL_SAFE_NO_PAD.encode(app.random.bytes::<16>());
    let terms = StreamTerms {
        aud: audience(app, &client_id),
        events_requested,
        description,
        delivery: delivery::of_new(app, &stream_id, wanted)?,
        default_subjects: app.config.ssf.default_subjects,
    };
    let stream = Stream {
        stream_id,
        client_id,
        terms,
        status: StreamStatus::Enabled,
        reason: None,
        created_at: now,
        changed_at: now,
        verified_at: None,
        active_at: now,
    };
    match app.store.create_stream(stream.clone(), app.config.ssf.streams_per_receiver.into()).await? {
        NewStream::Created => {
            tracing::info!(client_id = %stream.client_id, stream_id = stream.stream_id, "a stream was made");
            Ok(json(StatusCode::CREATED, &seen(app, &stream, true)))
        }
        NewStream::TooMany => {
            let description = "this receiver has as many streams as it may: change or delete one of them";
            Err(Failure::new(ErrorCode::InvalidRequest, description).with_status(409))
        }
    }
}

/// The configured audience of a receiver, or its name.
fn audience(app: &App, client_id: &str) -> Value {
    match app.config.ssf.audiences.get(client_id).map(Vec::as_slice) {
        Some([one]) => Value::from(one.as_str()),
        Some(several) => Value::from(several),
        None => Value::from(client_id),
    }
}

async fn change(app: &Arc<App>, request: Request, how: Application) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let (client_id, now) = (Arc::clone(&called.client_id), called.now);
    let wanted = WantedStream::parse(&called.body(app, 0).await?)?;
    let stream_id = wanted.stream_id.clone().ok_or(refused("stream_id is missing"))?;
    let own = Arc::clone(app);
    let apply = move |stream: Stream| -> Result<Stream, Failure> {
        wanted.check_transmitter_supplied(&seen(&own, &stream, true))?;
        let deliver = |wanted| delivery::of_known(&own, &stream.stream_id, wanted);
        let terms = wanted.apply(stream.terms.clone(), how, deliver)?;
        Ok(Stream { terms, ..stream })
    };
    let changed = app.store.change_stream(&stream_id, &client_id, now, apply).await?;
    let stream = changed.ok_or_else(unknown_stream)??;
    Ok(json(StatusCode::OK, &seen(app, &stream, true)))
}

async fn delete_stream(app: &App, request: Request) -> Result<Response, Failure> {
    let called = call::manager(app, request).await?;
    let stream_id = called.stream_id()?.ok_or(refused("stream_id is missing"))?;
    if !app.store.delete_stream(&stream_id, &called.client_id).await? {
        return Err(unknown_stream());
    }
    tracing::info!(client_id = %called.client_id, stream_id, "a stream was deleted");
    Ok(empty(StatusCode::NO_CONTENT))
}

/// A stream as its receiver sees it. The authorization header is its own; whoever may only read needs it for nothing, and
/// whoever reads in order to replace must not lose it.
fn seen(app: &App, stream: &Stream, may_manage: bool) -> Map<String, Value> {
    let header = delivery::authorization(app, &stream.stream_id, &stream.terms.delivery);
    let header = header.ok().flatten().filter(|_| may_manage);
    object(&stream.stream_id, &stream.terms, setting(app), header.as_ref().map(|header| header.as_str()))
}
