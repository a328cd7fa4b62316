//! How does a person bring the code to us? (RFC 8628 section 3.3)
//!
//! `GET /device` asks for the code, or takes it from the QR's address; `POST /device` takes a typed one. Either way the
//! browser goes on to `/device/decision`, and nothing is decided by arriving.

use super::pending::PendingCrossing;
use super::{DECISION, qr_code};
use crate::app::App;
use crate::edge::metrics;
use crate::opening;
use crate::pages::views::{CodeTrouble, EnterCode};
use crate::people::visit::Visit;
use crate::people::{form, respond};
use crate::rate_limits::Caller;
use crate::signals::{self, Raised};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{CheckpointKind, Crossing, Pending, Room};
use tandem_core::device_authorization::user_code::{ALPHABET, LENGTH, UserCode};
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::{Facts, Reason, Signal, Verdict, rate_limits};
use tandem_core::oauth::form::Form;
use tandem_core::oauth::metadata::path;

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
        Some(text) => {
            let before = PendingCrossing::read(&app, request.headers(), visit.now);
            drop(request);
            find(&app, &visit, text, &query, before).await
        }
    };
    visit.browser.dress(&app, response)
}

/// A typed code.
pub async fn submit(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let before = PendingCrossing::read(&app, request.headers(), visit.now);
    let response = match form::read(&app, request).await {
        Err(failure) => respond::form_failure(&app, &visit.browser, &visit.id, failure),
        Ok(form) => {
            let typed = form.get("user_code").unwrap_or_default();
            if visit.browser.csrf_holds(&app, form.get("csrf")) {
                find(&app, &visit, typed, &Form::default(), before).await
            } else {
                page(&app, &visit, StatusCode::FORBIDDEN, typed.to_owned(), Some(CodeTrouble::FormExpired))
            }
        }
    };
    visit.browser.dress(&app, response)
}

/// Looks for the crossing of a code. Wrong codes count against address, browser, and everybody together, so the
/// chance to hit a stranger's code stays below the bound in `docs/security.md`, however many guess.
async fn find(
    app: &Arc<App>,
    visit: &Visit,
    text: &str,
    query: &Form,
    before: Option<PendingCrossing>,
) -> Response {
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
    match found {
        Some(Crossing::Pending(pending)) if !pending.is_over(now) => {
            if pending.request.is_too_late_to_open(now) && !came_in_time(visit, &pending, before) {
                return unknown(app, visit, user_code);
            }
            opening::note(app, pending.id, now).await;
            let mut response = respond::redirect(DECISION);
            let qr = qr_code::evidence(app, &pending, &user_code.display(), query, now);
            let current = PendingCrossing::new(pending.id, user_code).scanned(qr);
            current.remember(app, &mut response, pending.request.expires_at);
            return response;
        }
        Some(crossing) => repeated(app, visit, &crossing),
        None => {}
    }
    unknown(app, visit, user_code)
}

/// Whether it was this browser or this person that came while the code could be opened. Whoever comes later has no time
/// left, though somebody else opened it: else the attacker who asked would win that time for a victim who is late.
fn came_in_time(visit: &Visit, pending: &Pending, before: Option<PendingCrossing>) -> bool {
    let person = visit.browser.signed_in().map(|person| &person.user.sub);
    before.is_some_and(|before| before.id == pending.id)
        || person.is_some_and(|sub| pending.presenter.as_ref().is_some_and(|first| first.sub == *sub))
}

/// What was answered or is over is like a code that never was.
fn unknown(app: &App, visit: &Visit, user_code: UserCode) -> Response {
    count_guess(app, visit);
    metrics::refused("verification", "unknown_code");
    page(app, visit, StatusCode::NOT_FOUND, user_code.display(), Some(CodeTrouble::NotFound))
}

/// A code comes again after its use or its end, within the window that policy remembers it (BCP 6.1.4). The sign is
/// recorded behind the person's back: the answer does not take longer than that to a code that never was.
fn repeated(app: &Arc<App>, visit: &Visit, crossing: &Crossing) {
    let window = app.policy(Room::DeviceAuthorization, crossing.client_id()).unique_codes.window;
    if visit.now >= crossing.expires_at().plus(Duration::from_secs(window.into())) {
        return;
    }
    let raised = Raised {
        crossing: Some(crossing.id()),
        client_id: Some(Arc::clone(crossing.client_id())),
        sub: visit.browser.signed_in().map(|person| Arc::clone(&person.user.sub)),
        address: Some(visit.address),
        detail: None,
    };
    signals::raise_behind(app, Signal::CodeRepeated, raised, visit.now);
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
