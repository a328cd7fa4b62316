//! Is this token good? (RFC 7662)

use crate::app::App;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::failure::Failure;
use crate::oauth::presented_token::{self, Kind};
use crate::oauth::service_token;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::oauth::access_token::Audience;
use tandem_core::oauth::client::{AuthMethod, Client};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::introspection::{Introspection, Token};
use tandem_core::oauth::metadata::path;
use tandem_core::time::Timestamp;

/// `introspection_endpoint`.
pub async fn introspection_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    handle(&app, request).await.unwrap_or_else(|failure| {
        metrics::refused("introspection", failure.code().as_str());
        failure.into_response()
    })
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let call = Call::read(app, request).await?;
    let caller = authenticate(app, &call, path::INTROSPECTION).await?;
    if caller.token_endpoint_auth_method == AuthMethod::None {
        return Err(Failure::new(ErrorCode::InvalidClient, "introspection needs client authentication"));
    }
    let token =
        call.form.get("token").ok_or_else(|| Failure::new(ErrorCode::InvalidRequest, "token is missing"))?;
    let Some(found) = presented_token::read(app, token, call.now).await? else {
        return Ok(service_answer(app, &caller, token, call.now));
    };
    // Whoever is neither the client nor trusted to ask learns nothing, not even that the token exists.
    if !caller.tandem_introspection && caller.client_id != found.family.client_id {
        return Ok(answer::json(&Introspection::INACTIVE));
    }
    let audience = match found.kind {
        Kind::Access => Some(Audience::of_family(&found.family, &found.client.tandem_audience, app.issuer())),
        Kind::Refresh => None,
    };
    let token = Token { issuer: app.issuer(), audience, scope: found.scope, iat: found.iat, exp: found.exp };
    Ok(answer::json(&Introspection::active(&found.family, &token)))
}

/// The same for what may be a service token.
fn service_answer(app: &App, caller: &Client, text: &str, now: Timestamp) -> Response {
    let found = service_token::read(app, text, now)
        .filter(|found| caller.tandem_introspection || caller.client_id == found.client.client_id);
    match found {
        Some(found) => answer::json(&Introspection::service(&found.token, &found.scope, app.issuer())),
        None => answer::json(&Introspection::INACTIVE),
    }
}
