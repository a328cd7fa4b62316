//! Did the person sign in on the consumption device before it asked? (BCP 6.1.15)
//!
//! Where the consumption device can sign people in with a phishing-resistant method, its request carries the proof, and
//! only the same person may approve: an attacker can start a request in their own name only. Marks: Prevent.
//! Limitations: many consumption devices cannot; a session that is itself stolen passes; an ID token that came across
//! devices proves a sign-in on the other one. Requirement R6.15. Proved by plays B1, B1j, B2.

use super::{Ask, Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// When a sign-in is demanded before a device may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether the request must carry the proof of a sign-in on the consumption device.
    pub demand: Demand,
    /// How long ago that sign-in may be at most, in seconds.
    #[schemars(range(min = 30, max = 86_400))]
    pub longest_ago: u32,
    /// Clients on the same device whose ID tokens count beside those of the client that asks.
    pub sign_in_clients: Vec<String>,
}

/// Whether a sign-in is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// No; but where a proof is sent, only the same person may approve.
    Off,
    /// A recent, phishing-resistant one.
    PhishingResistant,
}

/// Who signed in on the consumption device, as an ID token of this server proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiator {
    /// The person.
    pub sub: Arc<str>,
    /// When they signed in.
    pub auth_time: Timestamp,
    /// Whether the method was phishing-resistant (`acr` is `phr` or `phrh`).
    pub method: Strength,
}

/// How strong a sign-in was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// It can be phished.
    Phishable,
    /// It cannot.
    PhishingResistant,
}

impl Settings {
    /// Not demanded.
    pub const fn baseline() -> Self {
        Self { demand: Demand::Off, longest_ago: 600, sign_in_clients: Vec::new() }
    }

    /// Not demanded: most consumption devices cannot.
    pub const fn sensitive() -> Self {
        Self::baseline()
    }

    /// Not demanded: most consumption devices cannot.
    pub const fn critical() -> Self {
        Self::baseline()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// At initiation it asks for the proof; at approval it refuses anybody else.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if checkpoint != CheckpointKind::Initiate {
        let by = facts.request.and_then(|request| request.context.as_ref()?.initiator.as_ref());
        return match (by, facts.code.presenting) {
            (Some(initiator), Some(now)) if *initiator != now.sub => Verdict::Refuse(Reason::NotTheInitiator),
            _ => Verdict::Pass,
        };
    }
    if settings.demand == Demand::Off {
        return Verdict::Pass;
    }
    let longest = Duration::from_secs(settings.longest_ago.into());
    let good = facts.initiator.as_ref().is_some_and(|initiator| {
        initiator.method == Strength::PhishingResistant && facts.now.since(initiator.auth_time) <= longest
    });
    if good { Verdict::Pass } else { Verdict::Ask(Ask::SignIn) }
}
