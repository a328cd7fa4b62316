//! What does a receiver want of its stream? The bodies of the management API, a file each. (SSF 1.0 section 8.1)

mod delivery;
mod status;
mod stream;
mod subject;
mod verification;

pub use delivery::WantedDelivery;
pub use status::WantedStatus;
pub use stream::{Application, Said, WantedStream};
pub use subject::WantedSubject;
pub use verification::WantedVerification;

use super::subject::SubjectError;
use serde_json::{Map, Value};

/// The longest name of a stream, an event type or a method.
const LONGEST_URI: usize = 256;

/// Why a request is refused with 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not one JSON object, or with a member twice.
    #[error("the body is not one JSON object with every member once")]
    Body,
    /// A member is not what it should be.
    #[error("{0} is missing, or not what it should be")]
    Member(&'static str),
    /// A member is longer than anybody needs.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// A delivery method that is not spoken here.
    #[error("the delivery method is not supported")]
    Method,
    /// A member that only the transmitter sets, and not to that.
    #[error("{0} is set by the transmitter, and is not that")]
    NotYours(&'static str),
    /// The subject cannot be understood.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

fn stream_id(members: &Map<String, Value>) -> Result<String, Malformed> {
    let id = members.get("stream_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.filter(|id| id.len() <= LONGEST_URI).map(ToOwned::to_owned).ok_or(Malformed::Member("stream_id"))
}
