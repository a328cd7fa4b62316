//! How shall a stream show that it works?

use super::{Malformed, stream_id};
use crate::jose::jws::parse_object;
use serde_json::Value;

/// The longest state.
const LONGEST_STATE: usize = 1024;

/// A receiver asks that a stream shows that it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedVerification {
    /// Which stream.
    pub stream_id: String,
    /// What it wants to hear again.
    pub state: Option<String>,
}

impl WantedVerification {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let members = parse_object(body).map_err(|_| Malformed::Body)?;
        let state = match members.get("state") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.len() <= LONGEST_STATE => Some(text.clone()),
            Some(Value::String(_)) => return Err(Malformed::TooLong("state")),
            Some(_) => return Err(Malformed::Member("state")),
        };
        Ok(Self { stream_id: stream_id(&members)?, state })
    }
}
