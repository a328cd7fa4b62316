//! What does the server say of itself? (RFC 8414, OpenID Connect Discovery 1.0)

use super::client::{AuthMethod, CIBA, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN};
use super::initiation;
use crate::jose::Algorithm;
use crate::mitigations::establish_proximity::QrDemand;
use crate::mitigations::request_initiation_verification::PinDemand;
use crate::mitigations::{Policy, Response};
use serde::Serialize;
use std::collections::BTreeMap;

/// The metadata document, the same at both well-known places. Only what works is listed.
#[derive(Debug, Clone, Serialize)]
pub struct Metadata {
    issuer: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
    backchannel_authentication_endpoint: String,
    backchannel_token_delivery_modes_supported: [&'static str; 3],
    backchannel_authentication_request_signing_alg_values_supported: [Algorithm; 4],
    backchannel_user_code_parameter_supported: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_details_types_supported: Vec<String>,
    acr_values_supported: [&'static str; 1],
    tandem_authorization_device_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    scopes_supported: Vec<String>,
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 4],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<Algorithm>,
    claims_supported: &'static [&'static str],
    ui_locales_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: [Algorithm; 4],
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: [Algorithm; 4],
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: [Algorithm; 4],
    dpop_signing_alg_values_supported: [Algorithm; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_attestation_signing_alg_values_supported: Option<[Algorithm; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_attestation_pop_signing_alg_values_supported: Option<[Algorithm; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_attestation_pop_methods_supported: Option<[&'static str; 3]>,
    tandem_device_assertion_signing_alg_values_supported: [Algorithm; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_client_certificate_bound_access_tokens: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    mtls_endpoint_aliases: BTreeMap<&'static str, String>,
    tandem_device_description_parameters_supported: [&'static str; 2],
    tandem_initiation_parameters_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tandem_token_parameters_supported: Vec<&'static str>,
}

/// Every algorithm that we verify.
pub const VERIFIED: [Algorithm; 4] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];

const METHODS: [&str; 4] = [
    AuthMethod::None.as_str(),
    AuthMethod::ClientSecretBasic.as_str(),
    AuthMethod::ClientSecretPost.as_str(),
    AuthMethod::PrivateKeyJwt.as_str(),
];

/// The endpoints where a certificate counts.
const ALIASED: [(&str, &str); 6] = [
    ("token_endpoint", path::TOKEN),
    ("device_authorization_endpoint", path::DEVICE_AUTHORIZATION),
    ("backchannel_authentication_endpoint", path::BACKCHANNEL_AUTHENTICATION),
    ("userinfo_endpoint", path::USERINFO),
    ("introspection_endpoint", path::INTROSPECTION),
    ("revocation_endpoint", path::REVOCATION),
];

/// The parameter of the token endpoint that carries the PIN of the phone.
pub const PIN: &str = "tandem_pin";

fn add(list: &mut Vec<&'static str>, name: &'static str) {
    if !list.contains(&name) {
        list.push(name);
    }
}

/// The paths of the endpoints under the issuer, by their metadata key.
pub mod path {
    /// RFC 8628 section 3.1.
    pub const DEVICE_AUTHORIZATION: &str = "/device_authorization";
    /// CIBA Core section 7.
    pub const BACKCHANNEL_AUTHENTICATION: &str = "/backchannel_authentication";
    /// What apps of authorization devices call.
    pub const AUTHORIZATION_DEVICE: &str = "/authorization-device";
    /// RFC 6749 section 3.2.
    pub const TOKEN: &str = "/token";
    /// RFC 7662 section 2.
    pub const INTROSPECTION: &str = "/introspect";
    /// RFC 7009 section 2.
    pub const REVOCATION: &str = "/revoke";
    /// OpenID Connect Core section 5.3.
    pub const USERINFO: &str = "/userinfo";
    /// RFC 7517 section 5.
    pub const JWKS: &str = "/jwks";
    /// RFC 8628 section 3.3: what a person types.
    pub const VERIFICATION: &str = "/device";
}

impl Metadata {
    /// With the types of authorization details that the operator knows (RFC 9396 section 10).
    #[must_use]
    pub fn with_details_types(self, names: Vec<String>) -> Self {
        Self { authorization_details_types_supported: names, ..self }
    }

    /// The document of the server at `issuer`, which signs with `signing` and knows `scopes`.
    pub fn new(issuer: &str, signing: &[Algorithm], scopes: Vec<String>) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        Self {
            issuer: issuer.to_owned(),
            token_endpoint: at(path::TOKEN),
            device_authorization_endpoint: at(path::DEVICE_AUTHORIZATION),
            backchannel_authentication_endpoint: at(path::BACKCHANNEL_AUTHENTICATION),
            backchannel_token_delivery_modes_supported: ["poll", "ping", "push"],
            backchannel_authentication_request_signing_alg_values_supported: VERIFIED,
            backchannel_user_code_parameter_supported: true,
            authorization_details_types_supported: Vec::new(),
            acr_values_supported: ["phr"],
            tandem_authorization_device_endpoint: at(path::AUTHORIZATION_DEVICE),
            jwks_uri: at(path::JWKS),
            userinfo_endpoint: at(path::USERINFO),
            introspection_endpoint: at(path::INTROSPECTION),
            revocation_endpoint: at(path::REVOCATION),
            scopes_supported: scopes,
            response_types_supported: [],
            grant_types_supported: [DEVICE_CODE, CIBA, REFRESH_TOKEN, CLIENT_CREDENTIALS],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: signing.to_vec(),
            claims_supported: &[
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "acr",
                "amr",
                "at_hash",
                "name",
                "preferred_username",
                "email",
                "email_verified",
                "locale",
                "updated_at",
            ],
            ui_locales_supported: &["en", "ja"],
            token_endpoint_auth_methods_supported: METHODS.to_vec(),
            token_endpoint_auth_signing_alg_values_supported: VERIFIED,
            introspection_endpoint_auth_methods_supported: vec![METHODS[1], METHODS[2], METHODS[3]],
            introspection_endpoint_auth_signing_alg_values_supported: VERIFIED,
            revocation_endpoint_auth_methods_supported: METHODS.to_vec(),
            revocation_endpoint_auth_signing_alg_values_supported: VERIFIED,
            dpop_signing_alg_values_supported: VERIFIED,
            client_attestation_signing_alg_values_supported: None,
            client_attestation_pop_signing_alg_values_supported: None,
            client_attestation_pop_methods_supported: None,
            tandem_device_assertion_signing_alg_values_supported: VERIFIED,
            tls_client_certificate_bound_access_tokens: None,
            mtls_endpoint_aliases: BTreeMap::new(),
            tandem_device_description_parameters_supported: [
                initiation::DEVICE_NAME,
                initiation::DEVICE_TYPE,
            ],
            tandem_initiation_parameters_supported: vec![
                initiation::BINDING_DATA,
                initiation::BINDING_LABEL,
                initiation::INITIATOR_TOKEN,
                initiation::NUMBER_MATCHING,
            ],
            tandem_token_parameters_supported: Vec::new(),
        }
    }

    /// With the extensions of which something comes under this policy. Call it for every policy of the server.
    pub fn announce(&mut self, policy: &Policy) {
        let proximity = &policy.establish_proximity;
        if proximity.coordinates != Response::Off {
            add(&mut self.tandem_initiation_parameters_supported, initiation::DEVICE_COORDINATES);
        }
        if proximity.living_qr != QrDemand::Off {
            add(&mut self.tandem_initiation_parameters_supported, initiation::LIVING_QR);
        }
        if policy.request_initiation_verification.pin == PinDemand::Always {
            add(&mut self.tandem_token_parameters_supported, PIN);
        }
    }

    /// The document of a server that trusts attesters (draft-ietf-oauth-attestation-based-client-auth, section 8).
    #[must_use]
    pub fn with_attestations(mut self) -> Self {
        for list in [
            &mut self.token_endpoint_auth_methods_supported,
            &mut self.introspection_endpoint_auth_methods_supported,
            &mut self.revocation_endpoint_auth_methods_supported,
        ] {
            list.push(AuthMethod::AttestJwtClientAuth.as_str());
        }
        self.client_attestation_signing_alg_values_supported = Some(VERIFIED);
        self.client_attestation_pop_signing_alg_values_supported = Some(VERIFIED);
        self.client_attestation_pop_methods_supported =
            Some(["attestation_pop_jwt", "dpop_combined", "none"]);
        self
    }

    /// The document of a server that clients can show certificates to (RFC 8705 sections 3.3 and 5). `alias` gives the
    /// address of a path for them, where it is another.
    #[must_use]
    pub fn with_mutual_tls(mut self, alias: impl Fn(&str) -> Option<String>) -> Self {
        let methods =
            [AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth].map(AuthMethod::as_str);
        for list in [
            &mut self.token_endpoint_auth_methods_supported,
            &mut self.introspection_endpoint_auth_methods_supported,
            &mut self.revocation_endpoint_auth_methods_supported,
        ] {
            list.extend(methods);
        }
        self.tls_client_certificate_bound_access_tokens = Some(true);
        let aliases = ALIASED.into_iter().filter_map(|(key, path)| Some((key, alias(path)?)));
        self.mtls_endpoint_aliases = aliases.collect();
        self
    }
}
