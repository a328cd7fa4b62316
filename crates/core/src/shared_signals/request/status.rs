//! Which status does a receiver want its stream to have?

use super::super::StreamStatus;
use super::{Malformed, stream_id};
use crate::jose::jws::parse_object;
use serde_json::Value;

/// The longest reason.
const LONGEST_REASON: usize = 256;

/// A new status that a receiver wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedStatus {
    /// Of which stream.
    pub stream_id: String,
    /// Which.
    pub status: StreamStatus,
    /// Why.
    pub reason: Option<String>,
}

impl WantedStatus {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let members = parse_object(body).map_err(|_| Malformed::Body)?;
        let status = members.get("status").and_then(Value::as_str).and_then(StreamStatus::of_word);
        let reason = match members.get("reason") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.len() <= LONGEST_REASON => Some(text.clone()),
            Some(Value::String(_)) => return Err(Malformed::TooLong("reason")),
            Some(_) => return Err(Malformed::Member("reason")),
        };
        Ok(Self {
            stream_id: stream_id(&members)?,
            status: status.ok_or(Malformed::Member("status"))?,
            reason,
        })
    }
}
