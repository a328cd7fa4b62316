//! Which words, and which HTTP status, does a refusal get on the wire?

/// Every error code that an OAuth endpoint of Tandem answers. The status lives here and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request is malformed: RFC 6749 section 5.2.
    InvalidRequest,
    /// Client authentication failed: RFC 6749 section 5.2. Always 401, which that section permits in every case.
    InvalidClient,
    /// The code or refresh token is unknown, spent, revoked, or another client's: RFC 6749 section 5.2.
    InvalidGrant,
    /// This client may not use this grant or endpoint: RFC 6749 section 5.2.
    UnauthorizedClient,
    /// The grant type is not one of ours: RFC 6749 section 5.2.
    UnsupportedGrantType,
    /// The scope is malformed, unknown, or beyond what may be asked: RFC 6749 section 5.2.
    InvalidScope,
    /// Nobody has answered yet: RFC 8628 section 3.5.
    AuthorizationPending,
    /// The client polls faster than the interval, which grows by five seconds: RFC 8628 section 3.5.
    SlowDown,
    /// The person denied, or policy refused: RFC 8628 section 3.5.
    AccessDenied,
    /// The code ran out before it was redeemed: RFC 8628 section 3.5.
    ExpiredToken,
    /// The login hint token is over: CIBA Core section 13.
    ExpiredLoginHintToken,
    /// The hint names nobody who can be asked: CIBA Core section 13.
    UnknownUserId,
    /// The person's user code is needed: CIBA Core section 13.
    MissingUserCode,
    /// The user code is wrong: CIBA Core section 13.
    InvalidUserCode,
    /// The binding message cannot be shown: CIBA Core section 13.
    InvalidBindingMessage,
    /// Policy refuses before anybody is asked: CIBA Core section 13, with its own status.
    AccessDeniedBeforehand,
    /// The push of tokens failed: CIBA Core section 12.
    TransactionFailed,
    /// The authorization details cannot be granted or understood: RFC 9396 section 5.
    InvalidAuthorizationDetails,
    /// The resource is unknown, or not for this client: RFC 8707 section 2.
    InvalidTarget,
    /// The access token is no longer, or never was, good: RFC 6750 section 3.1.
    InvalidToken,
    /// The access token lacks a scope that this resource needs: RFC 6750 section 3.1.
    InsufficientScope,
    /// The DPoP proof is missing its mark: RFC 9449 section 5.
    InvalidDpopProof,
    /// The DPoP proof must carry a nonce that this server gave: RFC 9449 section 8.
    UseDpopNonce,
    /// The attestation of the instance, or its proof, does not hold: draft-ietf-oauth-attestation-based-client-auth,
    /// section 7.4.
    InvalidClientAttestation,
    /// The attestation is too old: the instance should get another: draft-ietf-oauth-attestation-based-client-auth,
    /// section 7.4.
    UseFreshAttestation,
    /// Too many requests; `Retry-After` says when: the code is RFC 6749 section 4.1.2.1's, the status RFC 6585
    /// section 4's.
    TooManyRequests,
    /// Something broke here: RFC 6749 section 4.1.2.1 names it; sent with status 500.
    ServerError,
    /// The server cannot answer now, for instance because the disk is full: RFC 6749 section 4.1.2.1; status 503.
    TemporarilyUnavailable,
}

impl ErrorCode {
    /// All of them, in the order above.
    pub const ALL: [Self; 28] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::AuthorizationPending,
        Self::SlowDown,
        Self::AccessDenied,
        Self::ExpiredToken,
        Self::ExpiredLoginHintToken,
        Self::UnknownUserId,
        Self::MissingUserCode,
        Self::InvalidUserCode,
        Self::InvalidBindingMessage,
        Self::AccessDeniedBeforehand,
        Self::TransactionFailed,
        Self::InvalidAuthorizationDetails,
        Self::InvalidTarget,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::InvalidDpopProof,
        Self::UseDpopNonce,
        Self::InvalidClientAttestation,
        Self::UseFreshAttestation,
        Self::TooManyRequests,
        Self::ServerError,
        Self::TemporarilyUnavailable,
    ];

    /// The `error` member.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied | Self::AccessDeniedBeforehand => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::ExpiredLoginHintToken => "expired_login_hint_token",
            Self::UnknownUserId => "unknown_user_id",
            Self::MissingUserCode => "missing_user_code",
            Self::InvalidUserCode => "invalid_user_code",
            Self::InvalidBindingMessage => "invalid_binding_message",
            Self::TransactionFailed => "transaction_failed",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidClientAttestation => "invalid_client_attestation",
            Self::UseFreshAttestation => "use_fresh_attestation",
            Self::ServerError => "server_error",
            Self::TooManyRequests | Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status at an endpoint of the authorization server.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope | Self::AccessDeniedBeforehand => 403,
            Self::TooManyRequests => 429,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_polling_error_is_a_400_as_rfc_8628_section_3_5_says() {
        for code in [
            ErrorCode::AuthorizationPending,
            ErrorCode::SlowDown,
            ErrorCode::AccessDenied,
            ErrorCode::ExpiredToken,
            ErrorCode::InvalidGrant,
        ] {
            assert_eq!(code.status(), 400, "{code:?}");
        }
    }

    #[test]
    fn codes_use_only_the_characters_of_rfc_6749_section_5_2() {
        for code in ErrorCode::ALL {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }
}
