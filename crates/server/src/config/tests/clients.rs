//! Are the settings of clients checked?

use super::*;
use crate::config::{AccessTokenFormat, AssertionAudience, AuthMethod, Client, GrantType};

const JWKS_URI: &str = "jwks_uri = \"https://tv.example.com/jwks.json\"";
const JWKS: &str = "jwks = { keys = [{ kty = \"EC\", crv = \"P-256\", x = \"a\", y = \"b\" }] }";

/// A public client with these further members.
fn public(members: &str) -> String {
    format!("[[clients]]\nclient_id = \"tv\"\ntoken_endpoint_auth_method = \"none\"\n{members}")
}

#[test]
fn a_full_client_is_read() {
    let config = config(
        "[scopes]\nphotos = { en = \"See your photos\" }\n[pages]\noperator_name = \"Example\"\n\
         [[clients]]\nclient_id = \"kiosk\"\nclient_name = \"Kiosk\"\nclient_uri = \"https://kiosk.example/\"\n\
         client_secret = \"kiosk-demo-secret\"\n\
         grant_types = [\"urn:ietf:params:oauth:grant-type:device_code\", \"refresh_token\"]\n\
         scope = \"openid offline_access photos\"\nid_token_signed_response_alg = \"RS256\"\n\
         dpop_bound_access_tokens = true\ntandem_verified = true\ntandem_access_token_format = \"opaque\"\n\
         tandem_access_token_lifetime = 60\ntandem_refresh_token_lifetime = 3600\ntandem_code_lifetime = 120\n\
         tandem_audience = [\"https://api.example\"]\ntandem_introspection = true\n\
         tandem_client_assertion_audience = \"issuer\"",
    );
    let client = &config.clients[0];
    assert_eq!(client.token_endpoint_auth_method, AuthMethod::ClientSecretBasic, "the default of RFC 7591");
    assert_eq!(client.grant_types, [GrantType::DeviceCode, GrantType::RefreshToken]);
    assert_eq!(client.scope.names(), ["openid", "offline_access", "photos"]);
    assert_eq!(client.tandem_access_token_format, AccessTokenFormat::Opaque);
    assert_eq!(client.tandem_client_assertion_audience, AssertionAudience::Issuer);
}

#[test]
fn a_client_needs_little() {
    let config = config(&public(""));
    let expected = Client { token_endpoint_auth_method: AuthMethod::None, ..Client::new("tv") };
    assert_eq!(serde_json::to_value(&config.clients[0]).unwrap(), serde_json::to_value(expected).unwrap());
    assert_eq!(config.clients[0].grant_types, [GrantType::DeviceCode]);
    assert_eq!(config.clients[0].scope.names(), ["openid"]);
}

#[test]
fn every_authentication_method_needs_its_credential_and_no_other() {
    use ProblemKind::{Contradiction, Missing, NotAccepted};
    let secret = "client_secret = \"0123456789abcdef\"";
    for (method, members, kind, key) in [
        ("client_secret_basic", "", Missing, "client_secret"),
        ("client_secret_post", "", Missing, "client_secret"),
        ("private_key_jwt", "", Missing, "jwks"),
        ("none", secret, Contradiction, "client_secret"),
        ("none", JWKS, Contradiction, "jwks"),
        ("none", JWKS_URI, Contradiction, "jwks_uri"),
        ("private_key_jwt", &format!("{JWKS}\n{JWKS_URI}"), Contradiction, "jwks_uri"),
        ("private_key_jwt", "jwks_uri = \"http://tv.example.com/jwks\"", NotAccepted, "jwks_uri"),
        ("private_key_jwt", "jwks_uri = \"https://a:b@tv.example.com/jwks\"", NotAccepted, "jwks_uri"),
        ("none", "tandem_introspection = true", Contradiction, "tandem_introspection"),
    ] {
        let toml =
            format!("[[clients]]\nclient_id = \"c\"\ntoken_endpoint_auth_method = \"{method}\"\n{members}");
        assert_refused(&toml, kind, &format!("clients[0].{key}"));
    }
    for (method, members) in
        [("client_secret_post", secret), ("private_key_jwt", JWKS), ("private_key_jwt", JWKS_URI)]
    {
        let toml =
            format!("[[clients]]\nclient_id = \"c\"\ntoken_endpoint_auth_method = \"{method}\"\n{members}");
        assert!(loaded(&toml, &[]).is_ok(), "{method}");
    }
}

#[test]
fn an_issuer_of_hints_has_its_keys_here_or_publishes_them() {
    use ProblemKind::{Contradiction, Missing, NotAccepted};
    for (members, kind, key) in [
        ("", Missing, "jwks"),
        (&*format!("{JWKS}\n{JWKS_URI}"), Contradiction, "jwks_uri"),
        ("jwks_uri = \"http://hints.example.com/\"", NotAccepted, "jwks_uri"),
    ] {
        let toml = format!("[[login_hint_token_issuers]]\nissuer = \"https://hints.example.com\"\n{members}");
        assert_refused(&toml, kind, &format!("login_hint_token_issuers[0].{key}"));
    }
    let toml = format!("[[login_hint_token_issuers]]\nissuer = \"https://hints.example.com\"\n{JWKS_URI}");
    assert!(loaded(&toml, &[]).is_ok());
}

#[test]
fn key_sets_hold_public_keys_only() {
    for set in [
        "{}",
        "{ keys = [] }",
        "{ keys = 1 }",
        "{ keys = [1] }",
        "{ keys = [{ kty = \"oct\", k = \"c2VjcmV0\" }] }",
        "{ keys = [{ kty = \"EC\", crv = \"P-256\", x = \"a\", y = \"b\", d = \"c2VjcmV0\" }] }",
        "{ keys = [{ kty = \"XX\" }] }",
    ] {
        let toml = format!(
            "[[clients]]\nclient_id = \"c\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\njwks = {set}"
        );
        let found = problem(&toml);
        assert_eq!((found.kind, found.key.as_str()), (ProblemKind::NotAccepted, "clients[0].jwks"), "{set}");
        assert!(!found.to_string().contains("c2VjcmV0"));
    }
}

#[test]
fn members_are_checked() {
    use ProblemKind::{Contradiction, NotAccepted, OutOfRange, WrongType};
    for (members, kind, key) in [
        ("client_uri = \"http://tv.example\"", NotAccepted, "client_uri"),
        ("client_uri = \"javascript:alert(1)\"", NotAccepted, "client_uri"),
        ("client_name = \"\"", OutOfRange, "client_name"),
        ("grant_types = []", OutOfRange, "grant_types"),
        ("grant_types = [\"password\"]", NotAccepted, "grant_types[0]"),
        ("grant_types = [\"refresh_token\"]", Contradiction, "grant_types"),
        ("grant_types = [\"refresh_token\", \"refresh_token\"]", NotAccepted, "grant_types"),
        ("scope = [\"openid\"]", WrongType, "scope"),
        ("scope = \"openid,email\"", NotAccepted, "scope"),
        ("scope = \"openid  email\"", NotAccepted, "scope"),
        ("scope = \"openid photos\"", NotAccepted, "scope"),
        ("id_token_signed_response_alg = \"none\"", NotAccepted, "id_token_signed_response_alg"),
        ("id_token_signed_response_alg = \"PS256\"", Contradiction, "id_token_signed_response_alg"),
        ("tandem_access_token_signing_alg = \"EdDSA\"", Contradiction, "tandem_access_token_signing_alg"),
        (
            "tandem_access_token_format = \"opaque\"\ntandem_access_token_signing_alg = \"ES256\"",
            Contradiction,
            "tandem_access_token_signing_alg",
        ),
        ("tandem_access_token_lifetime = 29", OutOfRange, "tandem_access_token_lifetime"),
        ("tandem_refresh_token_lifetime = 300", Contradiction, "tandem_refresh_token_lifetime"),
        ("tandem_code_lifetime = 1801", OutOfRange, "tandem_code_lifetime"),
        ("tandem_code_lifetime = 29", OutOfRange, "tandem_code_lifetime"),
        ("tandem_audience = [\"\"]", OutOfRange, "tandem_audience[0]"),
        ("tandem_client_assertion_audience = \"all\"", NotAccepted, "tandem_client_assertion_audience"),
        ("dpop_bound_access_tokens = \"yes\"", WrongType, "dpop_bound_access_tokens"),
    ] {
        assert_refused(&public(members), kind, &format!("clients[0].{key}"));
    }
}

#[test]
fn a_code_must_outlive_the_interval() {
    let toml = format!("[device_authorization]\ninterval = 30\n{}", public("tandem_code_lifetime = 30"));
    assert_refused(&toml, ProblemKind::Contradiction, "clients[0].tandem_code_lifetime");
}

#[test]
fn client_ids_are_there_printable_and_unique() {
    assert_refused(
        "[[clients]]\ntoken_endpoint_auth_method = \"none\"",
        ProblemKind::Missing,
        "clients[0].client_id",
    );
    for id in ["", "a b", "tést", "a\\u0000b"] {
        let toml = format!("[[clients]]\nclient_id = \"{id}\"\ntoken_endpoint_auth_method = \"none\"");
        assert_eq!(problem(&toml).key, "clients[0].client_id", "{id}");
    }
    let found = problem(&format!("{}\n{}", public(""), public("")));
    assert_eq!((found.kind, found.key.as_str()), (ProblemKind::Contradiction, "clients[1].client_id"));
}

#[test]
fn secrets_are_printable_ascii() {
    let toml = "[[clients]]\nclient_id = \"c\"\nclient_secret = \"sechzehn Zeichen: ü\"";
    assert_refused(toml, ProblemKind::NotAccepted, "clients[0].client_secret");
}

#[test]
fn doubtful_clients_are_warned_of() {
    let toml = format!(
        "[proxy]\ntrusted_proxies = [\"::1\"]\n{}",
        public("scope = \"offline_access\"\ntandem_verified = true")
    );
    let keys: Vec<String> =
        loaded(&toml, &[]).unwrap().warnings.into_iter().map(|warning| warning.key).collect();
    assert_eq!(keys, ["clients[0].scope", "clients[0].tandem_verified"]);
}
