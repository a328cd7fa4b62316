//! What does an ID token say? (OpenID Connect Core section 2)

use crate::oauth::token_family::TokenFamily;
use serde::Serialize;

/// The claims of an ID token.
#[derive(Debug, Clone, Serialize)]
pub struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: u64,
    iat: u64,
    auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    amr: &'static [&'static str],
    at_hash: &'a str,
    #[serde(rename = "urn:openid:params:jwt:claim:auth_req_id", skip_serializing_if = "Option::is_none")]
    auth_req_id: Option<&'a str>,
    #[serde(rename = "urn:openid:params:jwt:claim:rt_hash", skip_serializing_if = "Option::is_none")]
    rt_hash: Option<&'a str>,
}

impl<'a> IdTokenClaims<'a> {
    /// The claims for a family's client, beside the access token whose hash is `at_hash`. Times in seconds.
    pub fn of(family: &'a TokenFamily, issuer: &'a str, at_hash: &'a str, iat: u64, exp: u64) -> Self {
        let method = family.authentication.method;
        Self {
            iss: issuer,
            sub: &family.authentication.sub,
            aud: &family.client_id,
            exp,
            iat,
            auth_time: family.authentication.auth_time.as_secs(),
            nonce: family.nonce.as_deref(),
            acr: method.acr(),
            amr: method.amr(),
            at_hash,
            auth_req_id: None,
            rt_hash: None,
        }
    }

    /// The same, pushed to the client (CIBA Core section 10.3.1): it names the request that it answers, and the
    /// refresh token beside it by its hash, which is made like `at_hash`.
    #[must_use]
    pub const fn pushed(self, auth_req_id: &'a str, rt_hash: Option<&'a str>) -> Self {
        Self { auth_req_id: Some(auth_req_id), rt_hash, ..self }
    }
}
