//! Who opened a request, and what did they answer?

use crate::mitigations::{Findings, Limits};
use crate::oauth::scope::Scope;
use crate::oauth::token_family::Authentication;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

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
