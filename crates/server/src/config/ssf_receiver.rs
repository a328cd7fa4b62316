//! Whose security events are heeded here: `[ssf_receiver]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::shared_signals::received::{EffectKind, SubjectKind};
use url::Url;

use super::check::Findings;
use super::rate_limits::RateLimit;
use super::secret::Secret;
use super::{Config, check_clients};

/// The shortest `authorization`: a word, a space, and 128 bits.
const SHORTEST_AUTHORIZATION: usize = 24;

/// `[ssf_receiver]`: security events that other services send here (RFC 8935, CAEP 1.0, RISC 1.0), such as those of a device
/// management or an identity provider. They lower trust: in a registered device, a session, a person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SsfReceiver {
    /// How often tokens may come from one address, good or bad.
    pub receive_address: RateLimit,
    /// How often one transmitter may send tokens. What is beyond is to be sent again.
    pub receive_transmitter: RateLimit,
    /// Who may send: one `[[ssf_receiver.transmitters]]` for each.
    #[schemars(length(max = 64))]
    pub transmitters: Vec<SsfTransmitter>,
}

impl Default for SsfReceiver {
    fn default() -> Self {
        Self {
            receive_address: RateLimit::of(600, 1200),
            receive_transmitter: RateLimit::of(2000, 6000),
            transmitters: Vec::new(),
        }
    }
}

/// One of `[[ssf_receiver.transmitters]]`: it pushes its tokens to `/ssf/receive/{name}`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SsfTransmitter {
    /// The last part of the address to which it pushes, and its name in records: small letters, digits and hyphens.
    #[schemars(length(min = 1, max = 64), example = &"device-management")]
    pub name: String,
    /// The `iss` of its tokens.
    #[schemars(length(min = 1, max = 512), example = &"https://mdm.example.com")]
    pub issuer: String,
    /// Its public keys (RFC 7517 section 5).
    #[serde(default)]
    pub jwks: Option<serde_json::Map<String, serde_json::Value>>,
    /// JSON file that holds `jwks`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/mdm.jwks.json")]
    pub jwks_file: Option<PathBuf>,
    /// Where it publishes its public keys (`jwks_uri` of its metadata), instead; read as those of clients are.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://mdm.example.com/jwks.json")]
    pub jwks_uri: Option<Url>,
    /// What it calls this server in `aud`: one of these must be there. Without any it is `issuer`.
    #[serde(default)]
    #[schemars(length(max = 16), example = &["https://id.example.com"])]
    pub audience: Vec<String>,
    /// The whole `Authorization` header that it was told to send. Without it only its signature says who it is.
    #[serde(default)]
    #[schemars(length(min = 1, max = 4096))]
    pub authorization: Option<Secret>,
    /// File that holds `authorization`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/mdm.authorization")]
    pub authorization_file: Option<PathBuf>,
    /// How it may name people and things.
    #[serde(default = "default_subjects")]
    #[schemars(length(min = 1, max = 3))]
    pub subjects: Vec<SubjectKind>,
    /// What its events may bring about. What they may not is written down only.
    #[serde(default = "default_effects")]
    #[schemars(length(max = 4))]
    pub effects: Vec<EffectKind>,
    /// Whether its events are acted upon, or only written down to see what they would do.
    #[serde(default)]
    pub mode: SsfReceiverMode,
    /// How many seconds ago its tokens may have been issued: as long as it goes on trying when this server is down. A token is
    /// remembered for as long.
    #[serde(default = "default_max_age")]
    #[schemars(range(min = 60, max = 2_678_400))]
    pub max_age: u32,
}

/// What becomes of a transmitter's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SsfReceiverMode {
    /// They have their effects.
    #[default]
    Act,
    /// They are written down.
    DryRun,
}

fn default_subjects() -> Vec<SubjectKind> {
    vec![SubjectKind::IssSub, SubjectKind::Email, SubjectKind::Opaque]
}

fn default_effects() -> Vec<EffectKind> {
    vec![EffectKind::DeviceCompliance, EffectKind::EndSessions, EffectKind::Incident]
}

const fn default_max_age() -> u32 {
    7 * 24 * 60 * 60
}

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let all = &config.ssf_receiver.transmitters;
    for (index, transmitter) in all.iter().enumerate() {
        let key = format!("ssf_receiver.transmitters[{index}]");
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if transmitter.name.is_empty() || !transmitter.name.bytes().all(is_plain) {
            findings.not_accepted(&format!("{key}.name"), "small letters, digits and hyphens are accepted");
        }
        let before = || all.iter().take(index);
        if before().any(|other| other.name == transmitter.name) {
            findings.contradiction(&format!("{key}.name"), "another transmitter has this name");
        }
        // One would take the names of the other's tokens.
        if before().any(|other| other.issuer == transmitter.issuer) {
            findings.contradiction(&format!("{key}.issuer"), "another transmitter has this issuer");
        }
        if transmitter.issuer == config.issuer.as_str() {
            findings.contradiction(&format!("{key}.issuer"), "it is this server itself");
        }
        check_clients::keys(transmitter.jwks.as_ref(), transmitter.jwks_uri.as_ref(), &key, findings);
        if let Some(secret) = &transmitter.authorization {
            let value = secret.expose();
            let is_header = value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && value.trim() == value;
            if !is_header || value.len() < SHORTEST_AUTHORIZATION {
                let detail = "a header value of at least 24 printable ASCII characters is accepted, such as `Bearer ` and the \
                              output of `openssl rand -hex 32`";
                findings.not_accepted(&format!("{key}.authorization"), detail);
            }
        }
        if transmitter.effects.contains(&EffectKind::RestoreCompliance)
            && !transmitter.effects.contains(&EffectKind::DeviceCompliance)
        {
            let detail = "it could give devices trust back and never take it: `device_compliance` is missing";
            findings.contradiction(&format!("{key}.effects"), detail);
        }
    }
}
