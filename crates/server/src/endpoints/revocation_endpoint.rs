//! How does a client give a token back? (RFC 7009)

use crate::app::App;
use crate::edge::metrics;
use crate::oauth::call::Call;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::cross_origin;
use crate::oauth::failure::Failure;
use crate::oauth::presented_token;
use crate::oauth::service_token;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::token_family::Revocation;

/// `revocation_endpoint`.
pub async fn revocation_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    handle(&app, request).await.unwrap_or_else(|failure| {
        metrics::refused("revocation", failure.code().as_str());
        failure.into_response()
    })
}

/// Any token of a family ends the whole family (section 2.1 allows it); a service token ends alone. Unknown tokens, and those of other clients,
/// change nothing, and the answer is the same (section 2.2).
async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let call = Call::read(app, request).await?;
    let client = authenticate(app, &call, path::REVOCATION).await?;
    let token =
        call.form.get("token").ok_or_else(|| Failure::new(ErrorCode::InvalidRequest, "token is missing"))?;
    if let Some(named) = presented_token::family_of(app, token, call.now).await?
        && let Some(family) = app.store.family(named).await?
        && family.client_id == client.client_id
    {
        app.store.revoke_family(named, call.now, Revocation::Client).await?;
    }
    if let Some(found) = service_token::read(app, token, call.now)
        && found.client.client_id == client.client_id
    {
        app.store.use_up(found.token.revocation_key(), found.token.until(), call.now).await?;
    }
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let mut response = (StatusCode::OK, no_store).into_response();
    cross_origin::open(response.headers_mut());
    Ok(response)
}
