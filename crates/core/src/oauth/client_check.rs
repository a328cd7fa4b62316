//! Does a registration make sense as a whole?

use super::client::{AuthMethod, CLIENT_CREDENTIALS, Client, GrantType, Profile};
use crate::crossing::DeliveryMode;
use crate::jose::Algorithm;
use crate::mutual_tls::{SubjectRule, SubjectRuleError};
use url::Url;

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
    #[error("token_endpoint_auth_method {0} needs jwks or jwks_uri")]
    KeysMissing(&'static str),
    /// Keys in two places (RFC 7591 section 2).
    #[error("jwks and jwks_uri cannot both be given")]
    KeysTwice,
    /// The address of keys is none for them.
    #[error("jwks_uri must be an https address without user name, password and fragment")]
    KeysAddress,
    /// A secret or keys that the method does not use.
    #[error("token_endpoint_auth_method {0} uses no {1}")]
    Unused(&'static str, &'static str),
    /// The delivery mode and its endpoint do not fit.
    #[error("backchannel_token_delivery_mode {0} {1} backchannel_client_notification_endpoint")]
    NotificationEndpoint(&'static str, &'static str),
    /// The notification endpoint is no address for it.
    #[error(
        "backchannel_client_notification_endpoint must be an https address without user name, password and fragment"
    )]
    NotificationAddress,
    /// The grant and the delivery mode do not fit.
    #[error(
        "the grant urn:openid:params:grant-type:ciba and backchannel_token_delivery_mode go together; push mode has no grant"
    )]
    Delivery,
    /// Nobody shows a certificate when tokens are pushed.
    #[error("push mode cannot bind tokens to a certificate: use poll or ping, or dpop_bound_access_tokens")]
    PushCertificate,
    /// A public client may not ask people.
    #[error("a public client (token_endpoint_auth_method none) may not use CIBA")]
    PublicCiba,
    /// Signed requests need keys.
    #[error("backchannel_authentication_request_signing_alg needs jwks or jwks_uri")]
    RequestKeysMissing,
    /// `tls_client_auth` needs exactly one name, and only it has one.
    #[error(
        "token_endpoint_auth_method {0} needs {1} of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip, _san_email"
    )]
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
    /// Who acts for itself must prove who it is, by a credential that only it has.
    #[error("the grant {CLIENT_CREDENTIALS} is not for token_endpoint_auth_method {0}")]
    PublicService(&'static str),
    /// The grant, without anything that it could bring.
    #[error("the grant {CLIENT_CREDENTIALS} needs a service scope in scope, such as ssf.read")]
    ServiceScopeMissing,
    /// A service scope, without the grant that brings it.
    #[error(
        "a service scope (ssf.read and the like) needs the grant {CLIENT_CREDENTIALS}: people are never asked for it"
    )]
    ServiceScopeUnused,
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
        match (&self.jwks, &self.jwks_uri) {
            (Some(_), Some(_)) => return Err(ClientError::KeysTwice),
            (None, Some(address)) if !is_own_address(address) => return Err(ClientError::KeysAddress),
            _ => {}
        }
        match (uses_keys, self.has_keys()) {
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
        self.check_service()?;
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
            (_, Some(url)) if is_own_address(url) => Ok(()),
            (_, Some(_)) => Err(ClientError::NotificationAddress),
        }
    }

    /// RFC 6749 section 4.4: confidential clients only. An attestation is the credential of an instance of an app, on
    /// somebody's device: a service it is not.
    fn check_service(&self) -> Result<(), ClientError> {
        let scope = self.service_scope();
        match (self.may_use(GrantType::ClientCredentials), scope.is_empty()) {
            (false, true) => return Ok(()),
            (false, false) => return Err(ClientError::ServiceScopeUnused),
            (true, true) => return Err(ClientError::ServiceScopeMissing),
            (true, false) => {}
        }
        match self.token_endpoint_auth_method {
            method @ (AuthMethod::None | AuthMethod::AttestJwtClientAuth) => {
                Err(ClientError::PublicService(method.as_str()))
            }
            _ => Ok(()),
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
            matches!(self.backchannel_token_delivery_mode, Some(DeliveryMode::Poll | DeliveryMode::Ping)),
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
        says(
            strong.contains(&self.id_token_signed_response_alg),
            "id_token_signed_response_alg PS256 or ES256",
        )?;
        says(
            strong.contains(&self.tandem_access_token_signing_alg),
            "tandem_access_token_signing_alg PS256 or ES256",
        )
    }
}

/// Whether a client may name this address as one of its own: https; or http on this machine, for trying things out (the
/// outgoing client has the last word).
pub fn is_own_address(url: &Url) -> bool {
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && local);
    scheme && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}
