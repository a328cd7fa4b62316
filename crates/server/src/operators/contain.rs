//! `…/contain`: what will end, and then its end.

use super::act::{Sent, entered};
use super::done::after;
use super::entrance::{actor, is_fresh, looking, sign_in_again};
use super::names::{standing, story, touched};
use super::show::{again, ending};
use super::{Named, numbered, page_of};
use crate::app::App;
use crate::incidents::{self, ContainError};
use crate::pages::views::{ContainIncident, FailureKind, IncidentFlash, IncidentTrouble, Standing};
use crate::people::browser::SignedIn;
use crate::people::respond;
use crate::people::visit::Visit;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::incident::{ContainRefusal, Role};
use tandem_store::{BeginRefusal, IncidentFile, StoreError};

/// `GET`: what will end. Whoever asks for it signs in first, so that the next step is the last one.
pub async fn ask(Shared(app): Shared<Arc<App>>, named: Named, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    drop(request);
    let response = question(&app, &visit, numbered(&named)).await;
    visit.browser.dress(&app, response)
}

async fn question(app: &App, visit: &Visit, id: Option<i64>) -> Response {
    let missing = || respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound);
    let Some(id) = id else { return missing() };
    let here = format!("{}/contain", page_of(id));
    let person = match looking(app, visit, &here).await {
        Ok(person) => person,
        Err(response) => return response,
    };
    let file = match app.store.incident(id).await {
        Ok(Some(file)) => file,
        Ok(None) => return missing(),
        Err(error) => return respond::store_failure(app, &visit.id, error),
    };
    if standing(&file.incident) != Standing::Open {
        return respond::redirect(&page_of(id));
    }
    if !is_fresh(person, visit.now) {
        return respond::redirect(&sign_in_again(&here));
    }
    match page(app, &file).await {
        Ok(page) => respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, &page, &here),
        Err(error) => respond::store_failure(app, &visit.id, error),
    }
}

async fn page(app: &App, file: &IncidentFile) -> Result<ContainIncident, StoreError> {
    let incident = &file.incident;
    Ok(ContainIncident {
        id: incident.id,
        story: story(app, incident, incident.cause).await?,
        targets: touched(app, &file.touched, Role::Target).await?,
        foreseen: ending(app, file).await?,
    })
}

/// `POST`: does it. A second time does no harm.
pub async fn contain(Shared(app): Shared<Arc<App>>, named: Named, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match entered(&app, &visit, &named, request).await {
        Ok(Sent { person, id, .. }) => carry_out(&app, &visit, person, id).await,
        Err(response) => response,
    };
    visit.browser.dress(&app, response)
}

async fn carry_out(app: &App, visit: &Visit, person: &SignedIn, id: i64) -> Response {
    match incidents::contain(app, id, actor(person), visit.now).await {
        Ok(_) | Err(ContainError::Refused(BeginRefusal::State(ContainRefusal::Contained))) => {
            respond::redirect(&after(app, person, id, IncidentFlash::Contained, visit.now))
        }
        Err(ContainError::Refused(BeginRefusal::Unknown)) => {
            respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound)
        }
        Err(ContainError::Refused(BeginRefusal::State(ContainRefusal::Closed))) => {
            let why = (StatusCode::CONFLICT, IncidentTrouble::Closed);
            again(app, visit, person, id, why, "").await
        }
        Err(ContainError::Answering) => {
            let why = (StatusCode::SERVICE_UNAVAILABLE, IncidentTrouble::NotYet);
            again(app, visit, person, id, why, "").await
        }
        Err(ContainError::Store(error)) => respond::store_failure(app, &visit.id, error),
    }
}
