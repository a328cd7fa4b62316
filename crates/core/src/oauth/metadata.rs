//! What does the server say of itself? (RFC 8414, OpenID Connect Discovery 1.0)

use super::client::{AuthMethod, DEVICE_CODE, REFRESH_TOKEN};
use crate::jose::Algorithm;
use serde::Serialize;

/// The metadata document, the same at both well-known places. Only what works is listed.
#[derive(Debug, Clone, Serialize)]
pub struct Metadata {
    issuer: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    scopes_supported: Vec<String>,
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 2],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<Algorithm>,
    claims_supported: &'static [&'static str],
    ui_locales_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: [&'static str; 4],
    token_endpoint_auth_signing_alg_values_supported: [Algorithm; 4],
    introspection_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_signing_alg_values_supported: [Algorithm; 4],
    revocation_endpoint_auth_methods_supported: [&'static str; 4],
    revocation_endpoint_auth_signing_alg_values_supported: [Algorithm; 4],
    dpop_signing_alg_values_supported: [Algorithm; 4],
    tandem_device_description_parameters_supported: [&'static str; 2],
}

/// Every algorithm that we verify.
pub const VERIFIED: [Algorithm; 4] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];

const METHODS: [&str; 4] = [
    AuthMethod::None.as_str(),
    AuthMethod::ClientSecretBasic.as_str(),
    AuthMethod::ClientSecretPost.as_str(),
    AuthMethod::PrivateKeyJwt.as_str(),
];

/// The paths of the endpoints under the issuer, by their metadata key.
pub mod path {
    /// RFC 8628 section 3.1.
    pub const DEVICE_AUTHORIZATION: &str = "/device_authorization";
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
    /// The document of the server at `issuer`, which signs with `signing` and knows `scopes`.
    pub fn new(issuer: &str, signing: &[Algorithm], scopes: Vec<String>) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        Self {
            issuer: issuer.to_owned(),
            token_endpoint: at(path::TOKEN),
            device_authorization_endpoint: at(path::DEVICE_AUTHORIZATION),
            jwks_uri: at(path::JWKS),
            userinfo_endpoint: at(path::USERINFO),
            introspection_endpoint: at(path::INTROSPECTION),
            revocation_endpoint: at(path::REVOCATION),
            scopes_supported: scopes,
            response_types_supported: [],
            grant_types_supported: [DEVICE_CODE, REFRESH_TOKEN],
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
            token_endpoint_auth_methods_supported: METHODS,
            token_endpoint_auth_signing_alg_values_supported: VERIFIED,
            introspection_endpoint_auth_methods_supported: [METHODS[1], METHODS[2], METHODS[3]],
            introspection_endpoint_auth_signing_alg_values_supported: VERIFIED,
            revocation_endpoint_auth_methods_supported: METHODS,
            revocation_endpoint_auth_signing_alg_values_supported: VERIFIED,
            dpop_signing_alg_values_supported: VERIFIED,
            tandem_device_description_parameters_supported: ["tandem_device_name", "tandem_device_type"],
        }
    }
}
