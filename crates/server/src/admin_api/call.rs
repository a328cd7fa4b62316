//! What came in at the admin API, and who may send it?

use crate::app::App;
use crate::edge::body::{BodyError, read_body};
use crate::edge::metrics;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::oauth::service_token::require;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tandem_core::dpop::nonce::Audience;
use tandem_core::incident::Actor;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::service_scope::{INCIDENTS_MANAGE, INCIDENTS_READ};
use tandem_core::time::Timestamp;

/// What a caller must be allowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Look at incidents.
    Read,
    /// Act on them; whoever may, may look too.
    Manage,
}

impl Right {
    /// The scopes of which a token needs one.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Read => &[INCIDENTS_READ, INCIDENTS_MANAGE],
            Self::Manage => &[INCIDENTS_MANAGE],
        }
    }
}

/// A call of somebody who may make it.
#[derive(Debug)]
pub struct Admitted {
    /// When it came.
    pub now: Timestamp,
    /// Who calls, as the record names them.
    pub actor: Actor,
    /// What was sent, but for the body.
    pub parts: Parts,
    body: Body,
}

/// Lets a caller in whose token has this right.
pub async fn admit(app: &App, request: Request, right: Right) -> Result<Admitted, Failure> {
    let now = app.clock.now();
    let (parts, body) = request.into_parts();
    let caller = require(app, &parts, right.scopes(), now).await?;
    Ok(Admitted { now, actor: Actor::Api((&*caller.client.client_id).into()), parts, body })
}

impl Admitted {
    /// The JSON that was sent, with the members that are known and no others.
    pub async fn json<T: DeserializeOwned>(self, app: &App) -> Result<T, Failure> {
        let bytes = self.body(app).await?;
        read(&bytes)
    }

    /// The same where nothing may be sent as well.
    pub async fn json_or_nothing<T: DeserializeOwned + Default>(self, app: &App) -> Result<T, Failure> {
        let declared = self.parts.headers.contains_key(header::CONTENT_TYPE);
        let (parts, body) = (self.parts, self.body);
        let bytes = bytes(app, body).await?;
        if bytes.is_empty() && !declared {
            return Ok(T::default());
        }
        check_type(&parts.headers)?;
        if bytes.is_empty() { Ok(T::default()) } else { read(&bytes) }
    }

    async fn body(self, app: &App) -> Result<axum::body::Bytes, Failure> {
        check_type(&self.parts.headers)?;
        bytes(app, self.body).await
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let mut declared = headers.get_all(header::CONTENT_TYPE).iter();
    let essence = declared.next().and_then(|value| value.to_str().ok()?.split(';').next());
    if declared.next().is_none()
        && essence.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
    {
        return Ok(());
    }
    Err(bad("the Content-Type must be application/json").with_status(415))
}

async fn bytes(app: &App, body: Body) -> Result<axum::body::Bytes, Failure> {
    let limit = usize::try_from(app.config.limits.max_body_bytes).unwrap_or(usize::MAX);
    read_body(body, limit).await.map_err(|error| {
        let status = if error == BodyError::TooLarge { 413 } else { 400 };
        Failure::explained(ErrorCode::InvalidRequest, &error).with_status(status)
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let not_wanted = || bad("the body is not JSON with the members that are wanted here, and no others");
    let read = serde_json::from_slice(bytes).map_err(|_| not_wanted())?;
    // A list of values in the right order would be taken for the object that they are the members of.
    let whole: Value = serde_json::from_slice(bytes).map_err(|_| not_wanted())?;
    if has_list(&whole) { Err(not_wanted()) } else { Ok(read) }
}

/// Whether there is a list in it: no call has one.
fn has_list(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Object(members) => members.values().any(has_list),
        _ => false,
    }
}

/// A refusal of what was sent.
pub const fn bad(description: &'static str) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, description)
}

/// There is no such incident.
pub const fn unknown() -> Failure {
    bad("there is no such incident").with_status(404)
}

/// It stands where this cannot be done.
pub const fn conflict(description: &'static str) -> Failure {
    bad(description).with_status(409)
}

/// The number of the incident that a path names: written as we write it, so that an incident has one address.
pub fn incident_number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == text)
}

/// A text for people: something that can be read, of bounded length.
pub fn words(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let readable = !text.chars().any(|c| c.is_control() && c != '\n');
    (readable && !text.is_empty() && text.chars().count() <= most).then(|| text.to_owned())
}

/// An answer in JSON that no cache keeps.
pub fn answer(status: StatusCode, value: &impl Serialize) -> Result<Response, Failure> {
    let json = serde_json::to_vec(value)
        .map_err(|_| Failure::new(ErrorCode::ServerError, "the answer could not be written"))?;
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// The answer on its way out: counted if it is a refusal, with a nonce where one is due.
pub fn respond(app: &App, nonce: NonceOffer, answer: Result<Response, Failure>) -> Response {
    let answer = answer.unwrap_or_else(refusal);
    nonce.put(app, Audience::ResourceServer, answer)
}

/// A refusal as an answer.
pub fn refusal(failure: Failure) -> Response {
    metrics::refused("admin_api", failure.code().as_str());
    failure.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_has_one_address() {
        assert_eq!(incident_number("17"), Some(17));
        for none in ["", "0", "-1", "+1", "01", "1.0", "1e3", " 1", "1 ", "x", "9223372036854775808", "１"] {
            assert_eq!(incident_number(none), None, "{none:?}");
        }
    }

    #[test]
    fn words_can_be_read() {
        assert_eq!(words("  two\nlines ", 9).as_deref(), Some("two\nlines"));
        assert_eq!(words("電電", 2).as_deref(), Some("電電"), "characters count, not bytes");
        for none in ["", "  \n ", "a\u{0}b", "a\tb", "\u{1b}[31m", "ten chars."] {
            assert_eq!(words(none, 9), None, "{none:?}");
        }
    }
}
