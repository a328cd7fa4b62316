//! Which clients are there, and what may each do: `[[clients]]`?

mod scope_list;
mod values;

pub use scope_list::ScopeList;
pub(super) use scope_list::is_scope_name;
pub use values::{
    AccessTokenFormat, AssertionAudience, AuthMethod, ClientProfile, DeliveryMode, GrantType, NumberMatching,
    QuietHours, UserHints,
};

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::mitigations::policy::Overrides;
use url::Url;

use super::keys::SigningAlgorithm;
use super::secret::Secret;

/// One of `[[clients]]`: an application that may ask. Members have their RFC 7591 names; those that begin with
/// `tandem_` are this server's own. Variables cannot reach into the list: they replace it whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the specifications define these members as booleans")]
pub struct Client {
    /// The name by which the client knows itself; printable ASCII without spaces. Unique.
    #[schemars(length(min = 1, max = 128), extend("format" = "client-id"), example = &"tv")]
    pub client_id: String,
    /// The name people are shown; the `client_id` where there is none.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), example = "Living-room TV")]
    pub client_name: Option<String>,
    /// Address of a page about the client, shown to people; https, or http on localhost.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://tv.example.com/")]
    pub client_uri: Option<Url>,
    /// How the client authenticates at the token endpoint and the others.
    #[serde(default)]
    pub token_endpoint_auth_method: AuthMethod,
    /// Secret for `client_secret_basic` and `client_secret_post`; make it with a machine (`openssl rand -hex 32`).
    #[serde(default)]
    #[schemars(length(min = 16, max = 512))]
    pub client_secret: Option<Secret>,
    /// File that holds `client_secret`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/tv.secret")]
    pub client_secret_file: Option<PathBuf>,
    /// The client's public keys (RFC 7517 section 5) for `private_key_jwt`.
    #[serde(default)]
    pub jwks: Option<serde_json::Map<String, serde_json::Value>>,
    /// JSON file that holds `jwks`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/tv.jwks.json")]
    pub jwks_file: Option<PathBuf>,
    /// Where the client publishes its public keys, instead of `jwks`; https, or http on localhost. They are read again every
    /// five minutes while they are needed, and when a signature names a key that is not among them. Keys that cannot be
    /// read for an hour no longer count. `[outgoing]` says which addresses may be called.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://shop.example.com/jwks.json")]
    pub jwks_uri: Option<Url>,
    /// The grants the client may use.
    #[serde(default = "default_grant_types")]
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub grant_types: Vec<GrantType>,
    /// The scopes the client may ask for, separated by spaces. Service scopes (`ssf.read`, `ssf.manage`,
    /// `content_filter.scan`, `content_filter.patterns`, `incidents.read`, `incidents.manage`) need `client_credentials` in
    /// `grant_types`; people are never asked for them.
    #[serde(default)]
    #[schemars(example = "openid profile email offline_access")]
    pub scope: ScopeList,
    /// Algorithm of the client's ID tokens; the first of `keys.signing_algorithms` where there is none.
    #[serde(default)]
    #[schemars(example = &"ES256")]
    pub id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// Whether the client gets tokens only with a DPoP proof (RFC 9449 section 5.2).
    #[serde(default)]
    pub dpop_bound_access_tokens: bool,
    /// Whether the operator vouches for the client: people read "verified by" and `pages.operator_name`.
    #[serde(default)]
    pub tandem_verified: bool,
    /// Form of the client's access tokens.
    #[serde(default)]
    pub tandem_access_token_format: AccessTokenFormat,
    /// Algorithm of JWT access tokens; the first of `keys.signing_algorithms` where there is none.
    #[serde(default)]
    #[schemars(example = &"ES256")]
    pub tandem_access_token_signing_alg: Option<SigningAlgorithm>,
    /// Lifetime of access tokens in seconds, instead of `tokens.access_token_lifetime`.
    #[serde(default)]
    #[schemars(range(min = 30, max = 86_400), example = 300)]
    pub tandem_access_token_lifetime: Option<u32>,
    /// Lifetime of a family of refresh tokens in seconds, instead of `tokens.refresh_token_lifetime`.
    #[serde(default)]
    #[schemars(range(min = 300, max = 63_072_000), example = 604_800)]
    pub tandem_refresh_token_lifetime: Option<u32>,
    /// Lifetime of device and user codes in seconds, instead of `device_authorization.code_lifetime`.
    #[serde(default)]
    #[schemars(range(min = 30, max = 1800), example = 300)]
    pub tandem_code_lifetime: Option<u32>,
    /// Who the access tokens are for (`aud`): URLs or names of resource servers; the issuer where there is none.
    #[serde(default)]
    #[schemars(inner(length(min = 1, max = 512)), extend("uniqueItems" = true), example = audience_example())]
    pub tandem_audience: Vec<String>,
    /// Whether the client may ask about tokens that are not its own (RFC 7662), as a resource server does.
    #[serde(default)]
    pub tandem_introspection: bool,
    /// Which audience a `private_key_jwt` assertion must name.
    #[serde(default)]
    pub tandem_client_assertion_audience: AssertionAudience,
    /// How the client learns that a person answered its backchannel request (CIBA).
    #[serde(default)]
    #[schemars(example = &"poll")]
    pub backchannel_token_delivery_mode: Option<DeliveryMode>,
    /// Where the client is told so, in the modes ping and push; https, or http on localhost.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://shop.example.com/ciba")]
    pub backchannel_client_notification_endpoint: Option<Url>,
    /// Algorithm with which the client signs its backchannel requests; unsigned ones are refused then. Needs `jwks`
    /// or `jwks_uri`.
    #[serde(default)]
    #[schemars(example = &"ES256")]
    pub backchannel_authentication_request_signing_alg: Option<SigningAlgorithm>,
    /// Whether the client asks people for their user code and sends it along.
    #[serde(default)]
    pub backchannel_user_code_parameter: bool,
    /// The types of authorization details the client may use (RFC 9396), each one of `[authorization_details]`.
    #[serde(default)]
    #[schemars(inner(length(min = 1, max = 128)), extend("uniqueItems" = true), example = details_example())]
    pub authorization_details_types: Vec<String>,
    /// For `tls_client_auth`: the subject of the client's certificate, as RFC 4514 writes it. Give one of the five.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1024), example = "CN=shop.example.com,O=Example,C=JP")]
    pub tls_client_auth_subject_dn: Option<String>,
    /// For `tls_client_auth`: a DNS name in the client's certificate.
    #[serde(default)]
    #[schemars(length(min = 1, max = 253), example = "shop.example.com")]
    pub tls_client_auth_san_dns: Option<String>,
    /// For `tls_client_auth`: a URI in the client's certificate.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1024), example = "https://shop.example.com/")]
    pub tls_client_auth_san_uri: Option<String>,
    /// For `tls_client_auth`: an IP address in the client's certificate.
    #[serde(default)]
    #[schemars(with = "Option<String>", example = "192.0.2.7")]
    pub tls_client_auth_san_ip: Option<std::net::IpAddr>,
    /// For `tls_client_auth`: a mail address in the client's certificate.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254), example = "shop@example.com")]
    pub tls_client_auth_san_email: Option<String>,
    /// Whether the client gets tokens only over mutual TLS, bound to its certificate (RFC 8705 section 3).
    #[serde(default)]
    pub tls_client_certificate_bound_access_tokens: bool,
    /// A profile that narrows what the client may do.
    #[serde(default)]
    #[schemars(example = &"fapi_ciba")]
    pub tandem_profile: Option<ClientProfile>,
    /// How long the server may keep a poll of the client waiting for an answer, in seconds; 0 answers at once.
    #[serde(default)]
    #[schemars(range(max = 30))]
    pub tandem_long_polling: u8,
    /// Whether the client may learn which people exist and can be asked. To conceal it, requests for nobody are accepted
    /// and never answered.
    #[serde(default)]
    pub tandem_user_hints: UserHints,
    /// Whether people must give the number that the client's device shows, and how. Without it the client may ask for it.
    #[serde(default)]
    #[schemars(example = &"pick")]
    pub tandem_number_matching: Option<NumberMatching>,
    /// When the client may not ask anybody.
    #[serde(default)]
    #[schemars(example = quiet_hours_example())]
    pub tandem_quiet_hours: Option<QuietHours>,
    /// What the client's policy has beyond that of its flow.
    #[serde(default)]
    pub tandem_policy: Overrides,
}

impl Client {
    /// A client with every member at its default: confidential, and without a secret yet.
    pub fn new(client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), grant_types: default_grant_types(), ..Self::default() }
    }
}

fn default_grant_types() -> Vec<GrantType> {
    vec![GrantType::DeviceCode]
}

fn quiet_hours_example() -> serde_json::Value {
    serde_json::json!({ "from": "22:00", "until": "07:00", "zone": "Asia/Tokyo" })
}

fn details_example() -> Vec<&'static str> {
    vec!["payment"]
}

fn audience_example() -> Vec<&'static str> {
    vec!["https://api.example.com"]
}
