//! When should an app look again? `GET /authorization-device/events`: the person's stream, for as long as the device is
//! theirs.

use super::EVENTS;
use super::call::{of_device, respond};
use crate::app::App;
use crate::ciba::live::{self, Listener, Tempo};
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::response::Response;
use std::sync::Arc;

/// `GET /authorization-device/events`.
pub(super) async fn events(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    respond(&app, nonce, answer)
}

async fn handle(app: &Arc<App>, request: Request) -> Result<Response, Failure> {
    let (_, device) = of_device(app, request, EVENTS).await?;
    Ok(live::events(app, Arc::clone(&device.user.sub), Listener::App(device.id), Tempo::USUAL))
}
