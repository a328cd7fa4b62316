//! Who may ask, for what, and how do they prove who they are? (RFC 7591 names)

use super::scope::Scope;
use super::token_family::MayRefresh;
use crate::crossing::{DeliveryMode, NumberAnswer};
use crate::digest::Digest;
use crate::jose::{Algorithm, JwkSet};
use crate::mitigations::rate_limits::QuietHours;
use crate::mutual_tls::{SubjectRule, SubjectRuleError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;

/// The grant type of RFC 8628 section 3.4.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The grant type of CIBA Core section 4.
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// The grant type of RFC 6749 section 6.
pub const REFRESH_TOKEN: &str = "refresh_token";

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
    /// A method with registered keys, without keys.
    #[error("token_endpoint_auth_method {0} needs jwks")]
    KeysMissing(&'static str),
    /// A secret or keys that the method does not use.
    #[error("token_endpoint_auth_method {0} uses no {1}")]
    Unused(&'static str, &'static str),
    /// The delivery mode and its endpoint do not fit.
    #[error("backchannel_token_delivery_mode {0} {1} backchannel_client_notification_endpoint")]
    NotificationEndpoint(&'static str, &'static str),
    /// The notification endpoint is no address for it.
    #[error("backchannel_client_notification_endpoint must be an https address without user name, password and fragment")]
    NotificationAddress,
    /// The grant and the delivery mode do not fit.
    #[error("the grant urn:openid:params:grant-type:ciba and backchannel_token_delivery_mode go together; push mode has no grant")]
    Delivery,
    /// Nobody shows a certificate when tokens are pushed.
    #[error("push mode cannot bind tokens to a certificate: use poll or ping, or dpop_bound_access_tokens")]
    PushCertificate,
    /// A public client may not ask people.
    #[error("a public client (token_endpoint_auth_method none) may not use CIBA")]
    PublicCiba,
    /// Signed requests need keys.
    #[error("backchannel_authentication_request_signing_alg needs jwks")]
    RequestKeysMissing,
    /// `tls_client_auth` needs exactly one name, and only it has one.
    #[error("token_endpoint_auth_method {0} needs {1} of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip, _san_email")]
    CertificateNames(&'static str, &'static str),
    /// The name for `tls_client_auth` cannot be read.
    #[error(transparent)]
    CertificateName(SubjectRuleError),
    /// The long-polling time is too long.
    #[error("tandem_long_polling must be 0 to 30 seconds")]
    LongPolling,
    /// The profile forbids something.
    #[error("tandem_profile fapi_ciba needs {0}")]
    Profile(&'static str),
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
        let signs_requests = self.backchannel_authentication_request_signing_alg.is_some();
        let uses_keys = matches!(method, AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth);
        match (uses_keys, self.jwks.is_some()) {
            (true, false) => return Err(ClientError::KeysMissing(method.as_str())),
            (false, true) if !signs_requests => return Err(ClientError::Unused(method.as_str(), "jwks")),
            (false, false) if signs_requests => return Err(ClientError::RequestKeysMissing),
            _ => {}
        }
        if method == AuthMethod::None && self.tandem_introspection {
            return Err(ClientError::PublicIntrospection);
        }
        match (method == AuthMethod::TlsClientAuth, self.tls_client_auth.is_some()) {
            (true, false) => return Err(ClientError::CertificateNames(method.as_str(), "exactly one")),
            (false, true) => return Err(ClientError::CertificateNames(method.as_str(), "none")),
            _ => {}
        }
        if let Some(name) = &self.tls_client_auth {
            SubjectRule::of(name).map_err(ClientError::CertificateName)?;
        }
        self.check_backchannel()?;
        match self.tandem_profile {
            None => Ok(()),
            Some(Profile::FapiCiba) => self.check_fapi_ciba(),
        }
    }

    /// CIBA Core section 4.
    fn check_backchannel(&self) -> Result<(), ClientError> {
        if self.tandem_long_polling > 30 {
            return Err(ClientError::LongPolling);
        }
        // A push client is given its tokens and need not name the grant.
        match (self.backchannel_token_delivery_mode, self.may_use(GrantType::Ciba)) {
            (None, false) => return Ok(()),
            (Some(DeliveryMode::Push), _) | (Some(_), true) => {}
            (None, true) | (Some(_), false) => return Err(ClientError::Delivery),
        }
        if self.token_endpoint_auth_method == AuthMethod::None {
            return Err(ClientError::PublicCiba);
        }
        let mode = self.backchannel_token_delivery_mode.unwrap_or(DeliveryMode::Poll);
        if mode == DeliveryMode::Push && self.tls_client_certificate_bound_access_tokens {
            return Err(ClientError::PushCertificate);
        }
        match (mode, &self.backchannel_client_notification_endpoint) {
            (DeliveryMode::Poll, None) => Ok(()),
            (DeliveryMode::Poll, Some(_)) => Err(ClientError::NotificationEndpoint(mode.as_str(), "uses no")),
            (_, None) => Err(ClientError::NotificationEndpoint(mode.as_str(), "needs")),
            (_, Some(url)) if is_notification_address(url) => Ok(()),
            (_, Some(_)) => Err(ClientError::NotificationAddress),
        }
    }

    /// FAPI-CIBA section 5.2.2: signed requests with PS256 or ES256, strong client authentication, bound tokens, no push.
    fn check_fapi_ciba(&self) -> Result<(), ClientError> {
        let strong = [Algorithm::PS256, Algorithm::ES256];
        let method = self.token_endpoint_auth_method;
        let says = |met: bool, what| if met { Ok(()) } else { Err(ClientError::Profile(what)) };
        says(
            matches!(
                method,
                AuthMethod::PrivateKeyJwt | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth
            ),
            "token_endpoint_auth_method private_key_jwt, tls_client_auth or self_signed_tls_client_auth",
        )?;
        says(
            matches!(
                self.backchannel_token_delivery_mode,
                Some(DeliveryMode::Poll | DeliveryMode::Ping)
            ),
            "backchannel_token_delivery_mode poll or ping",
        )?;
        says(
            self.backchannel_authentication_request_signing_alg.is_some_and(|alg| strong.contains(&alg)),
            "backchannel_authentication_request_signing_alg PS256 or ES256",
        )?;
        says(
            self.dpop_bound_access_tokens || self.tls_client_certificate_bound_access_tokens,
            "dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens",
        )?;
        says(strong.contains(&self.id_token_signed_response_alg), "id_token_signed_response_alg PS256 or ES256")?;
        says(
            strong.contains(&self.tandem_access_token_signing_alg),
            "tandem_access_token_signing_alg PS256 or ES256",
        )
    }

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

    /// Whether it gets refresh tokens.
    pub fn may_refresh(&self) -> MayRefresh {
        if self.may_use(GrantType::RefreshToken) { MayRefresh::Yes } else { MayRefresh::No }
    }
}

/// https; or http on this machine, for trying things out (the outgoing client has the last word).
fn is_notification_address(url: &Url) -> bool {
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && local);
    scheme && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}
