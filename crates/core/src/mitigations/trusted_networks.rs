//! May this network ask, or answer? (BCP 6.1.8)
//!
//! Where devices stand in known networks (shops, offices, a carrier), requests from elsewhere are not theirs. Marks:
//! Prevent. Limitations: an attacker inside the network passes, and so does whoever shares its way out; use it together
//! with others. Requirement R6.8. Proved by plays B1, B1j, B4.1.

use super::{Facts, Reason, Verdict};
use crate::crossing::CheckpointKind;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The networks that may ask and answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Networks that a request may come from (CIDR); every network if empty.
    #[schemars(with = "Vec<String>")]
    pub initiate: Vec<IpNet>,
    /// Networks that a yes may come from (CIDR); every network if empty.
    #[schemars(with = "Vec<String>")]
    pub approve: Vec<IpNet>,
}

impl Settings {
    /// Every network.
    pub const fn baseline() -> Self {
        Self { initiate: Vec::new(), approve: Vec::new() }
    }

    /// Every network: only the operator knows theirs.
    pub const fn sensitive() -> Self {
        Self::baseline()
    }

    /// Every network: only the operator knows theirs.
    pub const fn critical() -> Self {
        Self::baseline()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Refuses a network that is not named, where some are.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    let (networks, address) = match checkpoint {
        CheckpointKind::Initiate => (&settings.initiate, facts.initiating.address),
        _ => (&settings.approve, facts.deciding.address),
    };
    if networks.is_empty() || address.is_some_and(|address| within(networks, address)) {
        Verdict::Pass
    } else {
        Verdict::Refuse(Reason::NetworkNotTrusted)
    }
}

/// Whether one of the networks holds the address. An IPv4 address in IPv6 clothes is the IPv4 address.
pub(super) fn within(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address.to_canonical()))
}
