//! What does a receiver fetch, and what has it understood? Poll delivery: RFC 8936 section 2.

use super::request::Malformed;
use crate::jose::jws::parse_object;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many tokens one answer brings at most, whatever is asked for.
pub const MOST_EVENTS: u32 = 200;
/// How many tokens one request acknowledges at most, with errors or without.
pub const MOST_ACKNOWLEDGED: usize = 1000;
/// The longest name of a token.
const LONGEST_JTI: usize = 256;
/// The longest code of an error that is kept.
const LONGEST_ERR: usize = 64;

/// What a receiver asks and acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRequest {
    /// How many tokens it takes; none are sent for zero.
    pub most: u32,
    /// Whether it wants to wait until there is one.
    pub waits: Waits,
    /// The tokens that it has and understood.
    pub acknowledged: Vec<String>,
    /// The tokens that it has and cannot use, and why.
    pub refused: Vec<(String, String)>,
}

/// Whether a receiver waits for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// For a while (`returnImmediately` is false, or not said).
    Yes,
    /// It does not.
    No,
}

/// What it gets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PollResponse {
    /// Tokens by name.
    pub sets: BTreeMap<String, String>,
    /// Whether more wait.
    #[serde(rename = "moreAvailable")]
    pub more_available: bool,
}

impl PollRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let members = parse_object(body).map_err(|_| Malformed::Body)?;
        let most = match members.get("maxEvents") {
            None | Some(Value::Null) => MOST_EVENTS,
            Some(number) => {
                let number = number.as_u64().ok_or(Malformed::Member("maxEvents"))?;
                u32::try_from(number).unwrap_or(MOST_EVENTS).min(MOST_EVENTS)
            }
        };
        let waits = match members.get("returnImmediately") {
            None | Some(Value::Null | Value::Bool(false)) => Waits::Yes,
            Some(Value::Bool(true)) => Waits::No,
            Some(_) => return Err(Malformed::Member("returnImmediately")),
        };
        let acknowledged = acknowledged(members.get("ack"))?;
        let refused = refused(members.get("setErrs"))?;
        if acknowledged.len() + refused.len() > MOST_ACKNOWLEDGED {
            return Err(Malformed::TooLong("ack"));
        }
        Ok(Self { most, waits, acknowledged, refused })
    }
}

fn acknowledged(value: Option<&Value>) -> Result<Vec<String>, Malformed> {
    let values = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(Malformed::Member("ack")),
    };
    let one = |value: &Value| value.as_str().map(ToOwned::to_owned).ok_or(Malformed::Member("ack"));
    let all: Vec<String> = values.iter().map(one).collect::<Result<_, _>>()?;
    // What is longer than any of ours is none of ours.
    Ok(all.into_iter().filter(|jti| jti.len() <= LONGEST_JTI).collect())
}

fn refused(value: Option<&Value>) -> Result<Vec<(String, String)>, Malformed> {
    let errors = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(errors)) => errors,
        Some(_) => return Err(Malformed::Member("setErrs")),
    };
    let one = |(jti, error): (&String, &Value)| {
        let err = error.get("err").and_then(Value::as_str).ok_or(Malformed::Member("setErrs"))?;
        Ok::<_, Malformed>((jti.clone(), error_word(err)))
    };
    let all: Vec<(String, String)> = errors.iter().map(one).collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|(jti, _)| jti.len() <= LONGEST_JTI).collect())
}

/// The code of an error as it may stand in a log: a word, cut to its length. (RFC 8935 section 2.4)
pub fn error_word(err: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let word: String = err.chars().filter(plain).take(LONGEST_ERR).collect();
    if word.is_empty() { "unnamed".to_owned() } else { word }
}
