//! How do programs look at incidents and act on them? JSON under `/admin/v1`, for clients with a service token.
//!
//! [`operation`] is the table of what there is: the routes and the description ([`openapi`]) both come of it. A call is
//! let in by [`call`], its types are in [`wire`], and one file an operation does the rest. Everything that is done says in the
//! incident's record which client did it.

mod call;
mod change;
mod contain;
mod examples;
mod list;
mod open;
mod openapi;
mod operation;
mod show;
mod wire;

pub(crate) use call::incident_number;
pub use operation::Operation;
pub(crate) use wire::{Incident, IncidentDetail};

use crate::app::App;
use crate::oauth::failure::Failure;
use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::any;
use call::{bad, refusal, unknown};
use std::sync::Arc;

/// What a path names, if that can be read.
type Named = Result<Path<String>, PathRejection>;

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    let each =
        |router: Router<Arc<App>>, operation: &Operation| router.route(operation.path(), operation.handler());
    let known = Operation::ALL.iter().fold(Router::new(), each);
    // Programs get JSON also where there is nothing.
    known.method_not_allowed_fallback(wrong_method).route("/admin/{*rest}", any(nothing))
}

/// The router says which methods are wanted.
async fn wrong_method() -> Response {
    refusal(bad("this address does not take this method").with_status(405))
}

async fn nothing() -> Response {
    refusal(bad("the admin API has no such address").with_status(404))
}

/// The number of the incident that a path names.
fn numbered(named: Named) -> Result<i64, Failure> {
    named.ok().and_then(|Path(text)| incident_number(&text)).ok_or_else(unknown)
}
