//! What came in from an app: whose key was proved, and what does it say?

use super::device::{self, Device};
use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::edge::client_certificate::certificate_of;
use crate::oauth::call::{Call, address_of};
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::{self, DPOP, NonceOffer};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use tandem_core::digest::Digest;
use tandem_core::dpop::nonce::Audience;
use tandem_core::jose::Jwk;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;

/// A call whose sender proved a key.
pub(super) struct Proven {
    /// The call; it has no form.
    pub call: Call,
    /// The key's thumbprint.
    pub key: Digest,
    /// What came with it, unread.
    pub body: Body,
}

/// Checks the proof of a call of the endpoint at `path`, under the issuer.
pub(super) fn proven(app: &App, request: Request, path: &str) -> Result<Proven, Failure> {
    let (parts, body) = request.into_parts();
    let call = Call {
        now: app.clock.now(),
        address: address_of(&parts.extensions),
        certificate: certificate_of(&parts.extensions),
        method: parts.method,
        headers: parts.headers,
        form: Form::default(),
    };
    let key = proof_of_possession::check(app, &call, path, Audience::AuthorizationServer, None)?;
    let key =
        key.ok_or(Failure::new(ErrorCode::InvalidDpopProof, "a DPoP proof of the device's key is needed"))?;
    Ok(Proven { call, key, body })
}

/// The same of a device that somebody has registered.
pub(super) async fn of_device(app: &App, request: Request, path: &str) -> Result<(Proven, Device), Failure> {
    let proven = proven(app, request, path)?;
    let device = device::identify(app, proven.key, proven.call.now).await?;
    Ok((proven, device))
}

impl Proven {
    /// The key that was proved.
    pub fn jwk(&self) -> Option<Jwk> {
        let proof = self.call.headers.get(DPOP)?.to_str().ok()?;
        // The proof was verified with the key in its header, so that the thumbprint says that this is it.
        device::key_of_proof(proof).filter(|key| key.thumbprint() == self.key)
    }

    /// The JSON that came with the call.
    pub async fn json<T: DeserializeOwned>(self, app: &App) -> Result<(Call, T), Failure> {
        if !is_json(&self.call.headers) {
            return Err(Failure::new(ErrorCode::InvalidRequest, "the Content-Type must be application/json"));
        }
        let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX);
        let body = read_body(self.body, limit).await.map_err(|error| {
            let status = if error == BodyError::TooLarge { 413 } else { 400 };
            Failure::explained(ErrorCode::InvalidRequest, &error).with_status(status)
        })?;
        let read = serde_json::from_slice(&body).map_err(|_| {
            Failure::new(
                ErrorCode::InvalidRequest,
                "the body is not JSON with the members that are wanted here",
            )
        })?;
        Ok((self.call, read))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(header::CONTENT_TYPE).iter();
    let essence =
        declared.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    declared.next().is_none()
        && essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The answer on its way out: with a nonce where one is due.
pub(super) fn respond(app: &App, nonce: NonceOffer, answer: Result<Response, Failure>) -> Response {
    nonce.answer(app, Audience::AuthorizationServer, "authorization_device", answer)
}

/// There is no such request for this person: the same words whether it never was, is somebody else's or is gone.
pub(super) const fn unknown_request() -> Failure {
    Failure::new(ErrorCode::InvalidRequest, "there is no such request").with_status(404)
}

/// The router says which method is wanted.
pub(super) async fn wrong_method() -> Response {
    Failure::new(ErrorCode::InvalidRequest, "this endpoint does not take this method")
        .with_status(405)
        .into_response()
}
