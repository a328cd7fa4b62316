//! `POST …/close` and `POST …/reopen`: is somebody done with an incident, or not after all?
//!
//! Both may be called again: an incident that stands there already is shown as it is.

use super::call::{Right, admit, bad, conflict, respond, unknown, words};
use super::show::shown;
use super::wire::{Closing, MOST_WORDS, Reopening};
use super::{Named, numbered};
use crate::app::App;
use crate::incidents::closing;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_store::{LifeChange, LifeRefusal};

/// Closes an incident.
pub async fn close(State(app): State<Arc<App>>, named: Named, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle_close(&app, named, request).await;
    respond(&app, nonce, answer)
}

/// Opens a closed incident again.
pub async fn reopen(State(app): State<Arc<App>>, named: Named, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle_reopen(&app, named, request).await;
    respond(&app, nonce, answer)
}

async fn handle_close(app: &App, named: Named, request: Request) -> Result<Response, Failure> {
    let admitted = admit(app, request, Right::Manage).await?;
    let id = numbered(named)?;
    let (now, actor) = (admitted.now, admitted.actor.clone());
    let Closing { note } = admitted.json(app).await?;
    let note = readable(&note)?;
    done(closing::change(app, id, LifeChange::Close, actor, now, Some(note)).await?)?;
    shown(app, id, StatusCode::OK).await
}

async fn handle_reopen(app: &App, named: Named, request: Request) -> Result<Response, Failure> {
    let admitted = admit(app, request, Right::Manage).await?;
    let id = numbered(named)?;
    let (now, actor) = (admitted.now, admitted.actor.clone());
    let Reopening { note } = admitted.json_or_nothing(app).await?;
    let note = note.as_deref().map(readable).transpose()?;
    done(closing::change(app, id, LifeChange::Reopen, actor, now, note).await?)?;
    shown(app, id, StatusCode::OK).await
}

fn readable(note: &str) -> Result<String, Failure> {
    words(note, MOST_WORDS).ok_or_else(|| bad("note is empty, too long, or has control characters"))
}

fn done(outcome: Result<(), LifeRefusal>) -> Result<(), Failure> {
    match outcome {
        Ok(()) | Err(LifeRefusal::Already) => Ok(()),
        Err(LifeRefusal::Unknown) => Err(unknown()),
        Err(LifeRefusal::Containing) => {
            Err(conflict("the incident is being contained").retry_after(Duration::from_secs(1)))
        }
        Err(LifeRefusal::Another) => Err(conflict("another incident of the same crossing is open")),
    }
}
