//! What does a Security Event Token say? RFC 8417 as SSF 1.0 section 4.1 profiles it.

use super::status::StreamStatus;
use super::{SharedSignal, Subject};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The JOSE `typ`: RFC 8417 section 2.3.
pub const TYP: &str = "secevent+jwt";
/// The event that shows that a stream works.
pub const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";
/// The event that tells of a stream's new status.
pub const STREAM_UPDATED: &str = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated";

/// The claims of a token: as they are kept, and as they are signed at each try. There is no `sub` and no `exp`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityEventToken {
    /// The issuer.
    pub iss: String,
    /// The name of the token, the same at each try.
    pub jti: String,
    /// When it was written down, in seconds.
    pub iat: u64,
    /// For whom: what the stream's configuration says.
    pub aud: Value,
    /// What the tokens of one cause share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<String>,
    /// Of whom or what.
    pub sub_id: Subject,
    /// What happened: exactly one event.
    pub events: Map<String, Value>,
}

/// What a stream tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// It works. With the state that was asked for.
    Verification {
        /// What the receiver wants to hear again.
        state: Option<String>,
    },
    /// The transmitter changed its status.
    StreamUpdated {
        /// What it is now.
        status: StreamStatus,
        /// Why.
        reason: Option<String>,
    },
}

/// What every token of a stream has: where it comes from and where it goes.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The audience of the stream.
    pub aud: &'a Value,
    /// The name of the token.
    pub jti: &'a str,
    /// When it is written down.
    pub at: Timestamp,
}

impl SecurityEventToken {
    /// The token of a signal, with the subject as its receiver knows it.
    pub fn of_signal(signal: &SharedSignal, subject: Subject, txn: String, envelope: Envelope<'_>) -> Self {
        let uri = signal.event.event_type().uri();
        Self::new(uri, signal.event_object(), subject, Some(txn), envelope)
    }

    /// The token of what a stream tells of itself.
    pub fn of_stream(stream_id: &str, event: &StreamEvent, envelope: Envelope<'_>) -> Self {
        let (uri, object) = match event {
            StreamEvent::Verification { state: Some(state) } => (VERIFICATION, json!({ "state": state })),
            StreamEvent::Verification { state: None } => (VERIFICATION, json!({})),
            StreamEvent::StreamUpdated { status, reason: Some(reason) } => {
                (STREAM_UPDATED, json!({ "status": status, "reason": reason }))
            }
            StreamEvent::StreamUpdated { status, reason: None } => {
                (STREAM_UPDATED, json!({ "status": status }))
            }
        };
        Self::new(uri, object, Subject::stream(stream_id), Some(envelope.jti.to_owned()), envelope)
    }

    fn new(uri: &str, object: Value, subject: Subject, txn: Option<String>, envelope: Envelope<'_>) -> Self {
        Self {
            iss: envelope.issuer.to_owned(),
            jti: envelope.jti.to_owned(),
            iat: envelope.at.as_secs(),
            aud: envelope.aud.clone(),
            txn,
            sub_id: subject,
            events: [(uri.to_owned(), object)].into_iter().collect(),
        }
    }
}
