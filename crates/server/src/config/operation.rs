//! How is the server run: `[log]`, `[limits]`, `[store]`?

use schemars::JsonSchema;
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
