//! What does the operator say about a client, and is it acceptable?

use super::Failure;
use super::backchannel_registration::BackchannelRegistration;
use super::password;
use crate::app::signing_algorithms;
use crate::clients::from_config;
use crate::clock::Random;
use crate::config::{
    self, AccessTokenFormat, AssertionAudience, AuthMethod, Config, GrantType, Secret, SigningAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use std::path::PathBuf;
use tandem_core::oauth::client::Client;
use zeroize::Zeroizing;

/// The members of a registration, under their RFC 7591 names.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Registration {
    /// The name by which the client knows itself, such as `tv`
    pub client_id: String,
    /// The name that people are shown
    #[arg(long, visible_alias = "name", value_name = "TEXT")]
    client_name: Option<String>,
    /// A page about the client, shown to people
    #[arg(long, value_name = "URL")]
    client_uri: Option<url::Url>,
    /// It cannot keep a secret, such as an app on a TV; the same as --token-endpoint-auth-method none
    #[arg(long, conflicts_with_all = ["token_endpoint_auth_method", "secret_file", "jwks_file", "jwks_uri"])]
    public: bool,
    /// How it authenticates: none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth or
    /// self_signed_tls_client_auth
    #[arg(long, visible_alias = "auth-method", value_name = "METHOD", value_parser = word::<AuthMethod>)]
    token_endpoint_auth_method: Option<AuthMethod>,
    /// Take its secret from this file instead of making one
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Its public keys, as a JWK Set, for private_key_jwt, self_signed_tls_client_auth and signed requests
    #[arg(long, value_name = "FILE")]
    jwks_file: Option<PathBuf>,
    /// Where it publishes its public keys, instead
    #[arg(long, value_name = "URL", conflicts_with = "jwks_file")]
    jwks_uri: Option<url::Url>,
    /// What it may use: device_code, ciba, refresh_token, client_credentials
    #[arg(long, visible_alias = "grant-type", value_name = "GRANT", value_delimiter = ',', value_parser = grant_type, default_value = "device_code,refresh_token")]
    grant_types: Vec<GrantType>,
    /// What it may ask for at most, separated by spaces
    #[arg(long, value_name = "SCOPES", default_value = "openid")]
    scope: String,
    /// How its ID tokens are signed: ES256, EdDSA, RS256 or PS256
    #[arg(long, value_name = "ALG", value_parser = word::<SigningAlgorithm>)]
    id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// It gets tokens only with a proof of possession (DPoP)
    #[arg(long, visible_alias = "dpop")]
    dpop_bound_access_tokens: bool,
    /// You vouch for its name: people read "verified by" and yours
    #[arg(long)]
    verified: bool,
    /// The form of its access tokens: jwt or opaque
    #[arg(long, value_name = "FORM", value_parser = word::<AccessTokenFormat>)]
    access_token_format: Option<AccessTokenFormat>,
    /// How its access tokens are signed: ES256, EdDSA, RS256 or PS256
    #[arg(long, value_name = "ALG", value_parser = word::<SigningAlgorithm>)]
    access_token_signing_alg: Option<SigningAlgorithm>,
    /// Life of its access tokens
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(30..=86_400))]
    access_token_lifetime: Option<u32>,
    /// Life of a family of refresh tokens
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(300..=63_072_000))]
    refresh_token_lifetime: Option<u32>,
    /// Life of its device and user codes
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(30..=1800))]
    code_lifetime: Option<u32>,
    /// Whom its access tokens are for; may be given again
    #[arg(long, value_name = "URL")]
    audience: Vec<String>,
    /// It may introspect tokens that are not its own, as a resource server does
    #[arg(long)]
    introspection: bool,
    /// Which audience its client assertions must name: any or issuer
    #[arg(long, value_name = "WORD", value_parser = word::<AssertionAudience>)]
    client_assertion_audience: Option<AssertionAudience>,
    #[command(flatten)]
    backchannel: BackchannelRegistration,
}

impl Registration {
    /// The registration as a table of the configuration, with a secret that is drawn where one is needed.
    pub fn into_table(self) -> Result<config::Client, Failure> {
        let method = match self.token_endpoint_auth_method {
            _ if self.public => AuthMethod::None,
            Some(method) => method,
            None if self.jwks_file.is_some() || self.jwks_uri.is_some() => AuthMethod::PrivateKeyJwt,
            None => AuthMethod::ClientSecretBasic,
        };
        let needs_secret = matches!(method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost);
        let client_secret = match &self.secret_file {
            Some(file) => Some(password::read_file(file)?),
            None => needs_secret.then(draw_secret),
        };
        let scope = config::ScopeList::try_from(self.scope).map_err(|error| usage("--scope", &error))?;
        let mut client = config::Client::new(&self.client_id);
        client.client_name = self.client_name;
        client.client_uri = self.client_uri;
        client.token_endpoint_auth_method = method;
        client.client_secret = client_secret;
        client.jwks = self.jwks_file.map(|file| read_jwks(&file)).transpose()?;
        client.jwks_uri = self.jwks_uri;
        client.grant_types = self.grant_types;
        client.scope = scope;
        client.id_token_signed_response_alg = self.id_token_signed_response_alg;
        client.dpop_bound_access_tokens = self.dpop_bound_access_tokens;
        client.tandem_verified = self.verified;
        client.tandem_access_token_format = self.access_token_format.unwrap_or_default();
        client.tandem_access_token_signing_alg = self.access_token_signing_alg;
        client.tandem_access_token_lifetime = self.access_token_lifetime;
        client.tandem_refresh_token_lifetime = self.refresh_token_lifetime;
        client.tandem_code_lifetime = self.code_lifetime;
        client.tandem_audience = self.audience;
        client.tandem_introspection = self.introspection;
        client.tandem_client_assertion_audience = self.client_assertion_audience.unwrap_or_default();
        self.backchannel.put_into(&mut client)?;
        Ok(client)
    }
}

/// The client of a table, judged as if it stood in the configuration.
pub fn accept(table: config::Client, config: &Config) -> Result<Client, Failure> {
    if let Some(secret) = &table.client_secret
        && !(16..=512).contains(&secret.expose().chars().count())
    {
        return Err(Failure::Usage("a client secret of 16 to 512 characters is accepted".to_owned()));
    }
    let algorithms = signing_algorithms(config);
    let client = from_config(&table, &algorithms).map_err(|error| Failure::Usage(error.to_string()))?;
    for wanted in [client.id_token_signed_response_alg, client.tandem_access_token_signing_alg] {
        if !algorithms.contains(&wanted) {
            let text = format!("the server has no key for {wanted}: add it to keys.signing_algorithms first");
            return Err(Failure::Usage(text));
        }
    }
    let mut with_it = config.clone();
    with_it.clients = vec![table];
    with_it.check().map_err(|errors| {
        let lines = errors.0.into_iter().map(|problem| {
            let member = problem.key.trim_start_matches("clients[0].");
            format!("{member}: {}", problem.detail)
        });
        Failure::Usage(lines.collect::<Vec<_>>().join("\n"))
    })?;
    client.check().map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(client)
}

fn draw_secret() -> Secret {
    let bytes = Zeroizing::new(Random.bytes::<32>());
    Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

fn read_jwks(file: &std::path::Path) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let text = password::read_file_of(file, 65_536)?;
    serde_json::from_str(text.expose())
        .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

pub(super) fn usage(option: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Usage(format!("{option}: {error}"))
}

/// Reads one of the words of the wire.
pub(super) fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

fn grant_type(text: &str) -> Result<GrantType, String> {
    match text {
        "device_code" => Ok(GrantType::DeviceCode),
        "ciba" => Ok(GrantType::Ciba),
        other => word(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        registration: Registration,
    }

    fn table(line: &str) -> config::Client {
        let words = std::iter::once("add").chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().registration.into_table().unwrap()
    }

    #[test]
    fn a_secret_is_drawn_only_for_those_who_use_one() {
        let secret = table("kiosk").client_secret.unwrap();
        assert_eq!(secret.expose().len(), 43);
        assert_ne!(table("kiosk").client_secret.unwrap().expose(), secret.expose());
        for public in ["tv --public", "tv --auth-method none"] {
            let client = table(public);
            assert_eq!(client.token_endpoint_auth_method, AuthMethod::None);
            assert!(client.client_secret.is_none());
        }
    }

    #[test]
    fn wrong_words_and_lives_are_refused() {
        for line in [
            "tv --auth-method password",
            "tv --grant-types implicit",
            "tv --id-token-signed-response-alg none",
            "tv --id-token-signed-response-alg HS256",
            "tv --access-token-lifetime 5",
            "tv --code-lifetime 86400",
            "tv --public --auth-method client_secret_basic",
            "tv --public --secret-file x",
            "tv --public --jwks-uri https://tv.example.com/jwks",
            "tv --jwks-file x --jwks-uri https://tv.example.com/jwks",
        ] {
            let words = std::iter::once("add").chain(line.split_whitespace());
            assert!(Line::try_parse_from(words).is_err(), "{line}");
        }
    }

    #[test]
    fn what_would_not_do_in_the_configuration_does_not_do_here() {
        let config = Config::default();
        for line in [
            "a:b --public",
            "tv --public --scope photos",
            "tv --public --introspection",
            "tv --public --id-token-signed-response-alg PS256",
            "tv --auth-method private_key_jwt",
            "tv --public --delivery-mode poll",
            "till --delivery-mode ping",
            "till --delivery-mode poll --notification-endpoint https://till.example.com/",
            "till --delivery-mode ping --notification-endpoint http://till.example.com/",
            "till --delivery-mode poll --authorization-details-types unknown",
            "till --delivery-mode poll --profile fapi_ciba",
            "till --auth-method tls_client_auth",
            "till --jwks-uri http://till.example.com/jwks",
            "till --jwks-uri https://till:secret@till.example.com/jwks",
            "till --auth-method client_secret_basic --jwks-uri https://till.example.com/jwks",
        ] {
            assert!(accept(table(line), &config).is_err(), "{line}");
        }
        let client = accept(table("tv --public --scope openid"), &config).unwrap();
        assert_eq!(&*client.client_id, "tv");
        let line = "till --delivery-mode poll --number-matching type --quiet-hours 22:00,07:00,Asia/Tokyo --long-polling 10";
        let till = accept(table(line), &config).unwrap();
        assert!(till.may_use(tandem_core::oauth::client::GrantType::Ciba));
        assert_eq!(till.tandem_quiet_hours.unwrap().until, 420);
        let keyed = accept(table("till --jwks-uri https://till.example.com/jwks"), &config).unwrap();
        assert_eq!(keyed.jwks_uri.unwrap().as_str(), "https://till.example.com/jwks");
    }

    #[test]
    fn a_short_secret_is_refused() {
        let mut short = config::Client::new("kiosk");
        short.client_secret = Some(Secret::new("too short".to_owned()));
        assert!(accept(short, &Config::default()).is_err());
    }
}
