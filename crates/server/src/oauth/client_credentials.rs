//! What does a client get for itself? (RFC 6749 section 4.4)
//!
//! A service token: short-lived, opaque, for this server alone. No person is behind it, so there is no ID token, no
//! refresh token (section 4.4.3), and no scope that people are asked for.

use super::answer;
use super::call::Call;
use super::certificate_binding;
use super::failure::Failure;
use super::proof_of_possession;
use crate::app::App;
use crate::edge::metrics;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::facts::{Sender, SenderDemand};
use tandem_core::oauth::access_token::Confirmation;
use tandem_core::oauth::client::{AuthMethod, Client};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::service_scope::is_service_scope;
use tandem_core::oauth::service_token::ServiceToken;
use tandem_core::oauth::token_response::TokenResponse;

/// The client credentials grant of an authenticated client that registered it.
pub fn token(app: &App, call: &Call, client: &Client) -> Result<Response, Failure> {
    // A registration says so too; nothing else stands between an unproved name and a token.
    if matches!(client.token_endpoint_auth_method, AuthMethod::None | AuthMethod::AttestJwtClientAuth) {
        let description = "this grant is for clients with a secret, key or certificate of their own";
        return Err(Failure::new(ErrorCode::UnauthorizedClient, description));
    }
    let scope = scope(call, client)?;
    for_this_server(app, call)?;
    let proof = proof_of_possession::check(app, call, path::TOKEN, Audience::AuthorizationServer, None)?;
    let bound_to = bind(&certificate_binding::sender(call, client, proof, None))?;
    let life = app.config.tokens.service_token_lifetime;
    let life = u64::from(client.tandem_access_token_lifetime.map_or(life, |own| own.min(life)));
    let iat = call.now.as_secs();
    let token = ServiceToken {
        client_id: Arc::clone(&client.client_id),
        scope,
        issued_at: iat,
        expires_at: iat + life,
        serial: app.random.bytes(),
        mark: client.credential_mark(),
        bound_to,
    };
    metrics::token_issued("client_credentials");
    Ok(answer::json(&TokenResponse {
        access_token: token.seal(&app.keys.tokens),
        token_type: token.token_type(),
        expires_in: life,
        scope: token.scope.as_str(),
        authorization_details: None,
        refresh_token: None,
        tandem_refresh_token_expires_in: None,
        id_token: None,
    }))
}

/// What is asked for, or all that the client may have.
fn scope(call: &Call, client: &Client) -> Result<Scope, Failure> {
    let refused = |description| Failure::new(ErrorCode::InvalidScope, description);
    let most = client.service_scope();
    let Some(text) = call.form.get("scope") else { return Ok(most) };
    let scope = Scope::parse(text).map_err(|error| Failure::explained(ErrorCode::InvalidScope, &error))?;
    if scope.is_empty() {
        return Err(refused("the scope is empty"));
    }
    if !scope.tokens().all(is_service_scope) {
        return Err(refused("a client can have only service scopes for itself"));
    }
    if scope.is_within(&most) { Ok(scope) } else { Err(refused("this client may not ask for that scope")) }
}

/// A service token is good here and nowhere else: whoever asks for more should hear it now.
fn for_this_server(app: &App, call: &Call) -> Result<(), Failure> {
    if call.form.get("resource").is_some_and(|resource| resource.trim_end_matches('/') != app.issuer()) {
        let description = "a service token is for this server alone: resource may only be the issuer";
        return Err(Failure::new(ErrorCode::InvalidTarget, description));
    }
    if call.form.get("authorization_details").is_some() {
        let description = "a service token has no authorization_details";
        return Err(Failure::new(ErrorCode::InvalidAuthorizationDetails, description));
    }
    Ok(())
}

/// What the token is bound to: the key of the proof, if there was one, and the certificate where the client registered
/// that. One that registered both ways may choose.
fn bind(sender: &Sender) -> Result<Confirmation, Failure> {
    let missing = |description| Err(Failure::new(ErrorCode::InvalidRequest, description));
    let (jkt, certificate) = match (sender.demand, sender.proof, sender.certificate) {
        (SenderDemand::CertificateAtRedemption, _, None) => {
            return missing("a client certificate is required: this client's tokens are bound to it");
        }
        (SenderDemand::AtRedemption | SenderDemand::AtInitiation, None, _) => {
            return missing("a DPoP proof is required: this client's tokens are bound to a key");
        }
        (SenderDemand::EitherAtRedemption, None, None) => {
            return missing("a DPoP proof or a client certificate is required");
        }
        (SenderDemand::EitherAtRedemption, Some(_), _) => (sender.proof, None),
        (_, proof, certificate) => (proof, certificate),
    };
    Ok(Confirmation { jkt, certificate })
}
