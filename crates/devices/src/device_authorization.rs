//! What do device and server say to each other? The two requests of RFC 8628 and every answer to them.
//!
//! 1. Device → server: device authorization request (section 3.1), codes come back (3.2).
//! 2. Device → server: token request with the device code, again and again (3.4), until the answer is final (3.5).

use crate::discovery::{Metadata, SecretTransfer, Transport, may_be_used};
use crate::dpop::Prover;
use crate::failure::{Failure, printable};
use crate::http::{Request, Response};
use crate::poll::Answer;
use crate::surroundings::{CallFailure, Surroundings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;

/// The grant type of RFC 8628 section 3.4.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The interval of a server that names none, in seconds (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: u64 = 5;
/// No code is kept on a screen for longer, in seconds: a day.
const LONGEST_LIFE: u64 = 86_400;

/// Who asks, and how it shows that. Holds the client secret, so it cannot be printed.
pub struct Client {
    /// The client identifier.
    pub id: String,
    /// The secret of a confidential client.
    pub secret: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Scopes, separated by spaces; the server chooses if absent.
    pub scope: Option<String>,
    /// What the person calls this device, shown on the decision page (an extension that other servers ignore).
    pub device_name: Option<String>,
    /// What kind of device this is (an extension that other servers ignore).
    pub device_type: Option<String>,
}

/// The codes of one request, checked (RFC 8628 section 3.2). Holds the device code, so it cannot be printed.
pub struct Codes {
    /// The secret to poll with.
    pub device_code: String,
    /// What the person compares or types; fit for a terminal.
    pub user_code: String,
    /// Where the person types it; fit for a terminal.
    pub verification_uri: String,
    /// The same with the code in it, for the QR; fit for a terminal.
    pub verification_uri_complete: Option<String>,
    /// How long both codes live, from their arrival.
    pub expires_in: Duration,
    /// The pause between two polls.
    pub interval: Duration,
}

/// The token response, as the server sent it. Secret, so it cannot be printed.
pub struct Tokens(pub Map<String, Value>);

/// What one poll came back with.
pub enum Reply {
    /// The end: tokens.
    Granted(Tokens),
    /// Ask again later.
    NotYet(Answer),
}

#[derive(Deserialize)]
struct CodesDocument {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct ErrorDocument {
    error: String,
    error_description: Option<String>,
}

impl Codes {
    /// Reads a device authorization response.
    pub fn read(body: &[u8], transport: Transport) -> Result<Self, Failure> {
        let refusal =
            |why: &str| Failure::Server(format!("the server's device authorization response {why}"));
        let found: CodesDocument =
            serde_json::from_slice(body).map_err(|_| refusal("is not the JSON of RFC 8628 section 3.2"))?;
        if found.device_code.is_empty() || found.user_code.trim().is_empty() || found.expires_in == 0 {
            return Err(refusal("lacks a code or its lifetime"));
        }
        let address = |text: &str| {
            let url = Url::parse(text).ok().filter(|url| may_be_used(url, transport));
            // The parsed form cannot hold control characters: they are percent-encoded.
            url.map(String::from).filter(|text| text.len() <= 2048)
        };
        let verification_uri = address(&found.verification_uri);
        Ok(Self {
            device_code: found.device_code,
            user_code: printable(found.user_code.trim(), 40),
            verification_uri: verification_uri.ok_or_else(|| refusal("has no safe verification address"))?,
            verification_uri_complete: found.verification_uri_complete.as_deref().and_then(address),
            expires_in: Duration::from_secs(found.expires_in.min(LONGEST_LIFE)),
            interval: Duration::from_secs(found.interval.unwrap_or(DEFAULT_INTERVAL).min(LONGEST_LIFE)),
        })
    }
}

/// One device's talk with one server.
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
    /// Asks for codes (RFC 8628 section 3.1).
    pub fn initiate(&mut self, wish: &Wish) -> Result<Codes, Failure> {
        let named = |name: &'static str, value: &Option<String>| value.clone().map(|value| (name, value));
        let form = [
            named("scope", &wish.scope),
            named("tandem_device_name", &wish.device_name),
            named("tandem_device_type", &wish.device_type),
        ];
        let url = self.metadata.device_authorization_endpoint.clone();
        let response = self.post(&url, form.into_iter().flatten().collect(), &mut |_| ())?;
        match response.status {
            200 => Codes::read(&response.body, self.transport),
            429 | 500..=599 => Err(Failure::Network(format!("it answered with status {}", response.status))),
            _ => Err(refused(&response)),
        }
    }

    /// Asks for the tokens once (RFC 8628 section 3.4).
    pub fn poll(&mut self, device_code: &str, tick: &mut dyn FnMut(Duration)) -> Result<Reply, Failure> {
        let form = vec![("grant_type", GRANT_TYPE.to_owned()), ("device_code", device_code.to_owned())];
        let url = self.metadata.token_endpoint.clone();
        match self.post(&url, form, tick) {
            Ok(response) => read_reply(&response, self.prover.is_some()),
            Err(CallFailure::Connection(_)) => Ok(Reply::NotYet(Answer::Unreachable { retry_after: None })),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Sends one authenticated form, a second time if the server first wants a nonce in the proof (RFC 9449 section 8).
    fn post(
        &mut self,
        url: &Url,
        form: Vec<(&'static str, String)>,
        tick: &mut dyn FnMut(Duration),
    ) -> Result<Response, CallFailure> {
        let response = self.post_once(url, form.clone(), tick)?;
        let wants_nonce =
            response.dpop_nonce.is_some() && error_code(&response).as_deref() == Some("use_dpop_nonce");
        if self.prover.is_some() && wants_nonce { self.post_once(url, form, tick) } else { Ok(response) }
    }

    fn post_once(
        &mut self,
        url: &Url,
        mut form: Vec<(&'static str, String)>,
        tick: &mut dyn FnMut(Duration),
    ) -> Result<Response, CallFailure> {
        let authorization = self.authenticate(&mut form);
        let dpop = match &self.prover {
            Some(prover) => {
                let drawn = self.world.random();
                let proof = drawn.and_then(|unique| prover.prove(url, self.world.now(), &unique));
                Some(proof.map_err(|failure| CallFailure::Unusable(failure.to_string()))?)
            }
            None => None,
        };
        let request = Request { url: url.clone(), form: Some(form), authorization, dpop };
        let response = self.world.call(request, tick)?;
        if let (Some(prover), Some(nonce)) = (&mut self.prover, &response.dpop_nonce) {
            prover.remember(nonce);
        }
        Ok(response)
    }

    /// RFC 6749 section 2.3.1; a public client only names itself.
    fn authenticate(&self, form: &mut Vec<(&'static str, String)>) -> Option<String> {
        let Client { id, secret } = self.client;
        match (secret, self.metadata.secret_transfer) {
            (Some(secret), SecretTransfer::Basic) => {
                let encode =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                Some(format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret)))))
            }
            (Some(secret), SecretTransfer::Post) => {
                form.extend([("client_id", id.clone()), ("client_secret", secret.clone())]);
                None
            }
            (None, _) => {
                form.push(("client_id", id.clone()));
                None
            }
        }
    }
}

/// Reads the answer to a poll (RFC 8628 section 3.5, RFC 6749 section 5). `bound`: the tokens must be DPoP-bound.
pub fn read_reply(response: &Response, bound: bool) -> Result<Reply, Failure> {
    match (response.status, error_code(response).as_deref()) {
        (200, _) => read_tokens(&response.body, bound).map(Reply::Granted),
        (429 | 500..=599, _) | (_, Some("temporarily_unavailable")) => {
            Ok(Reply::NotYet(Answer::Unreachable { retry_after: response.retry_after }))
        }
        (_, Some("authorization_pending")) => Ok(Reply::NotYet(Answer::Pending)),
        (_, Some("slow_down")) => Ok(Reply::NotYet(Answer::SlowDown)),
        (_, Some("access_denied")) => Err(Failure::Denied),
        (_, Some("expired_token")) => Err(Failure::Expired),
        _ => Err(refused(response)),
    }
}

fn read_tokens(body: &[u8], bound: bool) -> Result<Tokens, Failure> {
    let refusal = |why: &str| Failure::Server(format!("the server's token response {why}"));
    let found: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| refusal("is not the JSON of RFC 6749 section 5.1"))?;
    let text = |name: &str| found.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if text("access_token").is_none() {
        return Err(refusal("has no access_token"));
    }
    let expected = if bound { "DPoP" } else { "Bearer" };
    match text("token_type") {
        Some(found) if found.eq_ignore_ascii_case(expected) => {}
        // RFC 9449 section 5: a client that must have bound tokens discards others.
        _ => return Err(refusal(&format!("is not of type {expected}"))),
    }
    Ok(Tokens(found))
}

fn error_document(response: &Response) -> Option<ErrorDocument> {
    if response.status == 200 { None } else { serde_json::from_slice(&response.body).ok() }
}

fn error_code(response: &Response) -> Option<String> {
    error_document(response).map(|document| document.error)
}

fn refused(response: &Response) -> Failure {
    Failure::Server(match error_document(response) {
        Some(ErrorDocument { error, error_description: Some(why) }) => {
            format!("the server refused: {} ({})", printable(&why, 300), printable(&error, 80))
        }
        Some(ErrorDocument { error, .. }) => format!("the server refused: {}", printable(&error, 80)),
        None => format!("the server answered with status {} and no OAuth error", response.status),
    })
}
