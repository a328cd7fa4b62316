//! Who may vouch for the instances of clients: `[[attesters]]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// One of `[[attesters]]`: who may vouch that a device is a genuine instance of a client
/// (draft-ietf-oauth-attestation-based-client-auth).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attester {
    /// Its name. An attestation that has an `iss` must have this one.
    #[schemars(length(min = 1, max = 512), example = &"https://attester.example.com")]
    pub issuer: String,
    /// Its public keys (RFC 7517 section 5).
    #[serde(default)]
    pub jwks: Option<serde_json::Map<String, serde_json::Value>>,
    /// JSON file that holds `jwks`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/attester.jwks.json")]
    pub jwks_file: Option<PathBuf>,
    /// Where it publishes its public keys, instead; read as those of clients are.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://attester.example.com/jwks.json")]
    pub jwks_uri: Option<Url>,
    /// The clients whose instances it may vouch for.
    #[schemars(length(min = 1, max = 1000), example = &["tv"])]
    pub clients: Vec<String>,
    /// How many seconds ago its attestations may have been issued; without it they hold as long as they say themselves.
    #[serde(default)]
    #[schemars(range(min = 60, max = 31_536_000), example = 86_400)]
    pub max_age: Option<u32>,
}
