//! Whom may the server call by itself: `[outgoing]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::network::Network;

/// `[outgoing]`: requests that the server makes, to clients, push services and webhooks.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Outgoing {
    /// Addresses and networks (CIDR) that may be called although they are not public, and by plain http too. Without an
    /// entry only public addresses are called, by https: what a client names must not reach into your own network.
    pub allow_private: Vec<Network>,
    /// PEM file with further certificate authorities to trust, beside those of the machine; for a server of your own.
    #[schemars(extend("format" = "path"), example = "/etc/tandem/ca.pem")]
    pub ca_file: Option<PathBuf>,
}
