//! Who signed in on the consumption device before it asked? (BCP 6.1.15)

use crate::app::App;
use tandem_core::mitigations::Policy;
use tandem_core::mitigations::authenticate_then_initiate::Initiator;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::initiation::{InitiationError, InitiationParameters};
use tandem_core::openid::initiator_token;
use tandem_core::time::Timestamp;

/// Whom the device's `tandem_initiator_token` proves, if it sent one: an ID token of ours for the client that asks, or
/// for one that policy names beside it.
pub fn verify(
    app: &App,
    client: &Client,
    policy: &Policy,
    asked: &InitiationParameters,
    now: Timestamp,
) -> Result<Option<Initiator>, InitiationError> {
    let Some(token) = &asked.initiator_token else { return Ok(None) };
    app.effort.verify();
    let others = policy.authenticate_then_initiate.sign_in_clients.iter().map(String::as_str);
    let clients: Vec<&str> = std::iter::once(&*client.client_id).chain(others).collect();
    initiator_token::verify(token, app.keys.signing().published(), app.issuer(), &clients, now)
        .map(Some)
        .map_err(InitiationError::InitiatorToken)
}
