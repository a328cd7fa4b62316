//! `/ssf/poll/{stream_id}`: what is there to fetch, and what has been understood? (RFC 8936)

use super::call::{self, json, respond, unknown_stream};
use super::sign::sign_all;
use super::waiting::Place;
use crate::app::App;
use crate::edge::metrics;
use crate::oauth::failure::Failure;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::shared_signals::Delivery;
use tandem_core::shared_signals::poll::{PollRequest, PollResponse, Waits};
use tandem_core::time::Timestamp;
use tandem_store::{Delivered, SecurityEvent, StoreError, Stream};

/// The longest body: a thousand names with their errors.
const LONGEST_BODY: usize = 256 * 1024;

/// POST.
pub async fn poll(State(app): State<Arc<App>>, Path(stream_id): Path<String>, request: Request) -> Response {
    respond(poll_stream(&app, &stream_id, request).await)
}

async fn poll_stream(app: &Arc<App>, stream_id: &str, request: Request) -> Result<Response, Failure> {
    let called = call::reader(app, request).await?;
    let (client_id, now) = (Arc::clone(&called.client_id), called.now);
    let PollRequest { most, waits, acknowledged, refused } =
        PollRequest::parse(&called.body(app, LONGEST_BODY).await?)?;
    let stream = fetched(app, stream_id, &client_id).await?.ok_or_else(unknown_stream)?;
    if app.config.ssf.inactivity_timeout.is_some() {
        app.store.touch_stream(stream_id, now).await?;
    }
    end(app, &stream, acknowledged, refused, now).await?;
    let waits = if most == 0 { Waits::No } else { waits };
    let mut found = found(app, stream, most, waits).await?;
    let wanted = usize::try_from(most).unwrap_or(usize::MAX);
    let more_available = found.len() > wanted;
    found.truncate(wanted);
    let sets = sign_all(app, found).await.map_err(|error| {
        tracing::error!(stream_id, %error, "security event tokens cannot be signed");
        Failure::new(ErrorCode::ServerError, "the security event tokens cannot be signed").with_status(500)
    })?;
    for _ in &sets {
        metrics::set_delivery("fetched");
    }
    Ok(json(StatusCode::OK, &PollResponse { sets: sets.into_iter().collect(), more_available }))
}

/// The stream, if it is this receiver's and is fetched.
async fn fetched(app: &App, stream_id: &str, client_id: &str) -> Result<Option<Stream>, StoreError> {
    let stream = app.store.stream(stream_id, client_id).await?;
    Ok(stream.filter(|stream| stream.terms.delivery == Delivery::Poll))
}

/// What the receiver has is gone for good before it is answered. What it could not use is an operator's business.
async fn end(
    app: &App,
    stream: &Stream,
    acknowledged: Vec<String>,
    refused: Vec<(String, String)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !acknowledged.is_empty() {
        let ended = app.store.end_deliveries(&stream.stream_id, acknowledged).await?;
        for _ in &ended {
            metrics::set_delivery("acknowledged");
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let jtis = refused.iter().map(|(jti, _)| jti.clone()).collect();
    let ended = app.store.end_deliveries(&stream.stream_id, jtis).await?;
    for _ in &ended {
        metrics::set_delivery("refused");
    }
    let mut words: Vec<&str> =
        refused.iter().filter(|(jti, _)| ended.contains(jti)).map(|(_, word)| word.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    words.truncate(5);
    if ended.is_empty() {
        return Ok(());
    }
    let detail = format!("{} in stream {}: {}", ended.len(), stream.stream_id, words.join(", "));
    app.store.record_event(event(stream, "set_refused", detail, now)).await
}

/// What a receiver did, or did not do, with its tokens.
pub(super) fn event(stream: &Stream, kind: &str, detail: String, now: Timestamp) -> SecurityEvent {
    tracing::warn!(client_id = %stream.client_id, stream_id = stream.stream_id, kind, detail, "of a stream");
    SecurityEvent {
        at: now,
        kind: kind.to_owned(),
        crossing: None,
        sub: None,
        client_id: Some(Arc::clone(&stream.client_id)),
        address: None,
        detail: Some(detail),
    }
}

/// What waits, and one more, to know whether there is more. If nothing does, and the receiver wants to wait, it waits for a
/// while.
async fn found(app: &App, mut stream: Stream, most: u32, waits: Waits) -> Result<Vec<Delivered>, StoreError> {
    let mut changed = app.store.deliveries_changed();
    let mut closing = app.closing.subscribe();
    let over = tokio::time::sleep(longest(app));
    tokio::pin!(over);
    let place = if waits == Waits::Yes { Place::take(&stream.stream_id) } else { None };
    loop {
        changed.borrow_and_update();
        let found = app.store.waiting_for_poll(&stream, most.saturating_add(1)).await?;
        if !found.is_empty() || place.is_none() {
            return Ok(found);
        }
        tokio::select! {
            told = changed.changed() => if told.is_err() { return Ok(found) },
            _ = closing.wait_for(|closing| *closing) => return Ok(found),
            () = &mut over => return Ok(found),
        }
        match fetched(app, &stream.stream_id, &stream.client_id).await? {
            Some(now) => stream = now,
            None => return Ok(Vec::new()),
        }
    }
}

/// How long a call waits: less than the edge lets it.
fn longest(app: &App) -> Duration {
    let edge = Duration::from_secs(app.config.limits.request_timeout.into());
    Duration::from_secs(app.config.ssf.long_poll.into()).min(edge * 2 / 3)
}
