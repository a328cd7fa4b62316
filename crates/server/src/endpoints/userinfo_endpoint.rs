//! Whose token is this? (OpenID Connect Core section 5.3, RFC 6750, RFC 9449 section 7)

use crate::app::App;
use crate::edge::client_certificate::certificate_of;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::authorization_header::{challenge, check_binding, insufficient, presented};
use crate::oauth::call::{Call, address_of};
use crate::oauth::failure::Failure;
use crate::oauth::presented_token::{self, Kind};
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::dpop::nonce::Audience;
use tandem_core::oauth::access_token::Confirmation;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::metadata::path;
use tandem_core::openid::userinfo::{Person, UserInfo};

/// `userinfo_endpoint`, by GET or POST.
pub async fn userinfo_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await.unwrap_or_else(|failure| {
        metrics::refused("userinfo", failure.code().as_str());
        failure.into_response()
    });
    nonce.put(&app, Audience::ResourceServer, answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "this endpoint takes GET or POST")
            .with_status(405)
            .with_header(header::ALLOW, "GET, POST"));
    }
    let call = Call {
        now: app.clock.now(),
        address: address_of(request.extensions()),
        method: request.method().clone(),
        headers: request.headers().clone(),
        form: Form::default(),
        certificate: certificate_of(request.extensions()),
    };
    let (scheme, token) = presented(&call.headers)?;
    let found = presented_token::read(app, token, call.now).await?.filter(|token| token.kind == Kind::Access);
    let found =
        found.ok_or_else(|| challenge(scheme, ErrorCode::InvalidToken, "the access token is not good"))?;
    let bound_to = Confirmation { jkt: found.family.dpop_jkt, certificate: found.family.certificate };
    check_binding(app, &call, path::USERINFO, (scheme, token), bound_to)?;
    if !found.scope.contains("openid") {
        return Err(insufficient(scheme, &["openid"], "the scope openid is needed"));
    }
    let user = app.store.user(&found.family.authentication.sub).await?;
    let user = user.ok_or_else(|| challenge(scheme, ErrorCode::InvalidToken, "the person is gone"))?;
    let person = Person {
        sub: &user.sub,
        username: &user.username,
        name: user.name.as_deref(),
        email: user.email.as_deref().map(|address| (address, user.email_verified)),
        locale: user.locale.as_deref(),
        updated_at: user.updated_at.as_secs(),
    };
    Ok(answer::json(&UserInfo::release(person, &found.scope)))
}
