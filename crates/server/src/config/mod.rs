//! What can be configured, where does each value come from, and what is accepted?
//!
//! Values come in layers: the defaults, the TOML files in their order, then the environment. `load` reads them all and
//! reports every problem it finds; the JSON schema and the reference file come from the same types.

mod attesters;
mod check;
mod check_clients;
mod check_policy;
mod ciba;
mod client_certificates;
mod clients;
mod content_filter;
mod device_authorization;
mod environment;
mod formats;
mod geolocation;
mod incidents;
mod issuer;
mod keys;
mod layers;
mod load;
mod milter;
mod network;
mod notifications;
mod operation;
mod outgoing;
mod people;
mod problem;
mod rate_limits;
mod reference;
mod schema;
mod secret;
mod ssf;
mod ssf_receiver;
mod structure;
#[cfg(test)]
mod tests;
mod tokens;
mod twins;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::mitigations::policy::Overrides;

pub use attesters::Attester;
pub use check_policy::{effective as effective_policy, key as policy_key, memory};
pub use ciba::{Ciba, HintSubject, HintTokenIssuer, Reach};
pub use clients::{
    AccessTokenFormat, AssertionAudience, AuthMethod, Client, ClientProfile, DeliveryMode, GrantType,
    NumberMatching, QuietHours, ScopeList, UserHints,
};
pub use content_filter::{ContentFilter, LinkHandling, UnscannedHandling};
pub use device_authorization::DeviceAuthorization;
pub use geolocation::Geolocation;
pub use incidents::{Incidents, Summary};
pub use issuer::{Issuer, IssuerRefusal};
pub use keys::{Keys, SigningAlgorithm};
pub use load::{Entry, Loaded, load, load_without_encryption_key};
pub use milter::{Milter, MilterAddress, OnFailure};
pub use network::{
    AdminListener, CertificateEncoding, ClientCertificates, ForwardedHeader, ListenAddress, Listeners,
    Network, Proxy, Tls,
};
pub use notifications::{Email, MailTls, Notifications, WebPush, Webhook};
pub use operation::{Limits, Log, LogFormat, Store};
pub use outgoing::Outgoing;
pub use people::{BUILT_IN_SCOPES, Language, Pages, Scopes, Sessions, Users};
pub use problem::{ConfigErrors, Problem, ProblemKind, Provenance, Warning};
pub use rate_limits::{Off, Rate, RateLimit, RateLimits};
pub use reference::reference;
pub use schema::schema;
pub use secret::{EncryptionKey, EncryptionKeyRefusal, MASK, Secret};
pub use ssf::Ssf;
pub use ssf_receiver::{SsfReceiver, SsfReceiverMode, SsfTransmitter};
pub use tokens::{Dpop, DpopNonce, Tokens};

/// Configuration of the Tandem server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address at which devices and people reach this server, as it stands in tokens and links: https, or http on
    /// localhost and loopback addresses. No query or fragment; trailing slashes are dropped. Changing it later makes
    /// tokens and passkeys void.
    #[schemars(example = "https://id.example.com")]
    pub issuer: Issuer,
    /// Folder of the database. One server at a time works on it.
    #[serde(default = "default_data_dir")]
    #[schemars(extend("format" = "path"))]
    pub data_dir: PathBuf,
    /// The two addresses the server answers on.
    #[serde(default)]
    pub listeners: Listeners,
    /// TLS by the server itself: both files, or neither where a proxy in front does TLS.
    #[serde(default)]
    pub tls: Tls,
    /// Proxies in front of the server, if any.
    #[serde(default)]
    pub proxy: Proxy,
    /// Signing keys. A key that was rotated out stays published for as long as a token it signed may live; that time
    /// follows from the token lifetimes.
    #[serde(default)]
    pub keys: Keys,
    /// Lifetimes of tokens; a client may have its own.
    #[serde(default)]
    pub tokens: Tokens,
    /// Proofs of possession (RFC 9449).
    #[serde(default)]
    pub dpop: Dpop,
    /// Device and user codes (RFC 8628).
    #[serde(default)]
    pub device_authorization: DeviceAuthorization,
    /// Requests that are sent to a person (OpenID Connect CIBA Core 1.0).
    #[serde(default)]
    pub ciba: Ciba,
    /// How often an action may be tried: `{ burst = N, per_minute = N }` lets N tries come at once and wins back N each
    /// minute. Zero is refused; "off" lifts a limit, for measurements and where something in front limits already.
    #[serde(default)]
    pub rate_limits: RateLimits,
    /// How long people stay signed in.
    #[serde(default)]
    pub sessions: Sessions,
    /// Passwords and how they are hashed (Argon2id).
    #[serde(default)]
    pub users: Users,
    /// What people read.
    #[serde(default)]
    pub pages: Pages,
    /// Scopes beyond openid, profile, email and offline_access: each with the words in which people are asked for it, by
    /// language. A missing language falls back to `pages.default_language`.
    #[serde(default)]
    #[schemars(example = scope_example())]
    pub scopes: Scopes,
    /// Types of authorization details (RFC 9396): each with the words in which people are asked for it, by language.
    /// `{member}` in the words stands for a member that every request of the type must have, and people are shown.
    #[serde(default)]
    #[schemars(example = details_example())]
    pub authorization_details: Scopes,
    /// How strict the mitigations of the Best Current Practice are: a profile, and settings that differ from it. Each flow
    /// (`[device_authorization.policy]`, `[ciba.policy]`) and each client (`tandem_policy`) can have its own beyond these.
    /// `tandem policy show` prints what comes out.
    #[serde(default)]
    pub policy: Overrides,
    /// Codes, links and QR codes of this server in mail and other messages (BCP 6.1.5).
    #[serde(default)]
    pub content_filter: ContentFilter,
    /// Events about sessions, tokens, credentials and devices for other services (Shared Signals Framework 1.0).
    #[serde(default)]
    pub ssf: Ssf,
    /// Security events that other services send here.
    #[serde(default)]
    pub ssf_receiver: SsfReceiver,
    /// What the server does when something was misused.
    #[serde(default)]
    pub incidents: Incidents,
    /// Where addresses lie on the earth.
    #[serde(default)]
    pub geolocation: Geolocation,
    /// What one caller may take up.
    #[serde(default)]
    pub limits: Limits,
    /// Requests that the server makes by itself, to clients, push services and webhooks.
    #[serde(default)]
    pub outgoing: Outgoing,
    /// How people are told on their authorization devices that something waits for their answer. A channel that is not set
    /// up is left out.
    #[serde(default)]
    pub notifications: Notifications,
    /// How the data directory is written.
    #[serde(default)]
    pub store: Store,
    /// What is written to standard error.
    #[serde(default)]
    pub log: Log,
    /// Who may name people in a `login_hint_token` (CIBA Core section 7.1).
    #[serde(default)]
    pub login_hint_token_issuers: Vec<HintTokenIssuer>,
    /// Who may vouch that a device is a genuine instance of a client (draft-ietf-oauth-attestation-based-client-auth).
    #[serde(default)]
    pub attesters: Vec<Attester>,
    /// The applications that may ask. Members have their RFC 7591 names; those that begin with `tandem_` are this
    /// server's own. Variables cannot reach into this list, only replace it whole; clients can also be kept in the
    /// database (`tandem client`).
    #[serde(default)]
    pub clients: Vec<Client>,
}

impl Default for Config {
    /// The defaults, with the issuer of a server tried out on one's own machine. `load` demands an issuer.
    fn default() -> Self {
        Self {
            issuer: Issuer::default(),
            data_dir: default_data_dir(),
            listeners: Listeners::default(),
            tls: Tls::default(),
            proxy: Proxy::default(),
            keys: Keys::default(),
            tokens: Tokens::default(),
            dpop: Dpop::default(),
            device_authorization: DeviceAuthorization::default(),
            ciba: Ciba::default(),
            rate_limits: RateLimits::default(),
            sessions: Sessions::default(),
            users: Users::default(),
            pages: Pages::default(),
            scopes: Scopes::default(),
            authorization_details: Scopes::default(),
            policy: Overrides::default(),
            content_filter: ContentFilter::default(),
            ssf: Ssf::default(),
            ssf_receiver: SsfReceiver::default(),
            incidents: Incidents::default(),
            geolocation: Geolocation::default(),
            limits: Limits::default(),
            outgoing: Outgoing::default(),
            notifications: Notifications::default(),
            store: Store::default(),
            log: Log::default(),
            login_hint_token_issuers: Vec::new(),
            attesters: Vec::new(),
            clients: Vec::new(),
        }
    }
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("tandem-data")
}

fn details_example() -> serde_json::Value {
    serde_json::json!({ "payment": { "en": "Pay {amount} to {payee}", "ja": "{payee} に {amount} を支払う" } })
}

fn scope_example() -> serde_json::Value {
    serde_json::json!({ "photos": { "en": "See your photos", "ja": "写真を見る" } })
}
