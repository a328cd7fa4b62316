//! What does policy answer to something that looks wrong? The steps between nothing and no.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What follows from a finding, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Nothing; it is not even looked at.
    #[default]
    Off,
    /// The person is told of it, and decides.
    Show,
    /// The person is told, and less is granted: the ceilings for a raised risk apply.
    Limit,
    /// The person is told, and a yes takes a fresh phishing-resistant proof.
    StepUp,
    /// It ends here.
    Refuse,
}
