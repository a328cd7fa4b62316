//! What was asked?

use super::backchannel::{Addressee, Backchannel, DeliveryMode, NumberMatch, Verification};
use super::context::{Binding, Context};
use super::step::TransitionRefusal;
use crate::digest::Digest;
use crate::mitigations::{Findings, Limits};
use crate::oauth::device_description::DeviceDescription;
use crate::oauth::scope::Scope;
use crate::oauth::token_family::Authentication;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The flow that a crossing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// RFC 8628.
    DeviceAuthorization,
    /// OpenID Connect Client-Initiated Backchannel Authentication Core 1.0.
    Ciba,
}

impl Room {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::DeviceAuthorization, Self::Ciba];

    /// Its name in settings and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeviceAuthorization => "device_authorization",
            Self::Ciba => "ciba",
        }
    }
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
    /// What the request itself demands of a yes.
    pub verification: Verification,
    /// What else is known.
    pub context: Option<Box<Context>>,
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
    /// The pinned DPoP key. Boxed: most pending codes have none, and there may be very many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Box<Digest>>,
    /// On which device.
    pub device: DeviceDescription,
    /// The digest of the code that a person types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_code: Option<Digest>,
    /// What the flow needs that is sent to a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel: Option<Box<Backchannel>>,
    /// What a yes demands at least.
    #[serde(default)]
    pub verification: Verification,
    /// What else is known of how it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<Context>>,
    /// The polling interval at first, in seconds.
    pub interval: u16,
    /// Seconds from the beginning in which it can be opened on an authorization device; 0: until it expires.
    #[serde(default)]
    pub open_for: u16,
    /// What policy found when it was asked.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub findings: Findings,
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

    /// Whether it can no longer be opened, if nobody did.
    pub fn is_too_late_to_open(&self, now: Timestamp) -> bool {
        now >= self.open_until()
    }

    /// Until when it can be opened.
    pub fn open_until(&self) -> Timestamp {
        match self.open_for {
            0 => self.expires_at,
            open_for => self.initiated_at.plus(Duration::from_secs(open_for.into())).min(self.expires_at),
        }
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
    pub(super) fn admits(&self, by: &Authentication, limits: &Limits) -> Result<(), TransitionRefusal> {
        self.is_for(&by.sub)?;
        match self.verification.max(limits.verification.unwrap_or_default()) {
            Verification::PhishingResistant if !self.is_proved_by(by) => {
                Err(TransitionRefusal::VerificationMissing)
            }
            _ => Ok(()),
        }
    }

    /// Whether this is a phishing-resistant proof that was made after the request.
    pub fn is_proved_by(&self, by: &Authentication) -> bool {
        by.method.acr().is_some() && by.auth_time >= self.initiated_at
    }

    /// The number that the consumption device shows, if the person must give it.
    pub fn number(&self) -> Option<NumberMatch> {
        self.context.as_ref()?.number
    }

    /// The data that the person typed on the consumption device, if there is any.
    pub fn binding(&self) -> Option<&Binding> {
        self.context.as_ref()?.binding.as_ref()
    }

    /// Whether the consumption device said where it is.
    pub fn has_coordinates(&self) -> bool {
        self.context.as_ref().is_some_and(|context| context.coordinates.is_some())
    }

    /// The pinned DPoP key.
    pub fn pinned_key(&self) -> Option<Digest> {
        self.dpop_jkt.as_deref().copied()
    }

    /// The registered or attested device that asked, if one did: it alone collects.
    pub fn instance(&self) -> Option<&str> {
        self.context.as_ref()?.instance.as_deref()
    }

    /// Whether its tokens are pushed to the client, which therefore never asks (CIBA Core section 10.3).
    pub fn is_pushed(&self) -> bool {
        self.backchannel.as_ref().is_some_and(|asked| asked.delivery == DeliveryMode::Push)
    }

    /// The person to whom it was sent, if it was sent to one.
    pub fn addressee(&self) -> Option<&Arc<str>> {
        self.backchannel.as_ref().map(|backchannel| &backchannel.addressee).and_then(Addressee::sub)
    }
}
