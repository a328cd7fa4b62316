//! How long do tokens live, and how are they bound to their holder: `[tokens]`, `[dpop]`?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[tokens]`: lifetimes of what the token endpoint hands out. A client may have its own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// Lifetime of access tokens, in seconds.
    #[schemars(range(min = 30, max = 86_400))]
    pub access_token_lifetime: u32,
    /// Lifetime of a family of refresh tokens from the approval on, in seconds; rotation does not prolong it.
    #[schemars(range(min = 300, max = 63_072_000))]
    pub refresh_token_lifetime: u32,
    /// Lifetime of ID tokens, in seconds.
    #[schemars(range(min = 30, max = 86_400))]
    pub id_token_lifetime: u32,
    /// Lifetime of service tokens, which programs get for themselves (`client_credentials`), in seconds. A client's own
    /// `tandem_access_token_lifetime` shortens it.
    #[schemars(range(min = 60, max = 3600))]
    pub service_token_lifetime: u32,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access_token_lifetime: 600,
            refresh_token_lifetime: 2_592_000,
            id_token_lifetime: 600,
            service_token_lifetime: 600,
        }
    }
}

/// `[dpop]`: proofs of possession (RFC 9449).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dpop {
    /// Whether a proof must carry a nonce of this server (RFC 9449 section 8).
    pub nonce: DpopNonce,
    /// How far the time of a proof may lie from the server's, in seconds. A proof is remembered that long, so
    /// that it counts once.
    #[schemars(range(min = 5, max = 300))]
    pub window: u32,
}

impl Default for Dpop {
    fn default() -> Self {
        Self { nonce: DpopNonce::Optional, window: 60 }
    }
}

/// Whether DPoP proofs need a server nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DpopNonce {
    /// A nonce is offered, and checked where the proof carries one.
    Optional,
    /// A proof without a fresh nonce is answered with `use_dpop_nonce`.
    Required,
}
