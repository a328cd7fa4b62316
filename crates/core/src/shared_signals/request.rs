//! What does a receiver want of its stream? The bodies of the management API. (SSF 1.0 section 8.1)

use super::stream::{POLL, PUSH, StreamTerms};
use super::subject::{Subject, SubjectError};
use super::{Delivery, StreamStatus};
use crate::jose::jws::parse_object;
use serde_json::{Map, Value};

/// The most event types that a receiver asks for, and the longest of their names.
const MOST_EVENTS: usize = 64;
const LONGEST_URI: usize = 256;
/// What a description, a reason, a state and an authorization header are cut or refused at.
const LONGEST_DESCRIPTION: usize = 256;
const LONGEST_REASON: usize = 256;
const LONGEST_STATE: usize = 1024;
const LONGEST_AUTHORIZATION: usize = 4096;
const LONGEST_URL: usize = 2048;
/// The members that only the transmitter sets, beside `stream_id`.
const TRANSMITTER_SUPPLIED: [&str; 6] =
    ["iss", "aud", "events_supported", "events_delivered", "min_verification_interval", "inactivity_timeout"];

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

/// What a request says of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<T> {
    /// Nothing.
    Nothing,
    /// That there shall be none.
    None,
    /// This.
    Value(T),
}

impl<T> Said<T> {
    fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::None => None,
        }
    }

    /// What becomes of what was.
    fn over(self, was: Option<T>) -> Option<T> {
        match self {
            Self::Nothing => was,
            Self::None => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// How a receiver wants its tokens.
#[derive(Clone, PartialEq, Eq)]
pub enum WantedDelivery {
    /// Posted there.
    Push {
        /// Where.
        endpoint_url: String,
        /// What to say in `Authorization`.
        authorization_header: Option<String>,
    },
    /// Fetched here.
    Poll {
        /// Where it believes that is.
        endpoint_url: Option<String>,
    },
}

impl std::fmt::Debug for WantedDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The header is a secret of the receiver.
        f.write_str(match self {
            Self::Push { .. } => "Push(..)",
            Self::Poll { .. } => "Poll(..)",
        })
    }
}

/// A configuration that a receiver sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedStream {
    /// Of which stream; a new one has none.
    pub stream_id: Option<String>,
    /// The event types.
    pub events_requested: Said<Vec<String>>,
    /// What its people call it.
    pub description: Said<String>,
    /// How.
    pub delivery: Said<WantedDelivery>,
    transmitter_supplied: Map<String, Value>,
}

/// How a configuration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Application {
    /// PATCH: what is not said stays.
    Update,
    /// PUT: what is not said goes.
    Replace,
}

impl WantedStream {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let mut members = parse_object(body).map_err(|_| Malformed::Body)?;
        let stream_id = match members.remove("stream_id") {
            None => None,
            Some(Value::String(id)) if !id.is_empty() && id.len() <= LONGEST_URI => Some(id),
            Some(_) => return Err(Malformed::Member("stream_id")),
        };
        let events_requested = said(members.remove("events_requested"), events)?;
        let description = said(members.remove("description"), |value| match value {
            Value::String(text) => Ok(text.chars().take(LONGEST_DESCRIPTION).collect()),
            _ => Err(Malformed::Member("description")),
        })?;
        let delivery = said(members.remove("delivery"), delivery)?;
        members.retain(|name, _| TRANSMITTER_SUPPLIED.contains(&name.as_str()));
        Ok(Self { stream_id, events_requested, description, delivery, transmitter_supplied: members })
    }

    /// What a new stream is agreed upon: without a delivery it is fetched.
    pub fn new_stream(self) -> (Option<Vec<String>>, Option<String>, WantedDelivery) {
        let delivery = self.delivery.value().unwrap_or(WantedDelivery::Poll { endpoint_url: None });
        (self.events_requested.value(), self.description.value(), delivery)
    }

    /// Whether what only the transmitter sets is what it set, as far as it is said: `as_it_is` is the configuration before the
    /// change, as the receiver sees it.
    pub fn check_transmitter_supplied(&self, as_it_is: &Map<String, Value>) -> Result<(), Malformed> {
        for name in TRANSMITTER_SUPPLIED {
            match self.transmitter_supplied.get(name) {
                Some(said) if !same(said, as_it_is.get(name)) => return Err(Malformed::NotYours(name)),
                _ => {}
            }
        }
        Ok(())
    }

    /// What becomes of the terms of a stream. `deliver` makes the delivery of what is wanted, or refuses it; `None` is the
    /// delivery of a stream whose receiver no longer says any.
    pub fn apply<E: From<Malformed>>(
        self,
        terms: StreamTerms,
        how: Application,
        deliver: impl FnOnce(WantedDelivery) -> Result<Delivery, E>,
    ) -> Result<StreamTerms, E> {
        let keep = how == Application::Update;
        let delivery = match self.delivery {
            Said::Nothing if keep => terms.delivery,
            Said::Value(wanted) => deliver(wanted)?,
            Said::Nothing | Said::None => Delivery::Poll,
        };
        let events_were = terms.events_requested.filter(|_| keep);
        Ok(StreamTerms {
            events_requested: self.events_requested.over(events_were),
            description: self.description.over(terms.description.filter(|_| keep)),
            delivery,
            ..terms
        })
    }
}

/// Arrays of names are compared as sets: their order says nothing.
fn same(said: &Value, is: Option<&Value>) -> bool {
    match (said, is) {
        (Value::Array(said), Some(Value::Array(is))) => {
            said.len() == is.len() && said.iter().all(|one| is.contains(one))
        }
        (said, Some(is)) => said == is,
        (said, None) => said.is_null(),
    }
}

fn said<T>(
    value: Option<Value>,
    read: impl FnOnce(Value) -> Result<T, Malformed>,
) -> Result<Said<T>, Malformed> {
    match value {
        None => Ok(Said::Nothing),
        Some(Value::Null) => Ok(Said::None),
        Some(value) => read(value).map(Said::Value),
    }
}

fn events(value: Value) -> Result<Vec<String>, Malformed> {
    const NAME: &str = "events_requested";
    let Value::Array(values) = value else { return Err(Malformed::Member(NAME)) };
    if values.len() > MOST_EVENTS {
        return Err(Malformed::TooLong(NAME));
    }
    let one = |value| match value {
        Value::String(uri) if uri.len() <= LONGEST_URI => Ok(uri),
        Value::String(_) => Err(Malformed::TooLong(NAME)),
        _ => Err(Malformed::Member(NAME)),
    };
    values.into_iter().map(one).collect()
}

fn delivery(value: Value) -> Result<WantedDelivery, Malformed> {
    let Value::Object(mut members) = value else { return Err(Malformed::Member("delivery")) };
    let mut text = |name: &'static str, longest: usize| match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= longest => Ok(Some(text)),
        Some(Value::String(_)) => Err(Malformed::TooLong(name)),
        Some(_) => Err(Malformed::Member(name)),
    };
    let method = text("method", LONGEST_URI)?.ok_or(Malformed::Member("delivery.method"))?;
    let endpoint_url = text("endpoint_url", LONGEST_URL)?;
    let authorization_header = text("authorization_header", LONGEST_AUTHORIZATION)?;
    match method.as_str() {
        PUSH => {
            let endpoint_url = endpoint_url.ok_or(Malformed::Member("endpoint_url"))?;
            if authorization_header.as_deref().is_some_and(|header| !is_header_value(header)) {
                return Err(Malformed::Member("authorization_header"));
            }
            Ok(WantedDelivery::Push { endpoint_url, authorization_header })
        }
        POLL => Ok(WantedDelivery::Poll { endpoint_url: endpoint_url.filter(|url| !url.is_empty()) }),
        _ => Err(Malformed::Method),
    }
}

/// Whether a text can stand in a header as it is: printable ASCII, and no space at its ends.
fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

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

fn stream_id(members: &Map<String, Value>) -> Result<String, Malformed> {
    let id = members.get("stream_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.filter(|id| id.len() <= LONGEST_URI).map(ToOwned::to_owned).ok_or(Malformed::Member("stream_id"))
}
