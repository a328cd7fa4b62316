//! Does the token go to the key that asked for it? (BCP 6.1.12)
//!
//! A token bound to a key cannot be used where the key is not: what is stolen or sold is worthless. Marks: Recover.
//! Limitations: an attacker who runs the flow on their own machine holds the key. Requirement R6.12. A key shown at
//! the device authorization endpoint is pinned: only it may redeem (a local extension, like RFC 9449 section 10.1).

use super::facts::SenderDemand;
use super::{Ask, Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a proof is demanded beyond what the client registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The demand on every client: a DPoP proof when it asks and when it collects, or a certificate.
    pub demand: Demand,
}

/// What every client must prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Only what its registration says.
    AsRegistered,
    /// A key, at initiation and at redemption.
    Always,
}

impl Settings {
    /// As the client registered.
    pub const fn baseline() -> Self {
        Self { demand: Demand::AsRegistered }
    }

    /// As the client registered.
    pub const fn sensitive() -> Self {
        Self::baseline()
    }

    /// Always.
    pub const fn critical() -> Self {
        Self { demand: Demand::Always }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Asks for a proof where one is due, and refuses another key than the pinned one.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    let sender = &facts.sender;
    if checkpoint == CheckpointKind::Redeem {
        match sender.demand {
            SenderDemand::CertificateAtRedemption if sender.certificate.is_none() => {
                return Verdict::Ask(Ask::Certificate);
            }
            SenderDemand::EitherAtRedemption if sender.certificate.or(sender.proof).is_none() => {
                return Verdict::Ask(Ask::ProofOfPossession);
            }
            _ => {}
        }
    }
    let due = match settings.demand {
        Demand::Always => sender.certificate.is_none(),
        Demand::AsRegistered => matches!(
            (checkpoint, sender.demand),
            (CheckpointKind::Redeem, SenderDemand::AtRedemption)
                | (CheckpointKind::Initiate, SenderDemand::AtInitiation)
        ),
    };
    match (sender.pinned, sender.proof) {
        (Some(pinned), Some(proof)) if pinned != proof => Verdict::Refuse(Reason::ForeignKey),
        (Some(_), None) => Verdict::Ask(Ask::ProofOfPossession),
        (None, None) if due => Verdict::Ask(Ask::ProofOfPossession),
        _ => Verdict::Pass,
    }
}
