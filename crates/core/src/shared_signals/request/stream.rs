//! What shall a stream be, and what becomes of the terms that it has?

use super::super::Delivery;
use super::super::stream::StreamTerms;
use super::delivery::{WantedDelivery, delivery};
use super::{LONGEST_URI, Malformed};
use crate::jose::jws::parse_object;
use serde_json::{Map, Value};

/// The most event types that a receiver asks for.
const MOST_EVENTS: usize = 64;
/// What a description is cut at.
const LONGEST_DESCRIPTION: usize = 256;
/// The members that only the transmitter sets, beside `stream_id`.
const TRANSMITTER_SUPPLIED: [&str; 6] =
    ["iss", "aud", "events_supported", "events_delivered", "min_verification_interval", "inactivity_timeout"];

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
