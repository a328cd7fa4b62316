//! How does a client send a request to its server? Authenticated, with proof of its key, and again if a nonce is wanted.

use crate::client_authentication::Client;
use crate::discovery::Metadata;
use crate::dpop::Prover;
use crate::failure::{Failure, printable};
use crate::http::{Method, Request, Response};
use crate::issuer::Transport;
use crate::surroundings::{CallFailure, Surroundings};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// One client's talk with one server.
pub struct Conversation<'a, W: Surroundings> {
    /// The server's endpoints.
    pub metadata: &'a Metadata,
    /// Which addresses may be shown and called.
    pub transport: Transport,
    /// Who asks.
    pub client: &'a Client,
    /// The key that the tokens shall be bound to, if any.
    pub prover: Option<&'a mut Prover>,
    /// Clock, randomness and network.
    pub world: &'a mut W,
}

impl<W: Surroundings> Conversation<'_, W> {
    /// Sends one authenticated form, a second time if the server first wants a nonce in the proof (RFC 9449 section 8).
    pub fn post(
        &mut self,
        url: &Url,
        form: &[(&'static str, String)],
        tick: &mut dyn FnMut(Duration),
    ) -> Result<Response, CallFailure> {
        let response = self.post_once(url, form, tick)?;
        let again = self.prover.is_some() && wants_nonce(&response);
        if again { self.post_once(url, form, tick) } else { Ok(response) }
    }

    fn post_once(
        &mut self,
        url: &Url,
        form: &[(&'static str, String)],
        tick: &mut dyn FnMut(Duration),
    ) -> Result<Response, CallFailure> {
        let unusable = |failure: Failure| CallFailure::Unusable(failure.to_string());
        let mut form = form.to_vec();
        let (now, unique) = (self.world.now(), self.world.random().map_err(unusable)?);
        let authorization =
            self.client.authenticate(self.metadata, now, &unique, &mut form).map_err(unusable)?;
        let method = Method::Form(form);
        let dpop = match &self.prover {
            Some(prover) => {
                let unique = self.world.random().map_err(unusable)?;
                Some(prover.prove(method.name(), url, now, &unique).map_err(unusable)?)
            }
            None => None,
        };
        let request = Request { url: url.clone(), method, authorization, dpop };
        let response = self.world.call(request, tick)?;
        if let (Some(prover), Some(nonce)) = (&mut self.prover, &response.dpop_nonce) {
            prover.remember(nonce);
        }
        Ok(response)
    }
}

#[derive(Deserialize)]
struct ErrorDocument {
    error: String,
    error_description: Option<String>,
}

fn error_document(response: &Response) -> Option<ErrorDocument> {
    if (200..300).contains(&response.status) { None } else { serde_json::from_slice(&response.body).ok() }
}

/// The OAuth error code of a response (RFC 6749 section 5.2), if it is an error.
pub fn error_code(response: &Response) -> Option<String> {
    error_document(response).map(|document| document.error)
}

/// Whether the same request with the response's nonce in its proof may be taken (RFC 9449 section 8).
pub fn wants_nonce(response: &Response) -> bool {
    response.dpop_nonce.is_some() && error_code(response).as_deref() == Some("use_dpop_nonce")
}

/// A refusal in the server's words.
pub fn refused(response: &Response) -> Failure {
    Failure::Server(match error_document(response) {
        Some(ErrorDocument { error, error_description: Some(why) }) => {
            format!("the server refused: {} ({})", printable(&why, 300), printable(&error, 80))
        }
        Some(ErrorDocument { error, .. }) => format!("the server refused: {}", printable(&error, 80)),
        None => format!("the server answered with status {} and no OAuth error", response.status),
    })
}
