//! May this refresh token be used, and what comes of it? (RFC 6749 section 6, RFC 9700 section 4.14)

use super::error_code::ErrorCode;
use super::scope::Scope;
use super::sealed_token::RefreshToken;
use super::token_family::{Refresh, TokenFamily};
use crate::digest::Digest;
use crate::time::Timestamp;

/// Why a refresh is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshRefusal {
    /// We never made it, or its family is gone.
    #[error("the refresh token is unknown")]
    Unknown,
    /// It is another client's.
    #[error("the refresh token was issued to another client")]
    IssuedToAnotherClient,
    /// Its family was revoked.
    #[error("the refresh token was revoked")]
    Revoked,
    /// The family is too old.
    #[error("the refresh token has expired")]
    Expired,
    /// It was used before: the whole family must end.
    #[error("the refresh token was used before; every token of its family is revoked")]
    Reused,
    /// More was asked than was granted.
    #[error("the scope is beyond what was granted")]
    ScopeBeyondGrant,
    /// It is bound to a key, and none, or another one, was proved.
    #[error("the refresh token is bound to another DPoP key")]
    KeyMismatch,
    /// It is bound to a certificate, and none, or another one, was used (RFC 8705 section 4).
    #[error("the refresh token is bound to another client certificate")]
    CertificateMismatch,
}

impl RefreshRefusal {
    /// The code on the wire.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::ScopeBeyondGrant => ErrorCode::InvalidScope,
            Self::Unknown
            | Self::IssuedToAnotherClient
            | Self::Revoked
            | Self::Expired
            | Self::Reused
            | Self::KeyMismatch
            | Self::CertificateMismatch => ErrorCode::InvalidGrant,
        }
    }
}

/// What the caller proved with the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proven {
    /// A DPoP key, by its thumbprint.
    pub key: Option<Digest>,
    /// The certificate of mutual TLS, by its SHA-256.
    pub certificate: Option<Digest>,
}

/// Decides on a refresh. The answer is the scope of the new access token; the caller then advances the generation by
/// a statement guarded by the one presented here, so that of two racers one wins.
///
/// Key and certificate are checked before reuse: who cannot prove them cannot end the family with a stolen token either.
pub fn decide(
    family: &TokenFamily,
    token: RefreshToken,
    client_id: &str,
    proven: Proven,
    wanted: Option<&Scope>,
    now: Timestamp,
) -> Result<Scope, RefreshRefusal> {
    if *family.client_id != *client_id {
        return Err(RefreshRefusal::IssuedToAnotherClient);
    }
    if family.dpop_jkt.is_some() && family.dpop_jkt != proven.key {
        return Err(RefreshRefusal::KeyMismatch);
    }
    if family.certificate.is_some() && family.certificate != proven.certificate {
        return Err(RefreshRefusal::CertificateMismatch);
    }
    if !family.is_active() {
        return Err(RefreshRefusal::Revoked);
    }
    match family.refresh {
        Refresh::Until(until) if now < until => {}
        _ => return Err(RefreshRefusal::Expired),
    }
    if token.generation != family.generation {
        return Err(RefreshRefusal::Reused);
    }
    let scope = wanted.unwrap_or(&family.scope);
    if !scope.is_within(&family.scope) {
        return Err(RefreshRefusal::ScopeBeyondGrant);
    }
    Ok(scope.clone())
}
