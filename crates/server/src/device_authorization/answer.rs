//! What does the person answer? (RFC 8628 section 3.3)

use super::trouble::{Met, Trouble, decided, troubled};
use super::{DECISION, SIGN_IN};
use crate::app::App;
use crate::edge::metrics;
use crate::pages::views::Outcome;
use crate::people::browser::SignedIn;
use crate::people::visit::Visit;
use crate::people::{decision_form, form, respond};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::crossing::{
    Approval, Approve, Crossing, CrossingId, Denial, DenialReason, Presenter, Request as Asked, Step,
};
use tandem_core::mitigations::facts::{CodeUse, ContextShown};
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::form::Form;
use tandem_core::oauth::token_family::Authentication;
use tandem_core::time::Timestamp;
use tandem_store::{Along, Change, SecurityEvent, Write};

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Allow,
    Deny,
    Report,
}

impl Answer {
    fn read(form: &Form) -> Option<Self> {
        match form.get("decision")? {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            "report" => Some(Self::Report),
            _ => None,
        }
    }
}

/// `POST /device/decision`: the answer.
pub async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match form::read(&app, request).await {
        Err(failure) => respond::form_failure(&app, &visit.browser, &visit.id, failure),
        Ok(form) => answered(&app, &visit, &form).await,
    };
    visit.browser.dress(&app, response)
}

async fn answered(app: &App, visit: &Visit, form: &Form) -> Response {
    let Some(person) = visit.browser.signed_in() else { return respond::redirect(SIGN_IN) };
    let genuine = visit.browser.csrf_holds(app, form.get("csrf"));
    // A stale or foreign form decides nothing: the question is shown again.
    let Some(answer) = Answer::read(form).filter(|_| genuine) else { return respond::redirect(DECISION) };
    let shown = form.get("crossing").and_then(|text| decision_form::shown(app, person, text, visit.now));
    match decide(app, person, shown, answer, visit.address, visit.now).await {
        Ok(outcome) => decided(app, visit, StatusCode::OK, outcome),
        Err(trouble) => troubled(app, visit, trouble),
    }
}

/// Carries the answer out; it is on disk before this returns.
async fn decide(
    app: &App,
    person: &SignedIn,
    shown: Option<CrossingId>,
    answer: Answer,
    address: IpAddr,
    now: Timestamp,
) -> Met<Outcome> {
    let id = shown.ok_or(Trouble::Gone)?;
    let asked =
        app.store.apply(id, |crossing| transition(app, person, crossing, answer, address, now)).await??;
    let asker =
        app.clients.get(&asked.client_id).map_or_else(String::new, |client| client.client_name.clone());
    Ok(match answer {
        Answer::Allow => {
            metrics::crossing("approved");
            Outcome::Allowed { asker, device: asked.device.kind }
        }
        Answer::Deny => {
            metrics::crossing("denied");
            Outcome::Denied { asker }
        }
        Answer::Report => {
            metrics::crossing("reported");
            tracing::warn!(crossing = %id, client_id = %asked.client_id, device_address = %asked.device.address,
                "a person says that they did not start this request");
            Outcome::Reported { asker }
        }
    })
}

fn transition(
    app: &App,
    person: &SignedIn,
    crossing: Crossing,
    answer: Answer,
    address: IpAddr,
    now: Timestamp,
) -> Change<Met<Arc<Asked>>> {
    let unchanged = crossing.clone();
    let sub = Arc::clone(&person.user.sub);
    let outcome = crossing.into_pending(now).map_err(Trouble::from).and_then(|pending| {
        let request = Arc::clone(&pending.request);
        let denial = |reason| Denial { sub: Arc::clone(&sub), reason, address, at: now };
        let step = match answer {
            Answer::Deny => pending.deny(denial(DenialReason::Declined))?,
            Answer::Report => pending.deny(denial(DenialReason::Reported))?,
            Answer::Allow => {
                let presenter = Presenter::new(Arc::clone(&sub), address, now);
                let facts = Facts {
                    request: Some(&request),
                    code: CodeUse {
                        presentations: pending.presentations,
                        first: pending.presenter.as_deref(),
                        presenting: Some(&presenter),
                        ..Facts::at(now).code
                    },
                    // The form is sealed for this crossing and this session, and only the decision page makes one.
                    context: ContextShown::DecisionPage,
                    ..Facts::at(now)
                };
                let clearance = assess::<Approve>(&facts, &app.policy(request.room, &request.client_id))
                    .map_err(Trouble::Hindered)?;
                let session = &person.session;
                let authentication = Authentication {
                    sub: Arc::clone(&sub),
                    auth_time: session.auth_time,
                    method: session.method,
                };
                let scope = request.scope.clone();
                pending.approve(Approval::new(authentication, scope, address, now), &clearance)?
            }
        };
        Ok((step, request))
    });
    match outcome {
        Err(trouble) => Change { next: unchanged, write: Write::Nothing, answer: Err(trouble) },
        Ok((Step { next, event }, request)) => {
            let write = match answer {
                Answer::Allow => Write::Durable(event),
                Answer::Deny | Answer::Report => {
                    let kind = if answer == Answer::Deny { "denied" } else { "reported" };
                    let record = security_event(kind, next.id(), &request, &sub, address, now);
                    let along = Along { security_event: Some(record), ..Along::default() };
                    Write::DurableWith(event, Box::new(along))
                }
            };
            Change { next, write, answer: Ok(request) }
        }
    }
}

fn security_event(
    kind: &str,
    crossing: CrossingId,
    asked: &Asked,
    sub: &Arc<str>,
    address: IpAddr,
    at: Timestamp,
) -> SecurityEvent {
    SecurityEvent {
        at,
        kind: kind.to_owned(),
        crossing: Some(crossing),
        sub: Some(Arc::clone(sub)),
        client_id: Some(Arc::clone(&asked.client_id)),
        address: Some(address),
        detail: Some(format!("asked from {}", asked.device.address)),
    }
}
