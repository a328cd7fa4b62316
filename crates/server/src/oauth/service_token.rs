//! Which program calls, on its own account, and may it? (RFC 6749 section 4.4, RFC 6750, RFC 8705, RFC 9449)
//!
//! An endpoint for programs begins with [`require`]. The token counts in the `Authorization` header alone.

use super::authorization_header::{challenge, check_binding, insufficient, presented};
use super::call::{Call, address_of};
use super::failure::Failure;
use crate::app::App;
use crate::edge::client_certificate::certificate_of;
use axum::http::request::Parts;
use std::sync::Arc;
use tandem_core::oauth::client::{Client, GrantType};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::service_token::ServiceToken;
use tandem_core::time::Timestamp;

/// A program that showed a good service token.
#[derive(Debug, Clone)]
pub struct ServiceCaller {
    /// The client, as it is registered now.
    pub client: Arc<Client>,
    /// What its token may be used for: service scopes that the client still has.
    pub scope: Scope,
}

/// Lets a program pass whose service token has one of the scopes in `accepted`
/// ([`tandem_core::oauth::service_scope`]). Give the parts of the request as they came in: the address in `parts.uri`
/// must be the whole path under the issuer, since a DPoP proof names it (so do not nest routers around it).
pub async fn require(
    app: &App,
    parts: &Parts,
    accepted: &[&str],
    now: Timestamp,
) -> Result<ServiceCaller, Failure> {
    let (scheme, text) = presented(&parts.headers)?;
    let found = read(app, text, now)
        .ok_or_else(|| challenge(scheme, ErrorCode::InvalidToken, "the service token is not good"))?;
    let call = Call {
        now,
        address: address_of(&parts.extensions),
        method: parts.method.clone(),
        headers: parts.headers.clone(),
        form: Form::default(),
        certificate: certificate_of(&parts.extensions),
    };
    check_binding(app, &call, parts.uri.path(), (scheme, text), found.token.bound_to)?;
    if !accepted.iter().any(|one| found.scope.contains(one)) {
        return Err(insufficient(scheme, accepted, "the service token lacks a scope that is needed here"));
    }
    Ok(ServiceCaller { client: found.client, scope: found.scope })
}

/// A service token that is good now.
#[derive(Debug)]
pub struct PresentedServiceToken {
    /// What it says.
    pub token: ServiceToken,
    /// Whose it is.
    pub client: Arc<Client>,
    /// What it may be used for now.
    pub scope: Scope,
}

/// Reads a service token; `None` if it is not ours, or not good now. A client that was removed, got another
/// secret or key, or lost the grant or a scope, loses at once what it had by it.
pub fn read(app: &App, text: &str, now: Timestamp) -> Option<PresentedServiceToken> {
    let token = ServiceToken::open(text, &app.keys.tokens).filter(|token| !token.is_expired(now))?;
    let client = app.clients.get(&token.client_id)?;
    let may_use = client.may_use(GrantType::ClientCredentials) && client.credential_mark() == token.mark;
    if !may_use || app.store.is_used(token.revocation_key(), now) {
        return None;
    }
    let scope = token.scope.intersection(&client.scope);
    Some(PresentedServiceToken { token, client, scope })
}
