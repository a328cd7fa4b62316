//! What was asked, and what did people answer?

use crate::digest::Digest;
use crate::oauth::device_description::DeviceDescription;
use crate::oauth::scope::Scope;
use crate::oauth::token_family::Authentication;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The flow that a crossing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// RFC 8628.
    DeviceAuthorization,
}

/// What a device asks for, before policy has spoken.
#[derive(Debug, Clone)]
pub struct Initiation {
    /// The flow.
    pub room: Room,
    /// Who asks.
    pub client_id: Arc<str>,
    /// For what.
    pub scope: Scope,
    /// OpenID Connect Core `nonce`, returned in the ID token.
    pub nonce: Option<Box<str>>,
    /// The RFC 7638 thumbprint of the DPoP key shown at initiation; only it may redeem.
    pub dpop_jkt: Option<Digest>,
    /// On which device.
    pub device: DeviceDescription,
    /// The digest of the code that a person types, where the flow has one.
    pub user_code: Option<Digest>,
    /// How often the client may poll, at first.
    pub interval: Duration,
    /// When.
    pub now: Timestamp,
}

/// What was asked, as policy let it through. It does not change any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The flow.
    pub room: Room,
    /// Who asks.
    pub client_id: Arc<str>,
    /// For what.
    pub scope: Scope,
    /// OpenID Connect Core `nonce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Box<str>>,
    /// The pinned DPoP key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Digest>,
    /// On which device.
    pub device: DeviceDescription,
    /// The digest of the code that a person types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_code: Option<Digest>,
    /// The polling interval at first, in seconds.
    pub interval: u16,
    /// When it was asked.
    pub initiated_at: Timestamp,
    /// From when on it is too late.
    pub expires_at: Timestamp,
}

impl Request {
    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }
}

/// Who opened the request on an authorization device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presenter {
    /// The person.
    pub sub: Arc<str>,
    /// From where.
    pub address: IpAddr,
}

/// A person's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who, and how and when they signed in.
    pub authentication: Authentication,
    /// What they granted: within what was asked.
    pub scope: Scope,
    /// From where they answered.
    pub address: IpAddr,
    /// When.
    pub at: Timestamp,
}

/// A person's no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Who.
    pub sub: Arc<str>,
    /// What they said.
    pub reason: DenialReason,
    /// From where.
    pub address: IpAddr,
    /// When.
    pub at: Timestamp,
}

/// What a denial says of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialReason {
    /// "Deny": the person does not want it.
    Declined,
    /// "I did not start this": somebody else began it.
    Reported,
}
