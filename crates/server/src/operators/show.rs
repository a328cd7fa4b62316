//! `GET /operator/incidents/{id}`: what is known of an incident?

use super::done::said;
use super::entrance::{is_fresh, looking, sign_in_again};
use super::names::{moment, standing, story, touched};
use super::steps::steps;
use super::{Named, numbered, page_of};
use crate::app::App;
use crate::incidents::containment::foresee;
use crate::pages::views::{Acting, Ending, FailureKind, Incident as Page, IncidentTrouble};
use crate::people::browser::SignedIn;
use crate::people::respond;
use crate::people::visit::Visit;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::incident::{Role, State};
use tandem_core::oauth::form::Form;
use tandem_store::{IncidentFile, StoreError};

/// Shows an incident.
pub async fn show(Shared(app): Shared<Arc<App>>, named: Named, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    drop(request);
    let response = answer(&app, &visit, numbered(&named), query.get("done")).await;
    visit.browser.dress(&app, response)
}

async fn answer(app: &App, visit: &Visit, id: Option<i64>, flash: Option<&str>) -> Response {
    let missing = || respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound);
    let Some(id) = id else { return missing() };
    let here = page_of(id);
    let person = match looking(app, visit, &here).await {
        Ok(person) => person,
        Err(response) => return response,
    };
    match page(app, visit, person, id).await {
        Err(error) => respond::store_failure(app, &visit.id, error),
        Ok(None) => missing(),
        Ok(Some(mut page)) => {
            page.flash = flash.and_then(|text| said(app, person, id, text, visit.now));
            respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, &page, &here)
        }
    }
}

/// The page as the answer to a form that did nothing.
pub async fn again(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    id: i64,
    (status, trouble): (StatusCode, IncidentTrouble),
    note: &str,
) -> Response {
    match page(app, visit, person, id).await {
        Err(error) => respond::store_failure(app, &visit.id, error),
        Ok(None) => respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound),
        Ok(Some(page)) => {
            let page = Page { trouble: Some(trouble), note: note.to_owned(), ..page };
            respond::page(app, &visit.browser, &visit.id, status, &page)
        }
    }
}

async fn page(app: &App, visit: &Visit, person: &SignedIn, id: i64) -> Result<Option<Page>, StoreError> {
    let Some(file) = app.store.incident(id).await? else { return Ok(None) };
    let (incident, now) = (&file.incident, visit.now);
    let about = story(app, incident, incident.cause).await?;
    let (steps, more_steps) = steps(app, &file.steps, &about, now).await?;
    let list = async |role| touched(app, &file.touched, role).await;
    Ok(Some(Page {
        id,
        story: about,
        summary: incident.summary.clone(),
        standing: standing(incident),
        opened: moment(incident.opened_at, now),
        targets: list(Role::Target).await?,
        seen: list(Role::Seen).await?,
        ended: list(Role::Ended).await?,
        steps,
        more_steps,
        foreseen: if incident.state == State::Open { Some(ending(app, &file).await?) } else { None },
        acting: if is_fresh(person, now) {
            Acting::Now
        } else {
            Acting::SignInFirst { address: sign_in_again(&page_of(id)) }
        },
        note: String::new(),
        flash: None,
        trouble: None,
    }))
}

/// What containment of this incident would end now.
pub async fn ending(app: &App, file: &IncidentFile) -> Result<Ending, StoreError> {
    let foreseen = foresee(app, file.targets()).await?;
    Ok(Ending {
        requests: foreseen.requests,
        accesses: foreseen.families,
        sessions: foreseen.sessions,
        devices: foreseen.devices,
    })
}
