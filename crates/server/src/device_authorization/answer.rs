//! What does the person answer? (RFC 8628 section 3.3)

use super::decision::{Answer, Answering, decide};
use super::pending::{PendingCrossing, Stage};
use super::question::{Again, ask};
use super::trouble::{Missed, Trouble, asker, decided, show_pin, troubled};
use super::{DECISION, SIGN_IN};
use crate::app::App;
use crate::edge::metrics;
use crate::pages::views::{Outcome, RequestTrouble};
use crate::people::browser::SignedIn;
use crate::people::confirm::authentication;
use crate::people::decision_form::{Saw, Shown};
use crate::people::visit::Visit;
use crate::people::{form, respond};
use crate::whereabouts;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, Verification};
use tandem_core::mitigations::{Ask, Hindrance};
use tandem_core::oauth::form::Form;

/// What a form says.
enum Said {
    /// An answer.
    Answer(Answer),
    /// "I want to continue", on the page that warns.
    Continue,
}

impl Said {
    fn read(form: &Form) -> Option<Self> {
        let given = |name: &str| form.get(name).filter(|text| !text.trim().is_empty()).map(str::to_owned);
        Some(match form.get("decision")? {
            "allow" => Self::Answer(Answer::Allow { number: given("number"), binding: given("binding") }),
            "deny" => Self::Answer(Answer::Deny),
            "report" => Self::Answer(Answer::Report),
            "continue" => Self::Continue,
            _ => return None,
        })
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
    let shown = form.get("crossing").and_then(|text| Shown::read(app, person, text, visit.now));
    let current = shown.as_ref().and_then(|shown| PendingCrossing::of_form(shown, person));
    // A stale or foreign form decides nothing: the question is shown again.
    let (Some(said), Some(shown), Some(current), true) = (Said::read(form), shown, current, genuine) else {
        return respond::redirect(DECISION);
    };
    match (said, shown.saw) {
        (Said::Continue, Saw::NoQuestion) => continued(app, visit, person, current),
        (Said::Continue, _) => respond::redirect(DECISION),
        // A yes from a page that does not ask for one: the question is shown first.
        (Said::Answer(Answer::Allow { .. }), Saw::NoQuestion) => {
            ask(app, visit, person, current, Some(Again::default())).await
        }
        (Said::Answer(answer), saw) => {
            let answering = Answering {
                by: authentication(person),
                address: visit.address,
                coordinates: whereabouts::coordinates(form),
                now: visit.now,
                answer,
                saw,
            };
            carry_out(app, visit, person, current, answering).await
        }
    }
}

/// The person read the warning. The request that this page warned of is the one that is asked next, whatever other
/// windows show.
fn continued(app: &App, visit: &Visit, person: &SignedIn, current: PendingCrossing) -> Response {
    let Some(crossing) = app.store.crossing(current.id) else {
        return troubled(app, visit, person, &current, Trouble::Gone);
    };
    let mut response = respond::redirect(DECISION);
    current.at(Stage::Warned, person).remember(app, &mut response, crossing.expires_at());
    response
}

async fn carry_out(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    current: PendingCrossing,
    answering: Answering,
) -> Response {
    let asker = asker(app, &current);
    let outcome = match (decide(app, current.id, &answering).await, answering.answer) {
        (Ok(next), Answer::Allow { .. }) => {
            metrics::crossing("approved");
            match next {
                Crossing::Approved(approved) if approved.pin_due() => {
                    return show_pin(app, visit, person, &current, &approved);
                }
                next => {
                    let device = next.request().map(|asked| asked.device.kind).unwrap_or_default();
                    Outcome::Allowed { asker, device }
                }
            }
        }
        (Ok(_), Answer::Deny) => {
            metrics::crossing("denied");
            Outcome::Denied { asker }
        }
        (Ok(Crossing::Redeemed(_)), Answer::Report) => Outcome::AccessReported { asker },
        (Ok(_), Answer::Report) => {
            metrics::crossing("reported");
            Outcome::Reported { asker }
        }
        (Err(trouble), _) => {
            return match again(&trouble) {
                Some(again) => ask(app, visit, person, current, Some(again)).await,
                None => troubled(app, visit, person, &current, trouble),
            };
        }
    };
    decided(app, visit, StatusCode::OK, outcome)
}

/// What the question says when it is asked once more, if it is.
fn again(trouble: &Trouble) -> Option<Again> {
    let say = |trouble| Some(Again { trouble: Some(trouble), ..Again::default() });
    match trouble {
        Trouble::Missed { tries_left: 0, .. } => None,
        Trouble::Missed { what, tries_left } => {
            let tries_left = (*tries_left).into();
            say(match what {
                Missed::Number => RequestTrouble::NumberWrong { tries_left },
                Missed::Binding => RequestTrouble::BindingWrong { tries_left },
            })
        }
        Trouble::VerificationMissing => {
            Some(Again { demand: Verification::PhishingResistant, ..Again::default() })
        }
        Trouble::Hindered(Hindrance::Asked(asks)) => {
            if asks.contains(&Ask::ReadWarning) {
                Some(Again { warn: true, ..Again::default() })
            } else if asks.contains(&Ask::Number) {
                say(RequestTrouble::NumberMissing)
            } else if asks.contains(&Ask::BindingAnswer) {
                say(RequestTrouble::BindingMissing)
            } else {
                None
            }
        }
        _ => None,
    }
}
