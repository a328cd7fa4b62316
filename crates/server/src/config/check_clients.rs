//! Do the settings of each client go together, and with the rest?

use std::collections::BTreeSet;

use serde_json::Value;
use tandem_core::oauth::client_check::is_own_address;
use tandem_core::oauth::service_scope::is_service_scope;
use url::Url;

use super::check::Findings;
use super::clients::{AccessTokenFormat, AuthMethod, Client, GrantType};
use super::problem::Warning;
use super::{BUILT_IN_SCOPES, Config};

/// A JWK Set as it stands in the configuration.
type KeySet = serde_json::Map<String, Value>;

/// Members of a JWK that are private (RFC 7518 section 6, RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, client) in config.clients.iter().enumerate() {
        let path = format!("clients[{index}]");
        if !seen.insert(client.client_id.as_str()) {
            findings.contradiction(
                &format!("{path}.client_id"),
                format!("another client is called `{}` too", client.client_id),
            );
        }
        credentials(client, &path, findings);
        grants(config, client, &path, findings);
        service(client, &path, findings);
        algorithms(config, client, &path, findings);
    }
}

/// What each authentication method needs, and what it leaves no use for.
fn credentials(client: &Client, path: &str, findings: &mut Findings) {
    let (secret, jwks) = (format!("{path}.client_secret"), format!("{path}.jwks"));
    let wants_secret = matches!(
        client.token_endpoint_auth_method,
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost
    );
    match (&client.client_secret, wants_secret) {
        (None, true) => {
            findings.missing(
                &secret,
                "`token_endpoint_auth_method` needs it, or `client_secret_file`, or to be \"none\"",
            );
        }
        (Some(_), false) => {
            findings.contradiction(&secret, "`token_endpoint_auth_method` does not use a secret");
        }
        _ => {}
    }
    if let Some(text) = &client.client_secret
        && !text.expose().bytes().all(|byte| (0x20..=0x7e).contains(&byte))
    {
        findings.not_accepted(&secret, "printable ASCII is accepted");
    }
    let wants_keys = matches!(
        client.token_endpoint_auth_method,
        AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth
    );
    let may_have_keys = wants_keys || client.backchannel_authentication_request_signing_alg.is_some();
    let jwks_uri = format!("{path}.jwks_uri");
    match (&client.jwks, &client.jwks_uri) {
        (None, None) if wants_keys => {
            findings.missing(&jwks, "`token_endpoint_auth_method` needs it, or `jwks_file`, or `jwks_uri`");
        }
        (None, None) => {}
        (Some(_), None) if !may_have_keys => {
            findings.contradiction(&jwks, "`token_endpoint_auth_method` does not use keys");
        }
        (_, Some(_)) if !may_have_keys => {
            findings.contradiction(&jwks_uri, "`token_endpoint_auth_method` does not use keys");
        }
        (set, Some(address)) => published(set.as_ref(), address, &jwks_uri, findings),
        (Some(set), None) => key_set(set, &jwks, findings),
    }
    if client.tandem_introspection && client.token_endpoint_auth_method == AuthMethod::None {
        findings.contradiction(
            &format!("{path}.tandem_introspection"),
            "a client that may introspect has to authenticate",
        );
    }
}

/// The keys of somebody whose signatures are looked at.
pub(super) fn keys(set: Option<&KeySet>, address: Option<&Url>, path: &str, findings: &mut Findings) {
    let (jwks, jwks_uri) = (format!("{path}.jwks"), format!("{path}.jwks_uri"));
    match (set, address) {
        (None, None) => findings.missing(&jwks, "its public keys are needed, or `jwks_file`, or `jwks_uri`"),
        (set, Some(address)) => published(set, address, &jwks_uri, findings),
        (Some(set), None) => key_set(set, &jwks, findings),
    }
}

/// Keys that somebody publishes: not here too, and where others can read them (RFC 7591 section 2).
fn published(set: Option<&KeySet>, address: &Url, path: &str, findings: &mut Findings) {
    if set.is_some() {
        findings.contradiction(path, "the keys stand in `jwks` already; give one of the two");
    }
    if !is_own_address(address) {
        findings.not_accepted(
            path,
            "an https address without user name, password and fragment is accepted (http on localhost)",
        );
    }
}

fn key_set(set: &KeySet, path: &str, findings: &mut Findings) {
    let keys = set.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if keys.is_empty() || keys.len() > 20 {
        findings.not_accepted(path, "a set with 1 to 20 `keys` is accepted (RFC 7517 section 5)");
    }
    for key in keys {
        let kty = key.get("kty").and_then(Value::as_str).unwrap_or_default();
        if PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some()) {
            findings
                .not_accepted(path, "a key in it is private; give the public half only, and replace the key");
        } else if !matches!(kty, "EC" | "RSA" | "OKP") {
            findings.not_accepted(path, "keys with `kty` EC, RSA or OKP are accepted");
        }
    }
}

fn grants(config: &Config, client: &Client, path: &str, findings: &mut Findings) {
    for name in client.scope.names() {
        let built_in = BUILT_IN_SCOPES.contains(&name.as_str()) || is_service_scope(name);
        if !built_in && !config.scopes.contains_key(name) {
            let detail = format!("the scope `{name}` is unknown: people need words for it in [scopes]");
            findings.not_accepted(&format!("{path}.scope"), detail);
        }
    }
    for name in &client.authorization_details_types {
        if !config.authorization_details.contains_key(name) {
            let detail =
                format!("the type `{name}` is unknown: people need words for it in [authorization_details]");
            findings.not_accepted(&format!("{path}.authorization_details_types"), detail);
        }
    }
    let gives = [GrantType::DeviceCode, GrantType::Ciba];
    let first = client.grant_types.iter().any(|grant| gives.contains(grant))
        || client.backchannel_token_delivery_mode.is_some();
    if !first && client.grant_types.contains(&GrantType::RefreshToken) {
        findings.contradiction(
            &format!("{path}.grant_types"),
            "`refresh_token` needs another grant that gives the first one",
        );
    }
    let code_lifetime = client.tandem_code_lifetime.unwrap_or(config.device_authorization.code_lifetime);
    if config.device_authorization.interval >= code_lifetime {
        findings.contradiction(
            &format!("{path}.tandem_code_lifetime"),
            "it is no longer than `device_authorization.interval`",
        );
    }
    let access = client.tandem_access_token_lifetime.unwrap_or(config.tokens.access_token_lifetime);
    let refresh = client.tandem_refresh_token_lifetime.unwrap_or(config.tokens.refresh_token_lifetime);
    if refresh < access {
        findings.contradiction(
            &format!("{path}.tandem_refresh_token_lifetime"),
            "refresh tokens of this client would live shorter than its access tokens",
        );
    }
}

/// Tokens that the client gets for itself.
fn service(client: &Client, path: &str, findings: &mut Findings) {
    let grant = client.grant_types.contains(&GrantType::ClientCredentials);
    let scope = client.scope.names().iter().any(|name| is_service_scope(name));
    let key = format!("{path}.scope");
    match (grant, scope) {
        (true, false) => {
            findings.missing(&key, "`client_credentials` needs a service scope, such as `ssf.read`");
        }
        (false, true) => {
            findings.contradiction(&key, "a service scope needs `client_credentials` in `grant_types`");
        }
        _ => {}
    }
    let method = client.token_endpoint_auth_method;
    if grant && matches!(method, AuthMethod::None | AuthMethod::AttestJwtClientAuth) {
        let detail = "`client_credentials` is for clients with a secret, key or certificate of their own";
        findings.contradiction(&format!("{path}.grant_types"), detail);
    }
}

fn algorithms(config: &Config, client: &Client, path: &str, findings: &mut Findings) {
    let chosen = [
        ("id_token_signed_response_alg", client.id_token_signed_response_alg),
        ("tandem_access_token_signing_alg", client.tandem_access_token_signing_alg),
    ];
    for (key, algorithm) in chosen {
        if let Some(algorithm) = algorithm.filter(|chosen| !config.keys.signing_algorithms.contains(chosen)) {
            let detail = format!("{} is not among `keys.signing_algorithms`", algorithm.name());
            findings.contradiction(&format!("{path}.{key}"), detail);
        }
    }
    if client.tandem_access_token_format == AccessTokenFormat::Opaque
        && client.tandem_access_token_signing_alg.is_some()
    {
        findings.contradiction(
            &format!("{path}.tandem_access_token_signing_alg"),
            "opaque access tokens are not signed",
        );
    }
}

pub(super) fn warnings(config: &Config) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (index, client) in config.clients.iter().enumerate() {
        let offline = client.scope.names().iter().any(|name| name == "offline_access");
        if offline && !client.grant_types.contains(&GrantType::RefreshToken) {
            let detail = "offline_access gives nothing without `refresh_token` in `grant_types`";
            warnings.push(Warning::new(&format!("clients[{index}].scope"), detail));
        }
        if client.tandem_verified && config.pages.operator_name.is_none() {
            let detail = "people read who verified the client: set `pages.operator_name`";
            warnings.push(Warning::new(&format!("clients[{index}].tandem_verified"), detail));
        }
    }
    warnings
}
