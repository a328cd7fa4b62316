//! What can this transmitter do? SSF 1.0 section 7.1.

use super::DefaultSubjects;
use super::stream::{POLL, PUSH};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Where the endpoints are, under the issuer.
pub mod path {
    /// The metadata document.
    pub const METADATA: &str = "/.well-known/ssf-configuration";
    /// Streams.
    pub const CONFIGURATION: &str = "/ssf/stream";
    /// Their status.
    pub const STATUS: &str = "/ssf/status";
    /// Subjects are added.
    pub const ADD_SUBJECT: &str = "/ssf/subjects/add";
    /// Subjects are removed.
    pub const REMOVE_SUBJECT: &str = "/ssf/subjects/remove";
    /// A stream shows that it works.
    pub const VERIFICATION: &str = "/ssf/verification";
    /// Tokens are fetched; the name of the stream follows.
    pub const POLL: &str = "/ssf/poll";
}

/// The metadata document.
#[derive(Debug, Clone, Serialize)]
pub struct TransmitterMetadata {
    spec_version: &'static str,
    issuer: String,
    jwks_uri: String,
    delivery_methods_supported: [&'static str; 2],
    configuration_endpoint: String,
    status_endpoint: String,
    add_subject_endpoint: String,
    remove_subject_endpoint: String,
    verification_endpoint: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    critical_subject_members: Vec<String>,
    authorization_schemes: [Map<String, Value>; 1],
    default_subjects: DefaultSubjects,
}

impl TransmitterMetadata {
    /// The document of this issuer.
    pub fn new(
        issuer: &str,
        jwks_path: &str,
        critical_subject_members: Vec<String>,
        default_subjects: DefaultSubjects,
    ) -> Self {
        let url = |path: &str| format!("{issuer}{path}");
        let oauth = [("spec_urn".to_owned(), json!("urn:ietf:rfc:6749"))].into_iter().collect();
        Self {
            spec_version: "1_0",
            issuer: issuer.to_owned(),
            jwks_uri: url(jwks_path),
            delivery_methods_supported: [PUSH, POLL],
            configuration_endpoint: url(path::CONFIGURATION),
            status_endpoint: url(path::STATUS),
            add_subject_endpoint: url(path::ADD_SUBJECT),
            remove_subject_endpoint: url(path::REMOVE_SUBJECT),
            verification_endpoint: url(path::VERIFICATION),
            critical_subject_members,
            authorization_schemes: [oauth],
            default_subjects,
        }
    }
}
