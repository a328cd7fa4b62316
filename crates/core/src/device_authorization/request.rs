//! What does the device ask? (RFC 8628 section 3.1)

use super::refusal::Refusal;
use crate::oauth::client::{Client, GrantType};
use crate::oauth::form::Form;
use crate::oauth::initiation::InitiationParameters;
use crate::oauth::scope::Scope;

/// The longest `nonce`.
const MAX_NONCE: usize = 256;

/// A device authorization request of an authenticated client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAuthorizationRequest {
    /// What is asked for; all that the client may ask people for if it does not say.
    pub scope: Scope,
    /// OpenID Connect Core `nonce`, for the ID token.
    pub nonce: Option<Box<str>>,
    /// What the device brings along.
    pub initiation: InitiationParameters,
}

impl DeviceAuthorizationRequest {
    /// Reads a form that this client sent.
    pub fn parse(form: &Form, client: &Client) -> Result<Self, Refusal> {
        if !client.may_use(GrantType::DeviceCode) {
            return Err(Refusal::GrantNotAllowed);
        }
        let most = client.personal_scope();
        let scope = match form.get("scope") {
            None => most.clone(),
            Some(text) => Scope::parse(text).map_err(|_| Refusal::ScopeMalformed)?,
        };
        if !scope.is_within(&most) {
            return Err(Refusal::ScopeNotAllowed);
        }
        let nonce = form.get("nonce");
        if nonce.is_some_and(|nonce| nonce.len() > MAX_NONCE) {
            return Err(Refusal::NonceTooLong);
        }
        Ok(Self { scope, nonce: nonce.map(Into::into), initiation: InitiationParameters::read(form)? })
    }
}
