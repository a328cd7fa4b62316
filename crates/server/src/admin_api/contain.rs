//! `POST …/contain`: does everything end that an incident concerns?
//!
//! It may be called again: one that is contained is shown as it is.

use super::call::{Right, admit, conflict, respond, unknown};
use super::show::shown;
use super::wire::Containing;
use super::{Named, numbered};
use crate::app::App;
use crate::incidents::{self, ContainError};
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::incident::{Actor, ContainRefusal};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::time::Timestamp;
use tandem_store::BeginRefusal;

/// Contains an incident.
pub async fn contain(State(app): State<Arc<App>>, named: Named, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, named, request).await;
    respond(&app, nonce, answer)
}

async fn handle(app: &App, named: Named, request: Request) -> Result<Response, Failure> {
    let admitted = admit(app, request, Right::Manage).await?;
    let id = numbered(named)?;
    let (now, actor) = (admitted.now, admitted.actor.clone());
    let Containing {} = admitted.json_or_nothing(app).await?;
    carry_out(app, id, actor, now).await?;
    shown(app, id, StatusCode::OK).await
}

/// Contains it, unless that was done.
pub async fn carry_out(app: &App, id: i64, actor: Actor, now: Timestamp) -> Result<(), Failure> {
    match incidents::contain(app, id, actor, now).await {
        Ok(_) | Err(ContainError::Refused(BeginRefusal::State(ContainRefusal::Contained))) => Ok(()),
        Err(ContainError::Refused(BeginRefusal::Unknown)) => Err(unknown()),
        Err(ContainError::Refused(BeginRefusal::State(ContainRefusal::Closed))) => {
            Err(conflict("the incident is closed: open it again first"))
        }
        Err(ContainError::Answering) => {
            let words = "the incident is begun with, and goes on by itself; ask again";
            let failure = Failure::new(ErrorCode::TemporarilyUnavailable, words);
            Err(failure.retry_after(Duration::from_secs(1)))
        }
        Err(ContainError::Store(error)) => Err(error.into()),
    }
}
