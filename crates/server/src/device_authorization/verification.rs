//! How does a person bring the code to us? (RFC 8628 section 3.3)
//!
//! `GET /device` asks for the code, or takes it from the QR's address; `POST /device` takes a typed one. Either way the
//! browser goes on to `/device/decision`, and nothing is decided by arriving.

use super::DECISION;
use super::pending::PendingCrossing;
use crate::app::App;
use crate::edge::metrics;
use crate::pages::views::{CodeTrouble, EnterCode};
use crate::people::visit::Visit;
use crate::people::{form, respond};
use crate::rate_limits::Caller;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{CheckpointKind, Crossing, Room};
use tandem_core::device_authorization::user_code::{ALPHABET, LENGTH, UserCode};
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::{Facts, Reason, Verdict, rate_limits};
use tandem_core::oauth::form::Form;
use tandem_core::oauth::metadata::path;
use tandem_core::time::Timestamp;

/// `verification_uri`, and `verification_uri_complete` with its code.
pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let query = request.uri().query().unwrap_or_default();
    let query = Form::parse_query(query.as_bytes()).unwrap_or_default();
    let response = match query.get("user_code") {
        None => page(&app, &visit, StatusCode::OK, String::new(), None),
        Some(text) => find(&app, &visit, text),
    };
    visit.browser.dress(&app, response)
}

/// A typed code.
pub async fn submit(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match form::read(&app, request).await {
        Err(failure) => respond::form_failure(&app, &visit.browser, &visit.id, failure),
        Ok(form) => {
            let typed = form.get("user_code").unwrap_or_default();
            if visit.browser.csrf_holds(&app, form.get("csrf")) {
                find(&app, &visit, typed)
            } else {
                page(&app, &visit, StatusCode::FORBIDDEN, typed.to_owned(), Some(CodeTrouble::FormExpired))
            }
        }
    };
    visit.browser.dress(&app, response)
}

/// Looks for the crossing of a code. Wrong codes count against address, browser, and everybody together, so the
/// chance to hit a stranger's code stays below the bound in `docs/security.md`, however many guess.
fn find(app: &App, visit: &Visit, text: &str) -> Response {
    let now = visit.now;
    let Ok(user_code) = UserCode::parse(text) else {
        let letters = ALPHABET.iter().map(|b| char::from(*b)).collect();
        let length = u64::try_from(LENGTH).unwrap_or_default();
        let trouble = CodeTrouble::WrongShape { letters, length };
        let typed = text.chars().take(64).collect();
        return page(app, visit, StatusCode::BAD_REQUEST, typed, Some(trouble));
    };
    if let Some(wait) = guesses_left(app, visit) {
        metrics::refused("verification", "too_many_tries");
        let retry_after = wait.as_secs().max(1);
        let trouble = CodeTrouble::TooManyTries { retry_after };
        let response = page(app, visit, StatusCode::TOO_MANY_REQUESTS, user_code.display(), Some(trouble));
        return respond::with_retry_after(response, retry_after);
    }
    let found = app.store.crossing_by_user_code(&user_code.digest(&app.keys.user_codes));
    if let Some(crossing) = found.filter(|crossing| is_open(crossing, now)) {
        let pending = PendingCrossing { id: crossing.id(), user_code };
        let mut response = respond::redirect(DECISION);
        pending.remember(app, &mut response, crossing.expires_at());
        return response;
    }
    count_guess(app, visit);
    metrics::refused("verification", "unknown_code");
    page(app, visit, StatusCode::NOT_FOUND, user_code.display(), Some(CodeTrouble::NotFound))
}

/// Whether the code can still lead to a decision. A code that was answered is like one that never was.
fn is_open(crossing: &Crossing, now: Timestamp) -> bool {
    matches!(crossing, Crossing::Pending(_)) && now < crossing.expires_at()
}

fn guesses_left(app: &App, visit: &Visit) -> Option<Duration> {
    let (limits, now) = (&app.limits, visit.now);
    let each = [
        limits.guess_address.peek(&Caller::Address(visit.address), now),
        limits.guess_session.peek(&Caller::Name(&visit.browser.name()), now),
        limits.guess_all.peek(&Caller::All, now),
    ];
    let facts = Facts { attempts: &each, ..Facts::at(now) };
    // No crossing is known yet that a clearance could be for: the mitigation is asked by itself.
    match rate_limits::assess(
        CheckpointKind::Transfer,
        &facts,
        &app.flow_policy(Room::DeviceAuthorization).rate_limits,
    ) {
        Verdict::Refuse(Reason::RateExceeded { retry_after }) => Some(retry_after),
        _ => None,
    }
}

fn count_guess(app: &App, visit: &Visit) {
    let (limits, now) = (&app.limits, visit.now);
    let _counted = limits.guess_address.take(&Caller::Address(visit.address), now);
    let _counted = limits.guess_session.take(&Caller::Name(&visit.browser.name()), now);
    if limits.guess_all.take(&Caller::All, now) != Attempt::Within {
        tracing::warn!("the guess budget is used up: wrong user codes come from everywhere");
    }
}

fn page(
    app: &App,
    visit: &Visit,
    status: StatusCode,
    user_code: String,
    trouble: Option<CodeTrouble>,
) -> Response {
    let page = EnterCode { user_code, trouble };
    respond::page_at(app, &visit.browser, &visit.id, status, &page, path::VERIFICATION)
}
