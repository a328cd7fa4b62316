//! How do operators look at incidents and act on them? The pages under `/operator`, behind the ordinary sign-in.
//!
//! Only people in the store's table of operators see that the pages exist. The table is asked at every request, so that whoever
//! loses the role loses access at once. Looking needs a session, acting one whose sign-in is a few minutes old.

mod act;
mod contain;
mod done;
mod entrance;
mod list;
mod names;
mod show;
mod steps;

pub use entrance::leads_here;
pub use list::HERE;

use crate::admin_api::incident_number;
use crate::app::App;
use crate::home;
use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::routing::any;
use std::sync::Arc;

/// What a path names, if that can be read.
type Named = Result<Path<String>, PathRejection>;

/// The pages. Whatever else is sent there meets what is met at an unknown address.
pub fn routes() -> Router<Arc<App>> {
    let nothing = || any(home::not_found);
    Router::new()
        .route(HERE, nothing().get(list::list))
        .route("/operator/incidents/{id}", nothing().get(show::show))
        .route("/operator/incidents/{id}/contain", nothing().get(contain::ask).post(contain::contain))
        .route("/operator/incidents/{id}/close", nothing().post(act::close))
        .route("/operator/incidents/{id}/reopen", nothing().post(act::reopen))
}

/// The number of the incident that a path names.
fn numbered(named: &Named) -> Option<i64> {
    named.as_ref().ok().and_then(|Path(text)| incident_number(text))
}

/// The page of an incident.
fn page_of(id: i64) -> String {
    format!("{HERE}/{id}")
}
