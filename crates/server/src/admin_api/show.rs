//! `GET /admin/v1/incidents/{id}`: what is known of an incident?

use super::call::{Right, admit, answer, respond, unknown};
use super::wire::IncidentDetail;
use super::{Named, numbered};
use crate::app::App;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Shows an incident.
pub async fn show(State(app): State<Arc<App>>, named: Named, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, named, request).await;
    respond(&app, nonce, answer)
}

async fn handle(app: &App, named: Named, request: Request) -> Result<Response, Failure> {
    admit(app, request, Right::Read).await?;
    shown(app, numbered(named)?, StatusCode::OK).await
}

/// An incident as the answer to whatever was done to it.
pub async fn shown(app: &App, id: i64, status: StatusCode) -> Result<Response, Failure> {
    let file = app.store.incident(id).await?.ok_or_else(unknown)?;
    answer(status, &IncidentDetail::of(&file))
}
