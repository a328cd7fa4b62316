//! Where do the parameters of a request stand: in the form, or in a signed request? (CIBA Core sections 7.1 and 7.1.1)

use super::refusal::Refusal;
use super::signed_request::{self, SignedRequest};
use crate::crossing::DeliveryMode;
use crate::oauth::client::{AuthMethod, Client, GrantType, Profile};
use crate::oauth::form::Form;
use crate::oauth::initiation::{self, InitiationError};
use crate::time::Timestamp;
use serde_json::Value;
use std::borrow::Cow;

/// What may not stand beside a signed request: everything that such a request can carry, what the device brings along
/// ([`initiation::PARAMETERS`]) included. Client authentication may.
const AUTHENTICATION_REQUEST: [&str; 13] = [
    "scope",
    "client_notification_token",
    "acr_values",
    "login_hint_token",
    "id_token_hint",
    "login_hint",
    "binding_message",
    "user_code",
    "requested_expiry",
    "request_context",
    "authorization_details",
    "resource",
    "claims",
];

/// The parameters of one request of one client, wherever they stand.
#[derive(Debug)]
pub struct Parameters<'a>(Source<'a>);

enum Source<'a> {
    Form(&'a Form),
    Signed(SignedRequest),
}

impl<'a> Parameters<'a> {
    /// Takes the parameters of an authenticated client: from its signed request if there is one, and only from there
    /// if it must sign. A client that may not use this flow at all is refused first.
    pub fn read(form: &'a Form, client: &Client, issuer: &str, now: Timestamp) -> Result<Self, Refusal> {
        may_ask(client)?;
        let Some(request) = form.get("request") else {
            return if must_sign(client) {
                Err(Refusal::RequestUnsigned)
            } else {
                Ok(Self(Source::Form(form)))
            };
        };
        let mut not_beside = AUTHENTICATION_REQUEST.into_iter().chain(initiation::PARAMETERS);
        if let Some(name) = not_beside.find(|name| form.get(name).is_some()) {
            return Err(Refusal::ParameterBesideRequest(name));
        }
        Ok(Self(Source::Signed(signed_request::verify(request, client, issuer, now)?)))
    }

    /// The signed request, if there is one: its caller remembers that it was used.
    pub const fn signed(&self) -> Option<&SignedRequest> {
        match &self.0 {
            Source::Form(_) => None,
            Source::Signed(request) => Some(request),
        }
    }

    /// A text. Empty counts as absent.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let text = match &self.0 {
            Source::Form(form) => form.get(name),
            Source::Signed(request) => match request.claim(name) {
                None => None,
                Some(Value::String(text)) => Some(text.as_str()),
                Some(_) => return Err(Refusal::ParameterType(name)),
            },
        };
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// A whole number or a truth value as text: a form has no other way, and a JWT may say it either way.
    pub(super) fn scalar(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, Refusal> {
        match self.signed().and_then(|request| request.claim(name)) {
            Some(Value::Number(number)) => Ok(Some(Cow::Owned(number.to_string()))),
            Some(Value::Bool(truth)) => Ok(Some(Cow::Borrowed(if *truth { "true" } else { "false" }))),
            _ => Ok(self.text(name)?.map(Cow::Borrowed)),
        }
    }

    /// A JSON object or array as text: a form has no other way, and a JWT may carry it as it is.
    pub(super) fn json(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, Refusal> {
        match self.signed().and_then(|request| request.claim(name)) {
            Some(value @ (Value::Object(_) | Value::Array(_))) => Ok(Some(Cow::Owned(value.to_string()))),
            _ => Ok(self.text(name)?.map(Cow::Borrowed)),
        }
    }

    /// Texts: one in a form, one or an array of them in a JWT.
    pub(super) fn texts(&self, name: &'static str) -> Result<Vec<&str>, Refusal> {
        match self.signed().and_then(|request| request.claim(name)) {
            Some(Value::Array(all)) => {
                let texts: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
                texts.ok_or(Refusal::ParameterType(name))
            }
            _ => Ok(self.text(name)?.into_iter().collect()),
        }
    }
}

impl initiation::Parameters for Parameters<'_> {
    fn text(&self, name: &'static str) -> Result<Option<&str>, InitiationError> {
        Self::text(self, name).map_err(|_| InitiationError::WrongType(name))
    }

    fn truth(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, InitiationError> {
        self.scalar(name).map_err(|_| InitiationError::WrongType(name))
    }
}

impl std::fmt::Debug for Source<'_> {
    /// No values: among them are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(form) => f.debug_tuple("Form").field(form).finish(),
            Self::Signed(request) => f.debug_tuple("Signed").field(request).finish(),
        }
    }
}

/// A push client is given its tokens and need not register the grant; a public client may not use this flow.
fn may_ask(client: &Client) -> Result<(), Refusal> {
    let registered = match client.backchannel_token_delivery_mode {
        None => false,
        Some(DeliveryMode::Push) => client.tandem_profile != Some(Profile::FapiCiba),
        Some(DeliveryMode::Poll | DeliveryMode::Ping) => client.may_use(GrantType::Ciba),
    };
    let confidential = client.token_endpoint_auth_method != AuthMethod::None;
    if registered && confidential { Ok(()) } else { Err(Refusal::GrantNotAllowed) }
}

/// Section 4: who registered an algorithm signs. FAPI-CIBA section 5.2.2: everybody signs.
fn must_sign(client: &Client) -> bool {
    client.backchannel_authentication_request_signing_alg.is_some()
        || client.tandem_profile == Some(Profile::FapiCiba)
}
