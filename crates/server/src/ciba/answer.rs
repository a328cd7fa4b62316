//! What does the person answer to a request that came to them?

use super::decide::{Answer, Answering, Trouble, addressed_to, decide};
use super::inbox::asker;
use super::{INBOX, question, request_path};
use crate::app::App;
use crate::pages::views::{Decided, Failure, FailureKind, Outcome, RequestTrouble};
use crate::people::browser::SignedIn;
use crate::people::visit::Visit;
use crate::people::{decision_form, form, respond};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::token_family::Authentication;

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

async fn answered(app: &App, visit: &Visit, id: Option<CrossingId>, form: &Form) -> Response {
    let Some(id) = id else { return troubled(app, visit, Trouble::Gone, "") };
    let Some(person) = visit.browser.signed_in() else {
        return respond::redirect(&format!("/sign-in?next={}", request_path(id)));
    };
    let number = form.get("number").map(ToOwned::to_owned);
    let answer = match form.get("decision") {
        Some("allow") => Some(Answer::Allow { number, decision: None }),
        Some("deny") => Some(Answer::Deny),
        Some("report") => Some(Answer::Report),
        _ => None,
    };
    // A stale or foreign form decides nothing: the question is shown again.
    let genuine = visit.browser.csrf_holds(app, form.get("csrf"));
    let shown = form.get("crossing").and_then(|text| decision_form::shown(app, person, text, visit.now));
    let Some(answer) = answer.filter(|_| genuine && shown == Some(id)) else {
        return ask_again(app, visit, person, id, RequestTrouble::FormExpired).await;
    };
    let asker = addressed_to(app, id, &person.user.sub)
        .and_then(|crossing| crossing.request().map(|asked| asker(app, asked).name))
        .unwrap_or_default();
    let answering = Answering {
        by: Authentication {
            sub: Arc::clone(&person.user.sub),
            auth_time: person.session.auth_time,
            method: person.session.method,
        },
        address: visit.address,
        now: visit.now,
        answer: answer.clone(),
        // The form is sealed for this crossing and this session, and only the question's page makes one.
        context: ContextShown::DecisionPage,
    };
    match decide(app, id, answering).await {
        Ok(_) => {
            let outcome = match answer {
                Answer::Allow { .. } => Outcome::RequestAllowed { asker },
                Answer::Deny => Outcome::RequestDenied { asker },
                Answer::Report => Outcome::RequestReported { asker },
            };
            respond::page(app, &visit.browser, &visit.id, StatusCode::OK, &Decided { outcome })
        }
        Err(Trouble::NumberMissing) => ask_again(app, visit, person, id, RequestTrouble::NumberMissing).await,
        Err(Trouble::WrongNumber { tries_left }) if tries_left > 0 => {
            let trouble = RequestTrouble::NumberWrong { tries_left: tries_left.into() };
            ask_again(app, visit, person, id, trouble).await
        }
        // The page tells what has to come first.
        Err(Trouble::VerificationMissing) => respond::redirect(&request_path(id)),
        Err(trouble) => troubled(app, visit, trouble, &asker),
    }
}

async fn ask_again(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    id: CrossingId,
    trouble: RequestTrouble,
) -> Response {
    match question::ask(app, person, id, visit, Some(trouble)).await {
        Ok(page) => respond::page(app, &visit.browser, &visit.id, StatusCode::UNPROCESSABLE_ENTITY, &page),
        Err(trouble) => troubled(app, visit, trouble, ""),
    }
}

/// The page for a request that cannot be answered, or not any more.
pub fn troubled(app: &App, visit: &Visit, trouble: Trouble, asker: &str) -> Response {
    let (status, outcome) = match trouble {
        Trouble::Store(error) => return respond::store_failure(app, &visit.id, error),
        Trouble::Expired => (StatusCode::GONE, Outcome::RequestExpired),
        Trouble::AlreadyAnswered => (StatusCode::GONE, Outcome::RequestAlreadyAnswered),
        Trouble::WrongNumber { .. } => {
            (StatusCode::FORBIDDEN, Outcome::RequestNumberWrong { asker: asker.to_owned() })
        }
        Trouble::Gone | Trouble::NumberMissing | Trouble::VerificationMissing | Trouble::Hindered(_) => {
            if let Trouble::Hindered(hindrance) = trouble {
                tracing::info!(?hindrance, "a mitigation stopped a decision");
            }
            // Somebody else's request is like one that never was.
            let page =
                Failure { kind: FailureKind::NotFound, retry_after: None, next: Some(INBOX.to_owned()) };
            return respond::page(app, &visit.browser, &visit.id, StatusCode::NOT_FOUND, &page);
        }
    };
    respond::page(app, &visit.browser, &visit.id, status, &Decided { outcome })
}
