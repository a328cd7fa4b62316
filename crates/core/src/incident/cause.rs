//! How did an incident become known?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an incident was opened for. The first one: what is found out later stands among its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person said that they did not start it.
    Reported,
    /// A filter found the code in messages to too many people (6.1.5).
    CodeFiltered,
    /// A code came again after its use (6.1.4).
    CodeRepeated,
    /// Two persons or networks had one code open (6.1.3).
    CodeContested,
    /// A key other than the pinned one was shown (6.1.12).
    ForeignKey,
    /// A refresh token was used a second time (RFC 9700 section 4.14.2).
    RefreshTokenReused,
    /// Another server's signal lowered the trust in a person, session or device (CAEP).
    SharedSignal,
    /// An operator found it.
    Operator,
    /// A program found it, by the admin API.
    Api,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Reported,
        Self::CodeFiltered,
        Self::CodeRepeated,
        Self::CodeContested,
        Self::ForeignKey,
        Self::RefreshTokenReused,
        Self::SharedSignal,
        Self::Operator,
        Self::Api,
    ];

    /// The word in records, metrics and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::CodeFiltered => "code_filtered",
            Self::CodeRepeated => "code_repeated",
            Self::CodeContested => "code_contested",
            Self::ForeignKey => "foreign_key",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::SharedSignal => "shared_signal",
            Self::Operator => "operator",
            Self::Api => "api",
        }
    }

    /// The cause of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == word)
    }

    /// The cause that a security event of this kind is, if any. Nobody but an operator or program opens an incident by their
    /// own word.
    pub fn of_event(kind: &str) -> Option<Self> {
        Self::parse(kind).filter(|cause| !matches!(cause, Self::Operator | Self::Api))
    }
}
