//! Who may ask, for what, and how do they prove who they are? (RFC 7591 names)

use super::scope::Scope;
use super::token_family::MayRefresh;
use crate::digest::Digest;
use crate::jose::{Algorithm, JwkSet};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The grant type of RFC 8628 section 3.4.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The grant type of RFC 6749 section 6.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// A registered client. Members are named as in RFC 7591; `tandem_` ones are ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its name on the wire: 1 to 128 characters.
    pub client_id: Arc<str>,
    /// Its name for people.
    pub client_name: String,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// How it authenticates.
    pub token_endpoint_auth_method: AuthMethod,
    /// SHA-256 of its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_digest: Option<Digest>,
    /// Its public keys, for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JwkSet>,
    /// Which grants it may use.
    pub grant_types: Vec<GrantType>,
    /// What it may ask for at most.
    pub scope: Scope,
    /// How its ID tokens are signed.
    #[serde(default = "es256")]
    pub id_token_signed_response_alg: Algorithm,
    /// Whether it must use DPoP: RFC 9449 section 5.2.
    #[serde(default)]
    pub dpop_bound_access_tokens: bool,
    /// Whether the operator vouches for its name.
    #[serde(default)]
    pub tandem_verified: bool,
    /// The form of its access tokens.
    #[serde(default)]
    pub tandem_access_token_format: AccessTokenFormat,
    /// How its JWT access tokens are signed.
    #[serde(default = "es256")]
    pub tandem_access_token_signing_alg: Algorithm,
    /// Life of its access tokens in seconds, instead of the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tandem_access_token_lifetime: Option<u32>,
    /// Life of its token families in seconds, instead of the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tandem_refresh_token_lifetime: Option<u32>,
    /// Life of its codes in seconds, instead of the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tandem_code_lifetime: Option<u32>,
    /// The resource servers that its access tokens are for; the issuer if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tandem_audience: Vec<String>,
    /// Whether it may introspect tokens of other clients.
    #[serde(default)]
    pub tandem_introspection: bool,
    /// Which `aud` its client assertions may carry.
    #[serde(default)]
    pub tandem_client_assertion_audience: AssertionAudience,
}

const fn es256() -> Algorithm {
    Algorithm::ES256
}

/// `token_endpoint_auth_method`: RFC 7591 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client.
    None,
    /// HTTP Basic.
    ClientSecretBasic,
    /// Secret in the form.
    ClientSecretPost,
    /// A signed assertion: RFC 7523.
    PrivateKeyJwt,
}

impl AuthMethod {
    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// A grant that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantType {
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 6749 section 6.
    #[serde(rename = "refresh_token")]
    RefreshToken,
}

/// The form of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// RFC 9068.
    #[default]
    Jwt,
    /// A sealed reference, for introspection only.
    Opaque,
}

/// Which audience a client assertion may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer, the token endpoint, or the endpoint called.
    #[default]
    Any,
    /// The issuer, as a single string (FAPI 2.0).
    Issuer,
}

/// Why a registration contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The id is empty, too long, or has characters outside %x20-7E.
    #[error("client_id must be 1 to 128 printable ASCII characters without colon or space")]
    Id,
    /// The name for people is missing or too long.
    #[error("client_name must be 1 to 100 characters")]
    Name,
    /// A secret method without a secret.
    #[error("token_endpoint_auth_method {0} needs a client_secret of at least 16 characters")]
    SecretMissing(&'static str),
    /// `private_key_jwt` without keys.
    #[error("token_endpoint_auth_method private_key_jwt needs jwks")]
    KeysMissing,
    /// A secret or keys that the method does not use.
    #[error("token_endpoint_auth_method {0} uses no {1}")]
    Unused(&'static str, &'static str),
    /// A public client may not introspect.
    #[error("a public client (token_endpoint_auth_method none) may not introspect")]
    PublicIntrospection,
}

impl Client {
    /// Whether the registration makes sense as a whole.
    pub fn check(&self) -> Result<(), ClientError> {
        let id_ok = self.client_id.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !(1..=128).contains(&self.client_id.len()) || !id_ok {
            return Err(ClientError::Id);
        }
        if !(1..=100).contains(&self.client_name.trim().chars().count()) {
            return Err(ClientError::Name);
        }
        let method = self.token_endpoint_auth_method;
        let uses_secret = matches!(method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost);
        match (uses_secret, self.client_secret_digest.is_some()) {
            (true, false) => return Err(ClientError::SecretMissing(method.as_str())),
            (false, true) => return Err(ClientError::Unused(method.as_str(), "client_secret")),
            _ => {}
        }
        match (method == AuthMethod::PrivateKeyJwt, self.jwks.is_some()) {
            (true, false) => return Err(ClientError::KeysMissing),
            (false, true) => return Err(ClientError::Unused(method.as_str(), "jwks")),
            _ => {}
        }
        if method == AuthMethod::None && self.tandem_introspection {
            return Err(ClientError::PublicIntrospection);
        }
        Ok(())
    }

    /// Whether it may use this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it gets refresh tokens.
    pub fn may_refresh(&self) -> MayRefresh {
        if self.may_use(GrantType::RefreshToken) { MayRefresh::Yes } else { MayRefresh::No }
    }
}
