//! What are the settings of all mitigations in force?
//!
//! A profile is a full table. The server's, the flow's and the client's configuration may name another profile, and
//! override single settings of it; [`Effective`] is what comes out, and knows where each value is from.

mod check;
mod layers;

pub use check::Contradiction;
pub use layers::{Effective, Layer, LayerError, Overrides, Partial, Source};

use super::{
    authenticate_then_initiate, content_filtering, detect_and_remediate, establish_proximity, limited_scopes,
    one_time_codes, rate_limits, request_binding, request_initiation_verification, sender_constrained_tokens,
    short_lived_codes, short_lived_tokens, trusted_devices, trusted_networks, unique_codes, user_education,
    user_experience,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A full table of settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// 6.1.1.
    pub establish_proximity: establish_proximity::Settings,
    /// 6.1.2.
    pub short_lived_codes: short_lived_codes::Settings,
    /// 6.1.3.
    pub one_time_codes: one_time_codes::Settings,
    /// 6.1.4.
    pub unique_codes: unique_codes::Settings,
    /// 6.1.5.
    pub content_filtering: content_filtering::Settings,
    /// 6.1.6.
    pub detect_and_remediate: detect_and_remediate::Settings,
    /// 6.1.7.
    pub trusted_devices: trusted_devices::Settings,
    /// 6.1.8.
    pub trusted_networks: trusted_networks::Settings,
    /// 6.1.9.
    pub limited_scopes: limited_scopes::Settings,
    /// 6.1.10.
    pub short_lived_tokens: short_lived_tokens::Settings,
    /// 6.1.11.
    pub rate_limits: rate_limits::Settings,
    /// 6.1.12.
    pub sender_constrained_tokens: sender_constrained_tokens::Settings,
    /// 6.1.13.
    pub user_education: user_education::Settings,
    /// 6.1.14.
    pub user_experience: user_experience::Settings,
    /// 6.1.15.
    pub authenticate_then_initiate: authenticate_then_initiate::Settings,
    /// 6.1.16.
    pub request_initiation_verification: request_initiation_verification::Settings,
    /// 6.1.17.
    pub request_binding: request_binding::Settings,
}

/// A named table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// What every deployment should have.
    #[default]
    Baseline,
    /// For personal data and accounts that matter: risk is answered, codes are short, numbers are compared.
    Sensitive,
    /// For money, health and administration: distance is refused, devices are known, a yes takes a passkey.
    Critical,
}

impl Profile {
    /// All three, mildest first.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Sensitive, Self::Critical];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Sensitive => "sensitive",
            Self::Critical => "critical",
        }
    }

    /// Its table.
    pub fn policy(self) -> Policy {
        match self {
            Self::Baseline => Policy::baseline(),
            Self::Sensitive => Policy::sensitive(),
            Self::Critical => Policy::critical(),
        }
    }
}

impl Policy {
    /// The profile for ordinary resources.
    pub fn baseline() -> Self {
        Self {
            establish_proximity: establish_proximity::Settings::baseline(),
            short_lived_codes: short_lived_codes::Settings::baseline(),
            one_time_codes: one_time_codes::Settings::baseline(),
            unique_codes: unique_codes::Settings::baseline(),
            content_filtering: content_filtering::Settings::baseline(),
            detect_and_remediate: detect_and_remediate::Settings::baseline(),
            trusted_devices: trusted_devices::Settings::baseline(),
            trusted_networks: trusted_networks::Settings::baseline(),
            limited_scopes: limited_scopes::Settings::baseline(),
            short_lived_tokens: short_lived_tokens::Settings::baseline(),
            rate_limits: rate_limits::Settings::baseline(),
            sender_constrained_tokens: sender_constrained_tokens::Settings::baseline(),
            user_education: user_education::Settings::baseline(),
            user_experience: user_experience::Settings::baseline(),
            authenticate_then_initiate: authenticate_then_initiate::Settings::baseline(),
            request_initiation_verification: request_initiation_verification::Settings::baseline(),
            request_binding: request_binding::Settings::baseline(),
        }
    }

    /// The profile for personal data and accounts that matter.
    pub fn sensitive() -> Self {
        Self {
            establish_proximity: establish_proximity::Settings::sensitive(),
            short_lived_codes: short_lived_codes::Settings::sensitive(),
            one_time_codes: one_time_codes::Settings::sensitive(),
            unique_codes: unique_codes::Settings::sensitive(),
            content_filtering: content_filtering::Settings::sensitive(),
            detect_and_remediate: detect_and_remediate::Settings::sensitive(),
            trusted_devices: trusted_devices::Settings::sensitive(),
            trusted_networks: trusted_networks::Settings::sensitive(),
            limited_scopes: limited_scopes::Settings::sensitive(),
            short_lived_tokens: short_lived_tokens::Settings::sensitive(),
            rate_limits: rate_limits::Settings::sensitive(),
            sender_constrained_tokens: sender_constrained_tokens::Settings::sensitive(),
            user_education: user_education::Settings::sensitive(),
            user_experience: user_experience::Settings::sensitive(),
            authenticate_then_initiate: authenticate_then_initiate::Settings::sensitive(),
            request_initiation_verification: request_initiation_verification::Settings::sensitive(),
            request_binding: request_binding::Settings::sensitive(),
        }
    }

    /// The profile for money, health and administration.
    pub fn critical() -> Self {
        Self {
            establish_proximity: establish_proximity::Settings::critical(),
            short_lived_codes: short_lived_codes::Settings::critical(),
            one_time_codes: one_time_codes::Settings::critical(),
            unique_codes: unique_codes::Settings::critical(),
            content_filtering: content_filtering::Settings::critical(),
            detect_and_remediate: detect_and_remediate::Settings::critical(),
            trusted_devices: trusted_devices::Settings::critical(),
            trusted_networks: trusted_networks::Settings::critical(),
            limited_scopes: limited_scopes::Settings::critical(),
            short_lived_tokens: short_lived_tokens::Settings::critical(),
            rate_limits: rate_limits::Settings::critical(),
            sender_constrained_tokens: sender_constrained_tokens::Settings::critical(),
            user_education: user_education::Settings::critical(),
            user_experience: user_experience::Settings::critical(),
            authenticate_then_initiate: authenticate_then_initiate::Settings::critical(),
            request_initiation_verification: request_initiation_verification::Settings::critical(),
            request_binding: request_binding::Settings::critical(),
        }
    }
}
