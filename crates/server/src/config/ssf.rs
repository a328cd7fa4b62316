//! Who hears what ended here: `[ssf]`?

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::shared_signals::DefaultSubjects;

use super::Config;
use super::check::Findings;
use super::keys::SigningAlgorithm;

/// `[ssf]`: events about sessions, tokens, credentials and devices for other services (OpenID Shared Signals Framework
/// 1.0, CAEP 1.0). A receiver is a client with `client_credentials` and the scopes `ssf.read` and `ssf.manage`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ssf {
    /// Whether receivers can set up streams. Without it the endpoints do not exist and nothing is sent.
    pub enabled: bool,
    /// The algorithm that security event tokens are signed with, one of `keys.signing_algorithms`. Without it RS256, which
    /// the CAEP interoperability profile demands, or the first of them where there is no RS256.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// Whose events a new stream has: `ALL`, but for subjects that its receiver removes, or `NONE`, but for those it adds.
    pub default_subjects: DefaultSubjects,
    /// The audience of a client's streams, by `client_id`: one name, or several of the same receiver. Without an entry it is
    /// the `client_id`. A stream keeps the audience that it was made with.
    #[schemars(example = audience_example())]
    pub audiences: BTreeMap<String, Vec<String>>,
    /// The members of a complex subject that a receiver must understand, or discard the event.
    #[schemars(length(max = 16))]
    pub critical_subject_members: Vec<String>,
    /// Streams of one receiver.
    #[schemars(range(min = 1, max = 100))]
    pub streams_per_receiver: u32,
    /// Subjects that a receiver adds to, or removes from, one stream.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub subjects_per_stream: u32,
    /// Seconds between two verifications of a stream.
    #[schemars(range(min = 0, max = 86_400))]
    pub min_verification_interval: u32,
    /// Seconds after which a stream is paused whose receiver neither polls nor calls. Without it none is.
    #[schemars(range(min = 600, max = 31_536_000), example = 604_800)]
    pub inactivity_timeout: Option<u32>,
    /// Seconds for which events are still sent of a subject that a receiver removed: whoever steals a receiver's token
    /// should not be able to hide a person at once.
    #[schemars(range(min = 0, max = 604_800))]
    pub removal_grace: u32,
    /// Seconds that a poll waits for an event, if it wants to. Two thirds of `limits.request_timeout` at most.
    #[schemars(range(min = 0, max = 120))]
    pub long_poll: u32,
}

impl Default for Ssf {
    fn default() -> Self {
        Self {
            enabled: false,
            signing_algorithm: None,
            default_subjects: DefaultSubjects::All,
            audiences: BTreeMap::new(),
            critical_subject_members: vec!["user".to_owned()],
            streams_per_receiver: 4,
            subjects_per_stream: 10_000,
            min_verification_interval: 30,
            inactivity_timeout: None,
            removal_grace: 0,
            long_poll: 20,
        }
    }
}

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let ssf = &config.ssf;
    if let Some(algorithm) = ssf.signing_algorithm
        && !config.keys.signing_algorithms.contains(&algorithm)
    {
        let detail = "there is no such key: add the algorithm to `keys.signing_algorithms`";
        findings.contradiction("ssf.signing_algorithm", detail);
    }
    for (client_id, names) in &ssf.audiences {
        let key = format!("ssf.audiences.{client_id}");
        if names.is_empty() || names.iter().any(String::is_empty) {
            findings.not_accepted(&key, "one name or more is accepted, and none of them empty");
        }
    }
    if ssf.critical_subject_members.iter().any(String::is_empty) {
        findings.not_accepted("ssf.critical_subject_members", "a name is not empty");
    }
}

fn audience_example() -> serde_json::Value {
    serde_json::json!({ "shop": ["https://shop.example.com/events"] })
}
