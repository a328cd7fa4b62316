//! How is the server run: `[log]`, `[limits]`, `[store]`, `[policy]`?

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// `[log]`: what is written to standard error.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// For whom the lines are written.
    pub format: LogFormat,
    /// Level (`error`, `warn`, `info`, `debug`, `trace`), or a filter such as `info,tandem_store=debug`. The
    /// variable TANDEM_LOG goes before it.
    #[schemars(length(min = 1, max = 1000))]
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, level: "info".to_owned() }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// `[limits]`: what one caller may take up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest request body, in bytes.
    #[schemars(range(min = 4096, max = 1_048_576))]
    pub max_body_bytes: u32,
    /// Largest request line and headers together, in bytes.
    #[schemars(range(min = 8192, max = 262_144))]
    pub max_header_bytes: u32,
    /// Most connections open at once on the public listener.
    #[schemars(range(min = 16, max = 1_000_000))]
    pub max_connections: u32,
    /// Seconds a request may take until its answer begins, and until its headers have arrived.
    #[schemars(range(min = 1, max = 300))]
    pub request_timeout: u32,
    /// Seconds that running requests get to end after SIGTERM.
    #[schemars(range(min = 0, max = 300))]
    pub drain_timeout: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 65_536,
            max_header_bytes: 32_768,
            max_connections: 10_000,
            request_timeout: 15,
            drain_timeout: 10,
        }
    }
}

/// `[store]`: how the data directory is written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// How late a fresh code may be on disk, in milliseconds; a crash within costs that device a new request.
    /// Approvals, denials and tokens are always on disk before they are answered.
    #[schemars(range(min = 0, max = 1000))]
    pub journal_delay: u32,
    /// Milliseconds added to every write to disk, to measure how the server behaves on a slow disk. For measuring
    /// only.
    #[schemars(range(min = 0, max = 1000))]
    pub fsync_delay: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self { journal_delay: 50, fsync_delay: 0 }
    }
}

/// `[policy]`: how strict the mitigations of the Best Current Practice are.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The named table of mitigations that every flow follows. `baseline` is the only one so far.
    pub profile: Profile,
}

/// A named policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Profile {
    /// What every deployment should have.
    #[default]
    Baseline,
}

/// Why a text names no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileRefusal {
    /// Planned, not there.
    #[error("`sensitive` and `critical` come with a later version; `baseline` is accepted")]
    Later,
    /// Never heard of.
    #[error("`baseline` is accepted")]
    Unknown,
}

impl TryFrom<String> for Profile {
    type Error = ProfileRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "baseline" => Ok(Self::Baseline),
            "sensitive" | "critical" => Err(ProfileRefusal::Later),
            _ => Err(ProfileRefusal::Unknown),
        }
    }
}

impl From<Profile> for String {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Baseline => "baseline".to_owned(),
        }
    }
}

impl JsonSchema for Profile {
    fn schema_name() -> Cow<'static, str> {
        "Profile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "policy-profile", "enum": ["baseline"] })
    }
}
