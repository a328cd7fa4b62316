//! How does an app cease to be a device? `DELETE /authorization-device`

use super::PATH;
use super::call::{of_device, respond};
use crate::app::App;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::people::throttle::event;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_store::SecurityEvent;

/// `DELETE /authorization-device`.
pub(super) async fn forget(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    respond(&app, nonce, answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let (proven, device) = of_device(app, request, PATH).await?;
    let (call, sub) = (&proven.call, &device.user.sub);
    if app.store.remove_authorization_device(device.id, sub).await? {
        let removed = event("authorization_device_removed", call.now, Some(Arc::clone(sub)), call.address);
        app.store.record_event(SecurityEvent { detail: Some("app".to_owned()), ..removed }).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
