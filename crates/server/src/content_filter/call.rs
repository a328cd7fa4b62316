//! What message came in at the endpoint, in which of its forms?

use super::worker::Kind;
use super::{Asker, Cut, Message};
use crate::oauth::failure::Failure;
use axum::body::Bytes;
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tandem_core::oauth::error_code::ErrorCode;

/// Recipients that are read at most; more are refused, not overlooked.
const MOST_RECIPIENTS: usize = 10_000;

/// How the message stands in the body of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// It is the body.
    Whole(Kind),
    /// It is a member of a JSON object.
    Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    text: Option<String>,
    html: Option<String>,
    message: Option<String>,
    #[serde(default)]
    recipients: Vec<String>,
}

/// What the content type promises.
pub fn body(parts: &Parts) -> Result<Body, Failure> {
    let mut types = parts.headers.get_all(header::CONTENT_TYPE).into_iter();
    let only = types.next().filter(|_| types.next().is_none());
    let text = only.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "message/rfc822" => Ok(Body::Whole(Kind::Mail)),
        "text/plain" => Ok(Body::Whole(Kind::Text)),
        "text/html" => Ok(Body::Whole(Kind::Html)),
        "application/pdf" => Ok(Body::Whole(Kind::Pdf)),
        "application/json" => Ok(Body::Json),
        image if image.len() > "image/".len() && image.starts_with("image/") => Ok(Body::Whole(Kind::Image)),
        _ => Err(bad(
            "the content type must be message/rfc822, text/plain, text/html, image/*, application/pdf or application/json",
        )
        .with_status(415)),
    }
}

/// How many bytes the body may have, where a message may have `bytes`: JSON wraps it in base64.
pub fn limit(body: Body, bytes: usize) -> usize {
    match body {
        Body::Whole(_) => bytes,
        Body::Json => bytes.saturating_add(bytes / 2).saturating_add(64 * 1024),
    }
}

/// The message, and that `asker` wants to know about it.
pub fn message(
    parts: &Parts,
    body: Body,
    bytes: Bytes,
    most: usize,
    asker: Asker,
) -> Result<Message, Failure> {
    let mut recipients = recipients(parts)?;
    let (kind, bytes) = match body {
        Body::Whole(kind) => (kind, bytes),
        Body::Json => {
            let wire: Wire = serde_json::from_slice(&bytes).map_err(|_| {
                bad("the body must be a JSON object with text, html or message, and recipients")
            })?;
            recipients.extend(wire.recipients);
            match (wire.text, wire.html, wire.message) {
                (Some(text), None, None) => (Kind::Text, text.into()),
                (None, Some(html), None) => (Kind::Html, html.into()),
                (None, None, Some(message)) => {
                    let decoded = STANDARD.decode(message);
                    (Kind::Mail, decoded.map_err(|_| bad("message is not base64"))?.into())
                }
                _ => return Err(bad("one of text, html and message is needed")),
            }
        }
    };
    if recipients.len() > MOST_RECIPIENTS {
        return Err(bad("there are too many recipients"));
    }
    if bytes.is_empty() {
        return Err(bad("the message is empty"));
    }
    if bytes.len() > most {
        return Err(bad("the message is too large").with_status(413));
    }
    Ok(Message { kind, bytes, cut: Cut::Whole, recipients, asker })
}

/// The recipients of the query, `recipient` once for each.
fn recipients(parts: &Parts) -> Result<Vec<String>, Failure> {
    let query = parts.uri.query().unwrap_or_default();
    let mut recipients = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "recipient" {
            return Err(bad("the query may have recipient only"));
        }
        recipients.push(value.into_owned());
    }
    Ok(recipients)
}

const fn bad(description: &'static str) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, description)
}
