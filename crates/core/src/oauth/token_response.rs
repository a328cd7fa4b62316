//! What does the token endpoint answer when all is well? (RFC 6749 section 5.1)

use super::authorization_details::AuthorizationDetails;
use super::token_family::TokenFamily;
use serde::Serialize;

/// A successful token response.
#[derive(Serialize)]
pub struct TokenResponse<'a> {
    /// The access token.
    pub access_token: String,
    /// `Bearer`, or `DPoP` (RFC 9449 section 5).
    pub token_type: &'static str,
    /// Its life in seconds.
    pub expires_in: u64,
    /// What was granted: always told, so that a client never has to guess.
    pub scope: &'a str,
    /// What in particular was granted (RFC 9396 section 7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Seconds until the family of refresh tokens ends, however often it is refreshed: an extension of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tandem_refresh_token_expires_in: Option<u64>,
    /// The ID token, if `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl std::fmt::Debug for TokenResponse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// The token type of a family's access tokens.
pub const fn token_type(family: &TokenFamily) -> &'static str {
    if family.dpop_jkt.is_some() { "DPoP" } else { "Bearer" }
}
