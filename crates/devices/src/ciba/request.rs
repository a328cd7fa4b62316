//! What is asked at the backchannel authentication endpoint, and what comes back? (CIBA sections 7.1, 7.1.1 and 7.3)

use crate::along::{Along, digits};
use crate::conversation::{Conversation, error_code, refused};
use crate::failure::{Failure, printable};
use crate::http::Response;
use crate::surroundings::Surroundings;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::jose::SigningKey;
use tandem_core::time::Timestamp;

/// How long a signed request may be used, in seconds; FAPI-CIBA allows up to an hour.
const REQUEST_LIFE: u64 = 300;
/// The interval of a server that names none, in seconds (CIBA section 7.3).
const DEFAULT_INTERVAL: u64 = 5;
/// No request is waited for longer, in seconds: a day.
const LONGEST_LIFE: u64 = 86_400;
/// No `auth_req_id` is longer (bytes).
const LONGEST_ID: usize = 1024;

/// How the person is named; a request has exactly one hint.
#[derive(Debug, Clone)]
pub enum Hint {
    /// By something that the server knows.
    LoginHint(String),
    /// By a token of somebody else.
    LoginHintToken(String),
    /// By an ID token of the server itself.
    IdTokenHint(String),
}

/// What is asked. May hold a user code, so it cannot be printed.
pub struct Question {
    /// Who is asked.
    pub hint: Hint,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// What both devices show.
    pub binding_message: Option<String>,
    /// What only the person and those they tell know.
    pub user_code: Option<String>,
    /// How many seconds the request shall live.
    pub requested_expiry: Option<u32>,
    /// How to authenticate the person, separated by spaces.
    pub acr_values: Option<String>,
    /// What exactly is to be consented to (RFC 9396), a JSON array.
    pub authorization_details: Option<Value>,
    /// Where the tokens are for (RFC 8707).
    pub resource: Vec<String>,
    /// What this end brings along.
    pub along: Along,
    /// What the request is signed with, if at all.
    pub signature: Option<Arc<SigningKey>>,
}

impl Question {
    /// The parameters in the order of the specification, as values of a JWT; extensions last.
    fn parameters(&self) -> Vec<(&'static str, Value)> {
        let hint = match &self.hint {
            Hint::LoginHint(value) => ("login_hint", value),
            Hint::LoginHintToken(value) => ("login_hint_token", value),
            Hint::IdTokenHint(value) => ("id_token_hint", value),
        };
        let text = |name, value: &Option<String>| value.clone().map(|value| (name, Value::from(value)));
        let resource = match self.resource.as_slice() {
            [] => None,
            [one] => Some(Value::from(one.clone())),
            many => Some(Value::from(many)),
        };
        let along = self.along.parameters().into_iter().map(|(name, value)| (name, Value::from(value)));
        [
            Some(("scope", Value::from(self.scope.clone()))),
            text("acr_values", &self.acr_values),
            Some((hint.0, Value::from(hint.1.clone()))),
            text("binding_message", &self.binding_message),
            text("user_code", &self.user_code),
            self.requested_expiry.map(|seconds| ("requested_expiry", Value::from(seconds))),
            self.authorization_details.clone().map(|details| ("authorization_details", details)),
            resource.map(|resource| ("resource", resource)),
        ]
        .into_iter()
        .flatten()
        .chain(along)
        .collect()
    }

    /// The form of an unsigned request.
    fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = Vec::new();
        for (name, value) in self.parameters() {
            match value {
                Value::String(text) => form.push((name, text)),
                // Only `resource` may be repeated; `authorization_details` is JSON in a form, too.
                Value::Array(many) if name == "resource" => {
                    form.extend(many.iter().filter_map(Value::as_str).map(|one| (name, one.to_owned())));
                }
                other => form.push((name, other.to_string())),
            }
        }
        form
    }

    /// A signed request: every parameter in it, none beside it (CIBA section 7.1.1).
    fn signed(
        &self,
        key: &SigningKey,
        client: &str,
        issuer: &str,
        now: Timestamp,
        unique: &[u8; 32],
    ) -> Result<String, Failure> {
        let now = now.as_secs();
        let mut claims: Map<String, Value> =
            self.parameters().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in [
            ("iss", Value::from(client)),
            ("aud", Value::from(issuer)),
            ("iat", Value::from(now)),
            ("nbf", Value::from(now)),
            ("exp", Value::from(now + REQUEST_LIFE)),
            ("jti", Value::from(URL_SAFE_NO_PAD.encode(unique))),
        ] {
            claims.insert(name.to_owned(), value);
        }
        let signed = key.sign(&SystemRandom::new(), "oauth-authz-req+jwt", &claims);
        signed.map_err(|_| Failure::Server("the request cannot be signed".to_owned()))
    }
}

/// What a server says to a request that it took. Holds the auth_req_id, so it cannot be printed.
pub struct Acknowledgement {
    /// The secret to poll with.
    pub auth_req_id: String,
    /// How long the request lives, from now.
    pub expires_in: Duration,
    /// The pause between two polls.
    pub interval: Duration,
    /// The number that the person picks or types; digits only.
    pub number: Option<String>,
}

#[derive(Deserialize)]
struct AcknowledgementDocument {
    auth_req_id: String,
    expires_in: u64,
    interval: Option<u64>,
    tandem_number: Option<String>,
}

impl Acknowledgement {
    /// Reads an authentication request acknowledgement.
    pub fn read(body: &[u8]) -> Result<Self, Failure> {
        let refusal = |why: &str| Failure::Server(format!("the server's acknowledgement {why}"));
        let found: AcknowledgementDocument =
            serde_json::from_slice(body).map_err(|_| refusal("is not the JSON of CIBA section 7.3"))?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let id = &found.auth_req_id;
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(allowed) || found.expires_in == 0 {
            return Err(refusal("lacks a proper auth_req_id or its lifetime"));
        }
        Ok(Self {
            auth_req_id: found.auth_req_id,
            expires_in: Duration::from_secs(found.expires_in.min(LONGEST_LIFE)),
            interval: Duration::from_secs(found.interval.unwrap_or(DEFAULT_INTERVAL).min(LONGEST_LIFE)),
            number: found.tandem_number.filter(|number| digits(number)),
        })
    }
}

impl<W: Surroundings> Conversation<'_, W> {
    /// Asks (CIBA section 7.1).
    pub fn ask(&mut self, question: &Question) -> Result<Acknowledgement, Failure> {
        let form = match &question.signature {
            None => question.form(),
            Some(key) => {
                self.check_signing(key)?;
                let (now, unique) = (self.world.now(), self.world.random()?);
                let issuer = &self.metadata.issuer;
                vec![("request", question.signed(key, &self.client.id, issuer, now, &unique)?)]
            }
        };
        let url = self.metadata.entrance.clone();
        let response = self.post(&url, &form, &mut |_| ())?;
        match response.status {
            200 => Acknowledgement::read(&response.body),
            429 | 500..=599 => Err(Failure::Network(format!("it answered with status {}", response.status))),
            _ => Err(not_asked(&response)),
        }
    }

    fn check_signing(&self, key: &SigningKey) -> Result<(), Failure> {
        let algorithm = key.algorithm().as_str();
        match &self.metadata.request_signing_algorithms {
            Some(taken) if taken.iter().any(|taken| taken == algorithm) => Ok(()),
            Some(taken) => {
                let taken = printable(&taken.join(", "), 200);
                Err(Failure::Server(format!(
                    "the server takes requests signed with {taken}, not {algorithm}"
                )))
            }
            None => Err(Failure::Server("the server does not take signed requests".to_owned())),
        }
    }
}

/// Says in addition what the person at this end can do about a refusal (CIBA section 13).
fn not_asked(response: &Response) -> Failure {
    let refusal = refused(response);
    let advice = match error_code(response).as_deref() {
        Some("unknown_user_id") => "nobody is known by this hint",
        Some("missing_user_code") => "the person has set a user code: use --user-code",
        Some("invalid_user_code") => "the user code is wrong: ask the person again",
        Some("invalid_binding_message") => "choose a shorter, plainer --binding-message",
        Some("expired_login_hint_token") => "ask for a new --login-hint-token",
        _ => return refusal,
    };
    Failure::Server(format!("{refusal}; {advice}"))
}
