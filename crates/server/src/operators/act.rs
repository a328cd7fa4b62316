//! `POST …/close` and `POST …/reopen`: is an operator done with an incident, or not after all? Each undoes the other.

use super::done::after;
use super::entrance::{actor, is_fresh, sending, sign_in_again};
use super::show::again;
use super::{Named, numbered, page_of};
use crate::app::App;
use crate::incidents::closing;
use crate::pages::views::{FailureKind, IncidentFlash, IncidentTrouble};
use crate::people::browser::SignedIn;
use crate::people::form;
use crate::people::respond;
use crate::people::visit::Visit;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::oauth::form::Form;
use tandem_store::{LifeChange, LifeRefusal, StoreError};

/// The most characters of a note.
const LONGEST_NOTE: usize = 1000;

/// Closes an incident.
pub async fn close(Shared(app): Shared<Arc<App>>, named: Named, request: Request) -> Response {
    submit(&app, &named, request, LifeChange::Close).await
}

/// Opens a closed one again.
pub async fn reopen(Shared(app): Shared<Arc<App>>, named: Named, request: Request) -> Response {
    submit(&app, &named, request, LifeChange::Reopen).await
}

async fn submit(app: &App, named: &Named, request: Request, change: LifeChange) -> Response {
    let visit = match Visit::begin(app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match entered(app, &visit, named, request).await {
        Ok(Sent { person, id, form }) => carry_out(app, &visit, person, id, &form, change).await,
        Err(response) => response,
    };
    visit.browser.dress(app, response)
}

/// A form of an operator who may act.
pub struct Sent<'a> {
    /// Who sent it.
    pub person: &'a SignedIn,
    /// About which incident.
    pub id: i64,
    /// What it says.
    pub form: Form,
}

/// Reads a form; anything but one of our own pages, of an operator who signed in lately, gets the answer for it.
pub async fn entered<'a>(
    app: &App,
    visit: &'a Visit,
    named: &Named,
    request: Request,
) -> Result<Sent<'a>, Response> {
    // Before a look at what was sent: a refusal of it would tell others that something is here.
    let person = sending(app, visit).await?;
    let form = form::read(app, request)
        .await
        .map_err(|failure| respond::form_failure(app, &visit.browser, &visit.id, failure))?;
    let id = numbered(named)
        .ok_or_else(|| respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound))?;
    if !visit.browser.csrf_holds(app, form.get("csrf")) {
        let why = (StatusCode::FORBIDDEN, IncidentTrouble::FormExpired);
        let note = form.get("note").unwrap_or_default();
        return Err(again(app, visit, person, id, why, note).await);
    }
    if !is_fresh(person, visit.now) {
        return Err(respond::redirect(&sign_in_again(&page_of(id))));
    }
    Ok(Sent { person, id, form })
}

async fn carry_out(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    id: i64,
    form: &Form,
    change: LifeChange,
) -> Response {
    let (typed, actor, now) = (form.get("note").unwrap_or_default(), actor(person), visit.now);
    let (note, flash) = match change {
        LifeChange::Reopen => (None, IncidentFlash::Reopened),
        LifeChange::Close => {
            // Whoever takes back that they opened it again has nothing to add to the note of before.
            let undone = form.get("undo") == Some("reopened");
            let note = readable(typed);
            if note.is_none() && !undone {
                let why = (StatusCode::BAD_REQUEST, IncidentTrouble::NoteMissing);
                return again(app, visit, person, id, why, typed).await;
            }
            (note, IncidentFlash::Closed)
        }
    };
    match told(closing::change(app, id, change, actor, now, note).await) {
        Told::Done => respond::redirect(&after(app, person, id, flash, now)),
        Told::Already => respond::redirect(&page_of(id)),
        Told::Missing => respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound),
        Told::Trouble(trouble) => again(app, visit, person, id, (StatusCode::CONFLICT, trouble), typed).await,
        Told::Store(error) => respond::store_failure(app, &visit.id, error),
    }
}

enum Told {
    Done,
    Already,
    Missing,
    Trouble(IncidentTrouble),
    Store(StoreError),
}

fn told(outcome: Result<Result<(), LifeRefusal>, StoreError>) -> Told {
    match outcome {
        Ok(Ok(())) => Told::Done,
        Ok(Err(LifeRefusal::Already)) => Told::Already,
        Ok(Err(LifeRefusal::Unknown)) => Told::Missing,
        Ok(Err(LifeRefusal::Containing)) => Told::Trouble(IncidentTrouble::Containing),
        Ok(Err(LifeRefusal::Another)) => Told::Trouble(IncidentTrouble::Another),
        Err(error) => Told::Store(error),
    }
}

/// A note that people can read.
fn readable(typed: &str) -> Option<String> {
    // Browsers end the lines of a form with both.
    let text = typed.replace("\r\n", "\n");
    let text = text.trim();
    let usable = !text.is_empty()
        && text.chars().count() <= LONGEST_NOTE
        && !text.chars().any(|c| c.is_control() && c != '\n');
    usable.then(|| text.to_owned())
}
