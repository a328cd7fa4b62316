//! How does the server ask people on their own devices: `[ciba]`, `[[login_hint_token_issuers]]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::mitigations::policy::Overrides;
use url::Url;

/// `[ciba]`: requests that are sent to a person (OpenID Connect CIBA Core 1.0).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ciba {
    /// Lifetime of a request in seconds (`expires_in`), where the client asks for none.
    #[schemars(range(min = 10, max = 1800))]
    pub request_lifetime: u32,
    /// The shortest lifetime that a client can ask for (`requested_expiry`), in seconds.
    #[schemars(range(min = 5, max = 1800))]
    pub shortest_lifetime: u32,
    /// The longest lifetime that a client can ask for, in seconds.
    #[schemars(range(min = 10, max = 1800))]
    pub longest_lifetime: u32,
    /// Seconds a client waits between two polls; each poll that comes too soon adds five for good.
    #[schemars(range(min = 1, max = 60))]
    pub interval: u32,
    /// Whom requests reach. Everybody who can sign in has an inbox; with `device` only those are asked who registered an
    /// authorization device that is notified, and the others count as unknown.
    pub reach: Reach,
    /// What this flow's policy has beyond `[policy]`: a profile of its own, and tables like those of `[policy]`, such as
    /// `[ciba.policy.rate_limits]`.
    pub policy: Overrides,
}

/// Whom requests reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Everybody who can sign in.
    Inbox,
    /// Those with an authorization device.
    Device,
}

impl Default for Ciba {
    fn default() -> Self {
        Self {
            request_lifetime: 120,
            shortest_lifetime: 10,
            longest_lifetime: 600,
            interval: 5,
            reach: Reach::Inbox,
            policy: Overrides::default(),
        }
    }
}

/// One of `[[login_hint_token_issuers]]`: who may name people in a `login_hint_token`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HintTokenIssuer {
    /// Its name: `iss` of its tokens.
    #[schemars(length(min = 1, max = 512), example = &"https://hints.example.com")]
    pub issuer: String,
    /// Its public keys (RFC 7517 section 5).
    #[serde(default)]
    pub jwks: Option<serde_json::Map<String, serde_json::Value>>,
    /// JSON file that holds `jwks`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/hints.jwks.json")]
    pub jwks_file: Option<PathBuf>,
    /// Where it publishes its public keys, instead; read as those of clients are.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://hints.example.com/jwks.json")]
    pub jwks_uri: Option<Url>,
    /// What it means by a bare subject.
    #[serde(default)]
    pub subject: HintSubject,
}

/// What an issuer of hints means by `sub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HintSubject {
    /// The subject identifier of this server's ID tokens.
    #[default]
    Subject,
    /// A user name here.
    Username,
    /// A mail address that is a user name here.
    Email,
}
