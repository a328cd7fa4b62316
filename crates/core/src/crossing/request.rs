//! What was asked, and what did people answer?

use super::backchannel::{Addressee, Backchannel, Verification};
use super::state::TransitionRefusal;
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
    /// OpenID Connect Client-Initiated Backchannel Authentication Core 1.0.
    Ciba,
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
    /// What the flow needs that is sent to a person.
    pub backchannel: Option<Box<Backchannel>>,
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
    /// What the flow needs that is sent to a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel: Option<Box<Backchannel>>,
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

    /// A request that was sent to a person is theirs alone; one that was opened is whoever's opened it.
    pub(super) fn is_for(&self, sub: &str) -> Result<(), TransitionRefusal> {
        match &self.backchannel {
            Some(backchannel) if backchannel.addressee.sub().is_none_or(|asked| **asked != *sub) => {
                Err(TransitionRefusal::NotTheAddressee)
            }
            _ => Ok(()),
        }
    }

    /// Whether this person, as they proved who they are, may say yes.
    pub(super) fn admits(&self, by: &Authentication) -> Result<(), TransitionRefusal> {
        self.is_for(&by.sub)?;
        let demand = self.backchannel.as_ref().map_or(Verification::Session, |b| b.verification);
        let fresh = by.method.acr().is_some() && by.auth_time >= self.initiated_at;
        match demand {
            Verification::PhishingResistant if !fresh => Err(TransitionRefusal::VerificationMissing),
            _ => Ok(()),
        }
    }

    /// The person to whom it was sent, if it was sent to one.
    pub fn addressee(&self) -> Option<&Arc<str>> {
        self.backchannel.as_ref().map(|backchannel| &backchannel.addressee).and_then(Addressee::sub)
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
    /// What their app signed of what it showed: a compact JWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<str>>,
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
    /// They could not give the number that the consumption device shows.
    NumberMissed,
}
