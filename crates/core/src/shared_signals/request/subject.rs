//! Of whom or what shall a stream tell, or no longer?

use super::super::subject::Subject;
use super::{Malformed, stream_id};
use crate::jose::jws::parse_object;

/// A subject that a receiver adds or removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedSubject {
    /// Of which stream.
    pub stream_id: String,
    /// Whom or what.
    pub subject: Subject,
}

impl WantedSubject {
    /// Reads a body. Whether the receiver verified the subject changes nothing here: only subjects that we know to belong to
    /// a person are ever told of.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let members = parse_object(body).map_err(|_| Malformed::Body)?;
        if members.get("verified").is_some_and(|verified| !verified.is_boolean()) {
            return Err(Malformed::Member("verified"));
        }
        let subject = members.get("subject").ok_or(Malformed::Member("subject"))?;
        Ok(Self { stream_id: stream_id(&members)?, subject: Subject::parse(subject)? })
    }
}
