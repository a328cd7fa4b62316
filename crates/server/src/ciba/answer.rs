//! What does the person answer to a request that came to them?

use super::decide::{Answer, Answering, Settled, Trouble, Yes, addressed_to, decide};
use super::question::{Before, asker_of};
use super::{INBOX, question, request_path};
use crate::app::App;
use crate::incidents::reporting::{Reporter, report_collected};
use crate::pages::views::{Decided, Failure, FailureKind, No, Outcome, RequestTrouble, Why};
use crate::people::browser::SignedIn;
use crate::people::confirm::authentication;
use crate::people::decision_form::{Saw, Shown};
use crate::people::visit::Visit;
use crate::people::{form, respond};
use crate::whereabouts;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId, DenialReason, Request as Asked, Verification};
use tandem_core::mitigations::{Hindrance, Reason};
use tandem_core::oauth::form::Form;

/// `POST /inbox/{id}`: the answer.
pub async fn answer(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match form::read(&app, request).await {
        Err(failure) => respond::form_failure(&app, &visit.browser, &visit.id, failure),
        Ok(form) => answered(&app, &visit, CrossingId::parse(&id), &form).await,
    };
    visit.browser.dress(&app, response)
}

/// What the form says.
enum Word {
    /// An answer.
    Answer(Answer),
    /// The warning is read: on to the question.
    Continue,
}

impl Word {
    fn read(form: &Form, saw: Saw) -> Option<Self> {
        let given = |name: &str| form.get(name).filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned);
        match form.get("decision")? {
            "allow" => Some(Self::Answer(Answer::Allow(Yes {
                number: form.get("number").map(ToOwned::to_owned),
                binding: given("binding"),
                warned: saw.warned(),
                decision: None,
            }))),
            "deny" => Some(Self::Answer(Answer::Deny)),
            "report" => Some(Self::Answer(Answer::Report)),
            "continue" => Some(Self::Continue),
            _ => None,
        }
    }
}

async fn answered(app: &App, visit: &Visit, id: Option<CrossingId>, form: &Form) -> Response {
    let Some(id) = id else { return troubled(app, visit, Trouble::Gone, "") };
    let Some(person) = visit.browser.signed_in() else {
        return respond::redirect(&format!("/sign-in?next={}", request_path(id)));
    };
    // A stale or foreign form decides nothing: the question is shown again.
    let genuine = visit.browser.csrf_holds(app, form.get("csrf"));
    let shown = form.get("crossing").and_then(|text| Shown::read(app, person, text, visit.now));
    let shown = shown.filter(|shown| genuine && shown.id == id);
    let word = shown.as_ref().and_then(|shown| Word::read(form, shown.saw));
    let (Some(shown), Some(word)) = (shown, word) else {
        let before = Before { trouble: Some(RequestTrouble::FormExpired), ..Before::default() };
        return question::ask(app, person, id, visit, before).await;
    };
    let answer = match word {
        Word::Continue => {
            let before = Before { warned: true, ..Before::default() };
            return question::ask(app, person, id, visit, before).await;
        }
        Word::Answer(answer) => answer,
    };
    let answering = Answering {
        by: authentication(person),
        address: visit.address,
        coordinates: whereabouts::coordinates(form),
        now: visit.now,
        answer,
        // The form is sealed for this crossing and this session, and says which page made it.
        context: shown.saw.context(),
    };
    settle(app, visit, person, (id, shown.saw), answering).await
}

async fn settle(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    (id, saw): (CrossingId, Saw),
    answering: Answering,
) -> Response {
    let asker = addressed_to(app, id, &person.user.sub).map(|crossing| asker_of(app, &crossing));
    let asker = asker.unwrap_or_default();
    let before = Before { warned: saw.warned(), ..Before::default() };
    match decide(app, id, answering.clone()).await {
        Ok(Settled { asked, pin: Some(pin) }) => question::show_pin(app, person, visit, (id, &asked), pin),
        Ok(Settled { pin: None, .. }) => decided(app, visit, &answering.answer, asker),
        // Coordinates can tell that more is at risk than the page knows by itself.
        Err(Trouble::VerificationMissing) if answering.coordinates.is_some() => {
            let before = Before { verification: Verification::PhishingResistant, ..before };
            question::ask(app, person, id, visit, before).await
        }
        // The page tells what has to come first.
        Err(Trouble::VerificationMissing | Trouble::WarningUnread) => respond::redirect(&request_path(id)),
        Err(Trouble::Hindered(Hindrance::Asked(_))) => {
            let trouble = Some(RequestTrouble::FormExpired);
            question::ask(app, person, id, visit, Before { trouble, ..before }).await
        }
        Err(Trouble::AlreadyAnswered) if answering.answer == Answer::Report => {
            reported_late(app, visit, person, id).await
        }
        Err(trouble) => match wanted(&trouble) {
            Some(wanted) => {
                let before = Before { trouble: Some(wanted), ..before };
                question::ask(app, person, id, visit, before).await
            }
            None => stopped(app, visit, person, id, trouble),
        },
    }
}

/// It was collected, and they say now that they did not start it.
async fn reported_late(app: &App, visit: &Visit, person: &SignedIn, id: CrossingId) -> Response {
    let by = Reporter { sub: &person.user.sub, address: visit.address };
    match report_collected(app, id, by, visit.now).await {
        Ok(Some(family)) => {
            let client = app.clients.get(&family.client_id);
            let asker =
                client.map_or_else(|| family.client_id.to_string(), |client| client.client_name.clone());
            let page = Decided { outcome: Outcome::AccessReported { asker } };
            respond::page(app, &visit.browser, &visit.id, StatusCode::OK, &page)
        }
        Ok(None) => stopped(app, visit, person, id, Trouble::AlreadyAnswered),
        Err(error) => respond::store_failure(app, &visit.id, error),
    }
}

/// What stops the person; where the request still waits, with a way to say no.
pub fn stopped(app: &App, visit: &Visit, person: &SignedIn, id: CrossingId, trouble: Trouble) -> Response {
    let crossing = addressed_to(app, id, &person.user.sub);
    if let (Trouble::Hindered(Hindrance::Refused(_, reason)), Some(Crossing::Pending(pending))) =
        (&trouble, &crossing)
    {
        return refused_but_open(app, visit, person, (id, &pending.request), *reason);
    }
    let asker = crossing.map(|crossing| asker_of(app, &crossing)).unwrap_or_default();
    troubled(app, visit, trouble, &asker)
}

/// What the page asks for once more.
fn wanted(trouble: &Trouble) -> Option<RequestTrouble> {
    match trouble {
        Trouble::NumberMissing => Some(RequestTrouble::NumberMissing),
        Trouble::BindingMissing => Some(RequestTrouble::BindingMissing),
        Trouble::WrongNumber { tries_left } if *tries_left > 0 => {
            Some(RequestTrouble::NumberWrong { tries_left: u64::from(*tries_left) })
        }
        Trouble::WrongBinding { tries_left } if *tries_left > 0 => {
            Some(RequestTrouble::BindingWrong { tries_left: u64::from(*tries_left) })
        }
        _ => None,
    }
}

fn decided(app: &App, visit: &Visit, answer: &Answer, asker: String) -> Response {
    let outcome = match answer {
        Answer::Allow(_) => Outcome::RequestAllowed { asker },
        Answer::Deny => Outcome::RequestDenied { asker },
        Answer::Report => Outcome::RequestReported { asker },
    };
    respond::page(app, &visit.browser, &visit.id, StatusCode::OK, &Decided { outcome })
}

/// The page for a request that cannot be answered, or not any more.
pub fn troubled(app: &App, visit: &Visit, trouble: Trouble, asker: &str) -> Response {
    let asker = || asker.to_owned();
    let (status, outcome) = match trouble {
        Trouble::Store(error) => return respond::store_failure(app, &visit.id, error),
        Trouble::Expired => (StatusCode::GONE, Outcome::RequestExpired),
        Trouble::AlreadyAnswered => (StatusCode::GONE, Outcome::RequestAlreadyAnswered),
        Trouble::WrongNumber { .. } => {
            (StatusCode::FORBIDDEN, Outcome::RequestNumberWrong { asker: asker() })
        }
        Trouble::WrongBinding { .. } => {
            (StatusCode::FORBIDDEN, Outcome::RequestBindingWrong { asker: asker() })
        }
        Trouble::Ended(reason) => (StatusCode::GONE, ended(reason)),
        Trouble::Hindered(hindrance) => {
            tracing::info!(?hindrance, "a mitigation stopped a decision");
            match hindrance {
                Hindrance::Refused(_, reason) => (StatusCode::FORBIDDEN, refused(reason)),
                Hindrance::Asked(_) => return gone(app, visit),
            }
        }
        Trouble::Gone
        | Trouble::NumberMissing
        | Trouble::BindingMissing
        | Trouble::WarningUnread
        | Trouble::VerificationMissing => return gone(app, visit),
    };
    respond::page(app, &visit.browser, &visit.id, status, &Decided { outcome })
}

fn refused(reason: Reason) -> Outcome {
    Outcome::RequestRefused { why: Why::of(reason).unwrap_or(Why::Incident), no: None }
}

/// The page for a request that policy refuses, though it waits: somebody may still say no.
fn refused_but_open(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    (id, asked): (CrossingId, &Asked),
    reason: Reason,
) -> Response {
    let shown = Shown { id, saw: Saw::NoQuestion, note: Vec::new() };
    let no = No { action: request_path(id), crossing: shown.sealed(app, person, asked.expires_at) };
    let outcome = Outcome::RequestRefused { why: Why::of(reason).unwrap_or(Why::Incident), no: Some(no) };
    respond::page(app, &visit.browser, &visit.id, StatusCode::FORBIDDEN, &Decided { outcome })
}

fn ended(reason: DenialReason) -> Outcome {
    Why::ended(reason)
        .map_or(Outcome::RequestAlreadyAnswered, |why| Outcome::RequestRefused { why, no: None })
}

/// Somebody else's request is like one that never was.
fn gone(app: &App, visit: &Visit) -> Response {
    let page = Failure { kind: FailureKind::NotFound, retry_after: None, next: Some(INBOX.to_owned()) };
    respond::page(app, &visit.browser, &visit.id, StatusCode::NOT_FOUND, &page)
}
