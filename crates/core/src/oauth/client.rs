//! Who may ask, for what, and how do they prove who they are? (RFC 7591 names)

use super::scope::Scope;
use super::service_scope::is_service_scope;
use super::token_family::MayRefresh;
use crate::crossing::{DeliveryMode, NumberAnswer};
use crate::digest::Digest;
use crate::jose::{Algorithm, JwkSet};
use crate::mitigations::policy::Overrides;
use crate::mitigations::rate_limits::QuietHours;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;

/// The grant type of RFC 8628 section 3.4.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The grant type of CIBA Core section 4.
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// The grant type of RFC 6749 section 6.
pub const REFRESH_TOKEN: &str = "refresh_token";
/// The grant type of RFC 6749 section 4.4.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// A registered client. Members are named as in RFC 7591; `tandem_` ones are ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the specifications define these members as booleans")]
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
    /// Its public keys, for `private_key_jwt` and what else it signs. Of a client that publishes them: those that hold
    /// now, where somebody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JwkSet>,
    /// Where it publishes its public keys, instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
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
    /// How it learns of the end of a backchannel request (CIBA Core section 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_token_delivery_mode: Option<DeliveryMode>,
    /// Where it is told, in ping and push mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_client_notification_endpoint: Option<Url>,
    /// How its backchannel requests are signed; unsigned ones are refused then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_authentication_request_signing_alg: Option<Algorithm>,
    /// Whether it asks people for their user code.
    #[serde(default)]
    pub backchannel_user_code_parameter: bool,
    /// Which types of authorization details it may use (RFC 9396 section 10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types: Vec<String>,
    /// The one name in its certificate that `tls_client_auth` looks for (RFC 8705 section 2.1.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth: Option<CertificateName>,
    /// Whether its access tokens are bound to its certificate (RFC 8705 section 3.4).
    #[serde(default)]
    pub tls_client_certificate_bound_access_tokens: bool,
    /// The profile that it keeps to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tandem_profile: Option<Profile>,
    /// How long a poll of its may wait for an answer, in seconds: 0 to 30.
    #[serde(default)]
    pub tandem_long_polling: u8,
    /// Whether it may learn who exists.
    #[serde(default)]
    pub tandem_user_hints: UserHints,
    /// Whether people must give the number that its devices show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tandem_number_matching: Option<NumberAnswer>,
    /// When it may not ask anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tandem_quiet_hours: Option<QuietHours>,
    /// What its policy has beyond that of the flow.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub tandem_policy: Overrides,
}

/// What `tls_client_auth` looks for in a certificate (RFC 8705 section 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateName {
    /// The subject, in the form of RFC 4514.
    #[serde(rename = "tls_client_auth_subject_dn")]
    SubjectDn(String),
    /// A dNSName.
    #[serde(rename = "tls_client_auth_san_dns")]
    SanDns(String),
    /// A uniformResourceIdentifier.
    #[serde(rename = "tls_client_auth_san_uri")]
    SanUri(String),
    /// An iPAddress.
    #[serde(rename = "tls_client_auth_san_ip")]
    SanIp(std::net::IpAddr),
    /// An rfc822Name.
    #[serde(rename = "tls_client_auth_san_email")]
    SanEmail(String),
}

/// A profile that narrows what a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Financial-grade API: Client Initiated Backchannel Authentication Profile.
    FapiCiba,
}

/// What a client learns of the people it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserHints {
    /// Whether they exist and can be asked, as CIBA Core section 13 has it.
    #[default]
    Reveal,
    /// Nothing: whoever cannot be asked seems to take their time.
    Conceal,
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
    /// A certificate of a trusted authority: RFC 8705 section 2.1.
    TlsClientAuth,
    /// A certificate with a registered key: RFC 8705 section 2.2.
    SelfSignedTlsClientAuth,
    /// An attestation and the proof of its key: draft-ietf-oauth-attestation-based-client-auth.
    AttestJwtClientAuth,
}

impl AuthMethod {
    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            Self::AttestJwtClientAuth => "attest_jwt_client_auth",
        }
    }
}

/// A grant that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantType {
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// CIBA Core section 10.1.
    #[serde(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
    /// RFC 6749 section 6.
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// RFC 6749 section 4.4: the client acts for itself.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
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

impl Client {
    /// Which algorithms it may sign assertions and requests with.
    pub const fn signing_algorithms(&self) -> &'static [Algorithm] {
        match self.tandem_profile {
            Some(Profile::FapiCiba) => &[Algorithm::PS256, Algorithm::ES256],
            None => &super::metadata::VERIFIED,
        }
    }

    /// Whether it may use this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// What it may ask people for.
    pub fn personal_scope(&self) -> Scope {
        self.scope.only(|name| !is_service_scope(name))
    }

    /// What it may get for itself.
    pub fn service_scope(&self) -> Scope {
        self.scope.only(is_service_scope)
    }

    /// Whether it has public keys, here or where it publishes them.
    pub const fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }

    /// What changes with how it proves who it is: what it got by an old secret or key ends with that. Keys that it publishes
    /// it changes by itself, which is no new registration.
    pub fn credential_mark(&self) -> [u8; 8] {
        let (method, secret) = (self.token_endpoint_auth_method, self.client_secret_digest);
        let text = match &self.jwks_uri {
            Some(address) => serde_json::to_vec(&(method, secret, address, &self.tls_client_auth)),
            None => serde_json::to_vec(&(method, secret, &self.jwks, &self.tls_client_auth)),
        };
        let text = text.unwrap_or_default();
        Digest::of(&text).as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// Whether it gets refresh tokens.
    pub fn may_refresh(&self) -> MayRefresh {
        if self.may_use(GrantType::RefreshToken) { MayRefresh::Yes } else { MayRefresh::No }
    }
}
