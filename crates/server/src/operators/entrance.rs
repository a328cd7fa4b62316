//! Who is at the door of the operators' pages, and may they act?

use super::list::HERE;
use crate::app::App;
use crate::pages::views::FailureKind;
use crate::people::browser::SignedIn;
use crate::people::respond;
use crate::people::visit::Visit;
use axum::response::Response;
use std::time::Duration;
use tandem_core::incident::Actor;
use tandem_core::time::Timestamp;

/// How long after signing in somebody may act.
const FRESH: Duration = Duration::from_mins(15);

/// The operator who looks at `path`; anybody else gets the answer for them. Nobody learns that the page exists who is signed in
/// and no operator.
pub async fn looking<'a>(app: &App, visit: &'a Visit, path: &str) -> Result<&'a SignedIn, Response> {
    let Some(person) = visit.browser.signed_in() else {
        return Err(respond::redirect(&format!("/sign-in?next={}", encoded(path))));
    };
    known(app, visit, person).await
}

/// The operator who sent a form.
pub async fn sending<'a>(app: &App, visit: &'a Visit) -> Result<&'a SignedIn, Response> {
    let Some(person) = visit.browser.signed_in() else {
        return Err(respond::failure(app, &visit.browser, &visit.id, FailureKind::SessionExpired));
    };
    known(app, visit, person).await
}

async fn known<'a>(app: &App, visit: &Visit, person: &'a SignedIn) -> Result<&'a SignedIn, Response> {
    match app.store.is_operator(&person.user.sub).await {
        Ok(true) => Ok(person),
        Ok(false) => Err(respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound)),
        Err(error) => Err(respond::store_failure(app, &visit.id, error)),
    }
}

/// Whether this person signed in lately enough to act.
pub fn is_fresh(person: &SignedIn, now: Timestamp) -> bool {
    now.since(person.session.auth_time) <= FRESH
}

/// Where somebody signs in once more, to come back to `path`.
pub fn sign_in_again(path: &str) -> String {
    format!("/sign-in?next={}&again=1", encoded(path))
}

/// How the record names this operator.
pub fn actor(person: &SignedIn) -> Actor {
    Actor::Operator((&*person.user.sub).into())
}

/// Whether a path leads to these pages.
pub fn leads_here(path: &str) -> bool {
    path.strip_prefix(HERE).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

fn encoded(path: &str) -> String {
    form_urlencoded::byte_serialize(path.as_bytes()).collect()
}
