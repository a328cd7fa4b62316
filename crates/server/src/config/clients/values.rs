//! Which values can the members of a client have?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a client authenticates (RFC 7591 section 2, OpenID Connect Core 1.0 section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Not at all: a public client, such as an app on a TV.
    None,
    /// `client_secret` in the Authorization header.
    #[default]
    ClientSecretBasic,
    /// `client_secret` in the body.
    ClientSecretPost,
    /// A signed assertion (RFC 7523), checked with `jwks`.
    PrivateKeyJwt,
    /// A certificate that a trusted authority issued (RFC 8705 section 2.1).
    TlsClientAuth,
    /// A certificate whose key is in `jwks` (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
    /// The attestation of one of `[[attesters]]`, and the proof of the instance
    /// (draft-ietf-oauth-attestation-based-client-auth).
    AttestJwtClientAuth,
}

/// A grant type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GrantType {
    /// The device grant (RFC 8628).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// Requests to a person on their own device (CIBA Core section 10.1), in the modes poll and ping.
    #[serde(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
    /// Refresh tokens (RFC 6749 section 6).
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// Tokens that the client gets for itself (RFC 6749 section 4.4), with service scopes; for confidential clients only.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
}

/// The form of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessTokenFormat {
    /// Signed (RFC 9068): resource servers read it themselves.
    #[default]
    Jwt,
    /// A random text: resource servers ask by introspection, and a revocation holds at once.
    Opaque,
}

/// The audience that a client assertion must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssertionAudience {
    /// The issuer, the token endpoint or the endpoint that is called.
    #[default]
    Any,
    /// The issuer alone, as a single text.
    Issuer,
}

/// How a client learns that a person answered (CIBA Core section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// It asks the token endpoint again and again.
    Poll,
    /// It is told, and asks then.
    Ping,
    /// It is sent the tokens.
    Push,
}

/// A profile of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientProfile {
    /// FAPI-CIBA: signed requests (PS256, ES256), strong client authentication, bound tokens, poll or ping.
    FapiCiba,
}

/// What a client learns of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserHints {
    /// `unknown_user_id` for who is unknown, as the specification has it.
    #[default]
    Reveal,
    /// Nothing: such requests wait until they expire.
    Conceal,
}

/// How people give the number that the other device shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberMatching {
    /// They pick one of three.
    Pick,
    /// They type it.
    Type,
}

/// Hours of the day without requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin.
    #[schemars(length(min = 5, max = 5), example = "22:00")]
    pub from: String,
    /// When they end; the next day, if that is before the beginning.
    #[schemars(length(min = 5, max = 5), example = "07:00")]
    pub until: String,
    /// In which time zone.
    #[schemars(length(min = 1, max = 64), example = "Asia/Tokyo")]
    pub zone: String,
}
