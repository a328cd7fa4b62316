//! Is this token taken, and what follows from it? (RFC 8935 section 2)

use super::PREFIX;
use super::refusal::Refusal;
use super::transmitter::Transmitter;
use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::edge::metrics;
use crate::oauth::call::address_of;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::jose::jws::may_be_of;
use tandem_core::shared_signals::received::{Event, MAX_LEN, ReceivedSet, SetRefusal, Terms, effects};
use tandem_core::time::Timestamp;
use tandem_store::{Handling, SetChanges, SetToTake, TakenSet};

/// The longest state of a verification that is logged, in characters.
const MOST_STATE: usize = 64;

/// `POST /ssf/receive/{name}`: 202 without a body once everything that follows is on disk.
pub(super) async fn receive(State(app): State<Arc<App>>, request: Request) -> Response {
    match handle(&app, request).await {
        Ok(outcome) => {
            metrics::set_received(outcome);
            let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::ACCEPTED, no_store).into_response()
        }
        Err(refusal) => {
            metrics::set_received(refusal.outcome());
            refusal.into_response()
        }
    }
}

/// In this order: the method, how often, whose address, who calls, the body, and then the token.
async fn handle(app: &App, request: Request) -> Result<&'static str, Refusal> {
    let now = app.clock.now();
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(Refusal::Method);
    }
    let receiver = &app.received_signals;
    Refusal::unless_within(receiver.take_of_address(address_of(&parts.extensions), now))?;
    let name = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let transmitter = receiver.find(name).ok_or(Refusal::NobodysAddress)?;
    let refused = |refusal: Refusal| {
        let (reason, transmitter) = (refusal.description(), &transmitter.name);
        tracing::warn!(%transmitter, outcome = refusal.outcome(), reason, "a security event token was refused");
        refusal
    };
    if !transmitter.knows(authorization(&parts.headers)) {
        return Err(refused(SetRefusal::Authorization.into()));
    }
    if !is_set(&parts.headers) {
        return Err(refused(Refusal::MediaType));
    }
    let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX).min(MAX_LEN);
    let body = read_body(body, limit).await.map_err(|error| match error {
        BodyError::TooLarge => refused(Refusal::TooLarge),
        BodyError::Broken => refused(Refusal::Broken),
    })?;
    let compact = std::str::from_utf8(&body).map_err(|_| refused(Refusal::NoText))?;
    let keys = app.published_keys.of(&transmitter.keys, |keys| may_be_of(compact, MAX_LEN, keys)).await;
    // A token is not lost because of keys that cannot be read just now.
    let keys = keys.ok_or_else(|| refused(Refusal::NoKeys))?;
    app.effort.verify();
    let set = ReceivedSet::read(compact, &transmitter.trusted, &keys, now);
    let set = set.map_err(|refusal| refused(refusal.into()))?;
    Refusal::unless_within(receiver.take_of_transmitter(transmitter, now)).map_err(refused)?;
    take(app, transmitter, set, now).await.map_err(refused)
}

async fn take(
    app: &App,
    transmitter: &Transmitter,
    set: ReceivedSet,
    now: Timestamp,
) -> Result<&'static str, Refusal> {
    let (name, event) = (&transmitter.name, set.event.word());
    if let Event::Verification { state } = &set.event {
        let state: Option<String> = state.as_ref().map(|state| state.chars().take(MOST_STATE).collect());
        tracing::info!(transmitter = %name, ?state, "the stream of security event tokens works");
        return Ok("verification");
    }
    let follows = set.subject.as_ref().map_or_else(Vec::new, |subject| {
        let trusted = &transmitter.trusted;
        let terms = Terms { issuer: app.issuer(), subjects: &trusted.subjects, effects: &trusted.effects };
        effects(&set.event, subject, &terms)
    });
    let outcome = match (&set.event, follows.is_empty()) {
        (Event::Unknown, _) => "unknown_event",
        // Nothing that a second token of the same name could do twice.
        (_, true) => "no_effect",
        (_, false) => {
            let set = SetToTake {
                digest: set.digest,
                issued_at: set.issued_at,
                forget_at: app.received_signals.remembered_until(transmitter, set.forget_at),
                at: now,
                transmitter: Arc::clone(name),
                event,
                effects: follows,
                handling: transmitter.handling,
            };
            match app.store.take_set(set).await? {
                TakenSet::Replayed => "replayed",
                TakenSet::New(changes) => outcome_of(&changes, transmitter.handling),
            }
        }
    };
    tracing::info!(transmitter = %name, event, outcome, "a security event token");
    Ok(outcome)
}

fn outcome_of(changes: &SetChanges, handling: Handling) -> &'static str {
    let acted = !changes.sessions.is_empty() || changes.devices > 0 || changes.incidents > 0;
    match (acted, changes.recorded > 0, handling) {
        (true, _, _) => "acted",
        (false, true, Handling::DryRun) => "dry_run",
        (false, true, Handling::Act) => "recorded",
        // Nobody here is meant.
        (false, false, _) => "no_effect",
    }
}

/// The one `Authorization` header; two are none.
fn authorization(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(one.as_bytes()),
        _ => None,
    }
}

/// Section 2.1. Parameters say nothing.
fn is_set(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = named.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/secevent+jwt")
}
