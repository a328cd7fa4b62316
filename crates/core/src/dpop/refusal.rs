//! For which precise reasons is a DPoP proof refused?

use crate::jose::{JwkError, JwsError};

/// Why a proof was refused. All are `invalid_dpop_proof` on the wire except those of
/// [`DpopRefusal::asks_for_nonce`], which are `use_dpop_nonce`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DpopRefusal {
    /// It is not a well-formed, well-signed JWS with the required claims.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// The header has no `jwk`.
    #[error("the header has no `jwk`")]
    JwkMissing,
    /// The header's `jwk` is not a usable public key.
    #[error(transparent)]
    Jwk(#[from] JwkError),
    /// `htm` is another method.
    #[error("`htm` is another method")]
    MethodMismatch,
    /// `htu` is not an http(s) address.
    #[error("`htu` is not an http(s) address")]
    HtuMalformed,
    /// `htu` is another address.
    #[error("`htu` is another address")]
    HtuMismatch,
    /// `ath` is not the digest of the access token.
    #[error("`ath` is of another access token")]
    AthMismatch,
    /// `iat` is too far in the past.
    #[error("`iat` is too old")]
    TooOld,
    /// `iat` is too far in the future.
    #[error("`iat` is in the future")]
    FromFuture,
    /// A nonce is required and missing.
    #[error("`nonce` is missing")]
    NonceMissing,
    /// The nonce is none of ours, or no longer good.
    #[error("`nonce` is stale")]
    NonceStale,
}

impl DpopRefusal {
    /// Whether the answer is `use_dpop_nonce` with a new nonce, so that the client tries again.
    pub const fn asks_for_nonce(self) -> bool {
        matches!(self, Self::NonceMissing | Self::NonceStale)
    }
}
