//! How did a poll end? Every answer of the token endpoint (RFC 8628 section 3.5, CIBA section 11, RFC 6749 section 5).

use crate::conversation::{error_code, refused};
use crate::failure::Failure;
use crate::http::Response;
use crate::poll::Answer;
use serde_json::{Map, Value};

/// The token response, as the server sent it. Secret, so it cannot be printed.
pub struct Tokens(pub Map<String, Value>);

/// What one poll came back with.
pub enum Reply {
    /// The end: tokens.
    Granted(Tokens),
    /// Ask again later.
    NotYet(Answer),
    /// The person said yes; now the PIN that their phone shows must come (Tandem only).
    PinWanted {
        /// How many tries are left, if the server says so: one was wrong.
        tries_left: Option<u64>,
    },
}

/// Reads the answer to a poll. `bound`: the tokens must be DPoP-bound.
pub fn read_reply(response: &Response, bound: bool) -> Result<Reply, Failure> {
    match (response.status, error_code(response).as_deref()) {
        (200, _) => read_tokens(&response.body, bound).map(Reply::Granted),
        (429 | 500..=599, _) | (_, Some("temporarily_unavailable")) => {
            Ok(Reply::NotYet(Answer::Unreachable { retry_after: response.retry_after }))
        }
        (_, Some("authorization_pending")) => Ok(pending(&response.body)),
        (_, Some("slow_down")) => Ok(Reply::NotYet(Answer::SlowDown)),
        (_, Some("access_denied")) => Err(Failure::Denied),
        (_, Some("expired_token")) => Err(Failure::Expired),
        _ => Err(refused(response)),
    }
}

fn pending(body: &[u8]) -> Reply {
    let found: Value = serde_json::from_slice(body).unwrap_or_default();
    if found.get("tandem_pin_required") == Some(&Value::Bool(true)) {
        let tries_left = found.get("tandem_pin_tries_left").and_then(Value::as_u64);
        return Reply::PinWanted { tries_left };
    }
    Reply::NotYet(Answer::Pending)
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
