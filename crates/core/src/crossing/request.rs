//! What was asked, and what did people answer?

use super::backchannel::{Addressee, Backchannel, DeliveryMode, NumberMatch, Verification};
use super::context::{Binding, Context};
use super::state::TransitionRefusal;
use crate::digest::Digest;
use crate::mitigations::{Findings, Limits};
use crate::oauth::device_description::DeviceDescription;
use crate::oauth::scope::Scope;
use crate::oauth::token_family::Authentication;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
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

/// Who opened the request on an authorization device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presenter {
    /// The person.
    pub sub: Arc<str>,
    /// From where.
    pub address: IpAddr,
    /// When.
    #[serde(default)]
    pub at: Timestamp,
    /// What policy found.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub findings: Findings,
}

impl Presenter {
    /// Somebody who opens a request, before policy was asked.
    pub fn new(sub: Arc<str>, address: IpAddr, at: Timestamp) -> Self {
        Self { sub, address, at, findings: Findings::default() }
    }
}

/// The longest lives of what a yes gives, where policy tightened them for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceilings {
    /// Of access tokens, in seconds.
    pub access_token: u32,
    /// Of the family of refresh tokens, in seconds. 0: none.
    pub refresh_token: u32,
}

impl Ceilings {
    pub(super) fn of(limits: &Limits) -> Option<Self> {
        let seconds = |life: Duration| u32::try_from(life.as_secs()).unwrap_or(u32::MAX);
        match (limits.access_token_lifetime, limits.refresh_token_lifetime) {
            (None, None) => None,
            (access, refresh) => Some(Self {
                access_token: access.map_or(u32::MAX, seconds),
                refresh_token: refresh.map_or(u32::MAX, seconds),
            }),
        }
    }

    /// The same as limits.
    pub fn limits(self) -> Limits {
        let life = |seconds: u32| Some(Duration::from_secs(seconds.into()));
        Limits {
            access_token_lifetime: life(self.access_token),
            refresh_token_lifetime: life(self.refresh_token),
            ..Limits::none()
        }
    }
}

/// Whether the consumption device must send the PIN that the phone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinDue {
    /// No.
    #[default]
    No,
    /// Before anything is collected.
    Yes,
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
    /// Whether a PIN must come from the consumption device. Policy says so.
    #[serde(default)]
    pub pin: PinDue,
    /// The longest lives of tokens, where policy tightened them for this yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceilings: Option<Ceilings>,
    /// What policy found.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub findings: Findings,
}

impl Approval {
    /// A yes, before policy was asked.
    pub fn new(authentication: Authentication, scope: Scope, address: IpAddr, at: Timestamp) -> Self {
        Self {
            authentication,
            scope,
            address,
            at,
            decision: None,
            pin: PinDue::No,
            ceilings: None,
            findings: Findings::default(),
        }
    }
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
    /// The consumption device sent wrong PINs.
    PinMissed,
    /// They could not give the data that was bound into the request.
    BindingMissed,
    /// A second person or network opened it while the first was deciding.
    Contested,
    /// A sign of misuse ended it.
    Incident,
}
