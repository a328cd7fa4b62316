//! Which keys sign, and what keeps them secret on disk: `[keys]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::EncryptionKey;

/// `[keys]`: the server's signing keys. A key that was rotated out stays published as long as a token it signed
/// may live; that time follows from the token lifetimes and is not set here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// 32 random bytes under which private keys lie encrypted in the store, as 43 base64url or 64 hexadecimal
    /// characters (`openssl rand -hex 32`). `serve` needs it. Whoever loses it loses the signing keys.
    pub encryption_key: Option<EncryptionKey>,
    /// File that holds `encryption_key`; give one of the two.
    #[schemars(extend("format" = "path"), example = "/etc/tandem/encryption.key")]
    pub encryption_key_file: Option<PathBuf>,
    /// The algorithms for which a signing key is kept and published. The first is the default of every client.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub signing_algorithms: Vec<SigningAlgorithm>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            encryption_key: None,
            encryption_key_file: None,
            signing_algorithms: vec![SigningAlgorithm::Es256, SigningAlgorithm::Rs256],
        }
    }
}

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256: small and fast.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: what every client understands.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// The `alg` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }
}
