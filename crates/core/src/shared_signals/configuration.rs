//! How does a receiver see its stream? The configuration object of SSF 1.0 section 8.1.1.

use super::metadata::path;
use super::stream::{POLL, PUSH, StreamTerms};
use super::{Delivery, EventType};
use serde::Serialize;
use serde_json::{Map, Value};

/// What the transmitter adds to the terms of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// Seconds between two verifications.
    pub min_verification_interval: u64,
    /// Seconds after which a stream whose receiver is silent is paused.
    pub inactivity_timeout: Option<u64>,
}

#[derive(Serialize)]
struct Object<'a> {
    stream_id: &'a str,
    iss: &'a str,
    aud: &'a Value,
    events_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events_requested: Option<&'a [String]>,
    events_delivered: Vec<&'static str>,
    delivery: DeliveryObject<'a>,
    min_verification_interval: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactivity_timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct DeliveryObject<'a> {
    method: &'static str,
    endpoint_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_header: Option<&'a str>,
}

/// Where the tokens of a stream are fetched.
pub fn poll_url(issuer: &str, stream_id: &str) -> String {
    format!("{issuer}{}/{stream_id}", path::POLL)
}

/// The object. `authorization_header` is what the receiver gave, opened, if it may see it again.
pub fn object(
    stream_id: &str,
    terms: &StreamTerms,
    setting: Setting<'_>,
    authorization_header: Option<&str>,
) -> Map<String, Value> {
    let delivery = match &terms.delivery {
        Delivery::Push { endpoint_url, .. } => {
            DeliveryObject { method: PUSH, endpoint_url: endpoint_url.clone(), authorization_header }
        }
        Delivery::Poll => DeliveryObject {
            method: POLL,
            endpoint_url: poll_url(setting.issuer, stream_id),
            authorization_header: None,
        },
    };
    let object = Object {
        stream_id,
        iss: setting.issuer,
        aud: &terms.aud,
        events_supported: EventType::ALL.map(EventType::uri).to_vec(),
        events_requested: terms.events_requested.as_deref(),
        events_delivered: terms.events_delivered().into_iter().map(EventType::uri).collect(),
        delivery,
        min_verification_interval: setting.min_verification_interval,
        inactivity_timeout: setting.inactivity_timeout,
        description: terms.description.as_deref(),
    };
    match serde_json::to_value(object) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
