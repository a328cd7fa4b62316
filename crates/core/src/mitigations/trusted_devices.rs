//! Is the consumption device one of those that may ask? (BCP 6.1.7)
//!
//! A device that was registered in advance, or attested by its maker, has a key that an attacker's imitation lacks.
//! Marks: Prevent. Limitations: a stolen or rooted device still has its key; registration costs. Requirements R6.7a,
//! R6.7b. Proved by plays B1, B1j, B4.1.

use super::facts::Attempt;
use super::{Ask, Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;
use crate::oauth::device_description::DeviceKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which devices may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What a device must have proved when it asks.
    pub demand: Demand,
    /// The kinds of device that may ask; all if empty. A device says its own kind, a registered one cannot change it.
    #[schemars(with = "Vec<String>")]
    pub kinds: Vec<DeviceKind>,
    /// Whether a registered device must be known as compliant.
    pub compliance: Compliance,
    /// How often one registered device may ask in a minute. 0: as often as its client.
    #[schemars(range(min = 0, max = 6000))]
    pub per_minute: u32,
}

/// What a device must have proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Nothing.
    Off,
    /// That it holds the key of a device registered here, or one that a trusted attester vouches for.
    Known,
}

/// What is demanded of a device's compliance (OpenID CAEP `device-compliance-change`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compliance {
    /// Nothing.
    Off,
    /// Not to be known as not compliant.
    NotBroken,
    /// To be known as compliant.
    Compliant,
}

/// What is known of the consumption device's own identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceIdentity {
    /// It proved none.
    Unknown,
    /// It proved the key of a device registered here.
    Registered(KnownDevice),
    /// An attester whom the operator trusts vouches for its key.
    Attested(KnownDevice),
}

/// A device whose key was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its name: of a registered one its id, of an attested one the thumbprint of its key.
    pub id: Arc<str>,
    /// What kind it was registered or attested as, if that was said.
    pub kind: Option<DeviceKind>,
    /// Its last known compliance.
    pub status: ComplianceStatus,
    /// Whether it asks as often as one device may.
    pub pace: Attempt,
}

/// The last known compliance of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplianceStatus {
    /// Never told.
    #[default]
    Unknown,
    /// Compliant.
    Compliant,
    /// Not compliant.
    NotCompliant,
}

impl ComplianceStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Compliant, Self::NotCompliant];

    /// Its word in the store and on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Compliant => "compliant",
            Self::NotCompliant => "not_compliant",
        }
    }
}

impl DeviceIdentity {
    /// The device, if it proved who it is.
    pub const fn known(&self) -> Option<&KnownDevice> {
        match self {
            Self::Unknown => None,
            Self::Registered(device) | Self::Attested(device) => Some(device),
        }
    }

    /// What kind of device it is: the registered or attested kind, if there is one, beats what it says of itself.
    pub fn kind_or(&self, declared: DeviceKind) -> DeviceKind {
        self.known().and_then(|device| device.kind).unwrap_or(declared)
    }
}

impl Settings {
    /// Every device.
    pub const fn baseline() -> Self {
        Self { demand: Demand::Off, kinds: Vec::new(), compliance: Compliance::NotBroken, per_minute: 0 }
    }

    /// Every device; a registered one ten times a minute.
    pub fn sensitive() -> Self {
        Self { per_minute: 10, ..Self::baseline() }
    }

    /// Known and compliant ones only, three times a minute.
    pub const fn critical() -> Self {
        Self { demand: Demand::Known, kinds: Vec::new(), compliance: Compliance::NotBroken, per_minute: 3 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// At initiation it asks for a device's proof, and refuses kinds and states that may not ask, and a pace that is too fast.
pub fn assess(_checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    let known = facts.device.known();
    if settings.demand == Demand::Known && known.is_none() {
        return Verdict::Ask(Ask::DeviceProof);
    }
    if let Some(Attempt::Exceeded { retry_after }) = known.map(|device| device.pace) {
        return Verdict::Refuse(Reason::RateExceeded { retry_after });
    }
    let kind = known.and_then(|device| device.kind).or(facts.device_kind);
    if !settings.kinds.is_empty() && kind.is_none_or(|kind| !settings.kinds.contains(&kind)) {
        return Verdict::Refuse(Reason::DeviceKind);
    }
    let status = known.map_or(ComplianceStatus::Unknown, |device| device.status);
    let good = match settings.compliance {
        Compliance::Off => true,
        Compliance::NotBroken => status != ComplianceStatus::NotCompliant,
        Compliance::Compliant => status == ComplianceStatus::Compliant,
    };
    if good { Verdict::Pass } else { Verdict::Refuse(Reason::DeviceNotCompliant) }
}
