//! What are the settings of all mitigations in force?

use super::{
    one_time_codes, rate_limits, request_initiation_verification, sender_constrained_tokens,
    short_lived_codes, user_experience,
};

/// A full table of settings. A profile is one of these; clients and flows override parts of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// 6.1.2.
    pub short_lived_codes: short_lived_codes::Settings,
    /// 6.1.3.
    pub one_time_codes: one_time_codes::Settings,
    /// 6.1.11.
    pub rate_limits: rate_limits::Settings,
    /// 6.1.12.
    pub sender_constrained_tokens: sender_constrained_tokens::Settings,
    /// 6.1.14.
    pub user_experience: user_experience::Settings,
    /// 6.1.16.
    pub request_initiation_verification: request_initiation_verification::Settings,
}

impl Policy {
    /// The profile for ordinary resources.
    pub const fn baseline() -> Self {
        Self {
            short_lived_codes: short_lived_codes::Settings::baseline(),
            one_time_codes: one_time_codes::Settings::baseline(),
            rate_limits: rate_limits::Settings::baseline(),
            sender_constrained_tokens: sender_constrained_tokens::Settings::baseline(),
            user_experience: user_experience::Settings::baseline(),
            request_initiation_verification: request_initiation_verification::Settings::baseline(),
        }
    }
}
