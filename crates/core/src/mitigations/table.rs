//! Which mitigation speaks at which checkpoint?

use super::{Facts, Policy, Risk, Verdict};
use super::{
    authenticate_then_initiate, content_filtering, detect_and_remediate, establish_proximity, limited_scopes,
    one_time_codes, rate_limits, request_binding, request_initiation_verification, sender_constrained_tokens,
    short_lived_codes, short_lived_tokens, trusted_devices, trusted_networks, unique_codes, user_education,
    user_experience,
};
use crate::crossing::CheckpointKind::{self, Afterwards, Approve, Initiate, Redeem, Transfer};
use serde::{Deserialize, Serialize};

/// The mitigations of BCP section 6.1, in its order (6.1.1 to 6.1.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mitigation {
    /// 6.1.1: the two devices are near each other.
    EstablishProximity,
    /// 6.1.2: codes live briefly.
    ShortLivedCodes,
    /// 6.1.3: codes are used once, or a few times.
    OneTimeCodes,
    /// 6.1.4: codes do not repeat.
    UniqueCodes,
    /// 6.1.5: messages that carry codes are found.
    ContentFiltering,
    /// 6.1.6: misuse is found and undone.
    DetectAndRemediate,
    /// 6.1.7: only known devices ask.
    TrustedDevices,
    /// 6.1.8: only known networks ask.
    TrustedNetworks,
    /// 6.1.9: less is granted across devices.
    LimitedScopes,
    /// 6.1.10: tokens live briefly.
    ShortLivedTokens,
    /// 6.1.11: nobody asks, guesses or polls too often.
    RateLimits,
    /// 6.1.12: tokens work for one key only.
    SenderConstrainedTokens,
    /// 6.1.13: people know when to expect a request.
    UserEducation,
    /// 6.1.14: people see what they answer.
    UserExperience,
    /// 6.1.15: the person signs in before the device asks.
    AuthenticateThenInitiate,
    /// 6.1.16: a number goes back from the phone to the device.
    RequestInitiationVerification,
    /// 6.1.17: what the person typed on the device is bound into the request.
    RequestBinding,
}

impl Mitigation {
    /// Its name in settings, records and pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EstablishProximity => "establish_proximity",
            Self::ShortLivedCodes => "short_lived_codes",
            Self::OneTimeCodes => "one_time_codes",
            Self::UniqueCodes => "unique_codes",
            Self::ContentFiltering => "content_filtering",
            Self::DetectAndRemediate => "detect_and_remediate",
            Self::TrustedDevices => "trusted_devices",
            Self::TrustedNetworks => "trusted_networks",
            Self::LimitedScopes => "limited_scopes",
            Self::ShortLivedTokens => "short_lived_tokens",
            Self::RateLimits => "rate_limits",
            Self::SenderConstrainedTokens => "sender_constrained_tokens",
            Self::UserEducation => "user_education",
            Self::UserExperience => "user_experience",
            Self::AuthenticateThenInitiate => "authenticate_then_initiate",
            Self::RequestInitiationVerification => "request_initiation_verification",
            Self::RequestBinding => "request_binding",
        }
    }

    /// Its section in the BCP: 6.1.1 to 6.1.17.
    pub fn section(self) -> String {
        format!("6.1.{}", self as u8 + 1)
    }
}

/// How a row is asked.
type Assess = fn(CheckpointKind, &Facts<'_>, Risk, &Policy) -> Verdict;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The mitigation.
    pub mitigation: Mitigation,
    /// Where it is asked.
    pub checkpoints: &'static [CheckpointKind],
    /// How.
    pub assess: Assess,
}

const fn row(mitigation: Mitigation, checkpoints: &'static [CheckpointKind], assess: Assess) -> Row {
    Row { mitigation, checkpoints, assess }
}

/// All seventeen, in the order of the BCP.
pub static TABLE: [Row; 17] = [
    row(Mitigation::EstablishProximity, &[Initiate, Transfer, Approve], |c, f, _, p| {
        establish_proximity::assess(c, f, &p.establish_proximity)
    }),
    row(Mitigation::ShortLivedCodes, &[Initiate, Transfer, Approve, Redeem], |c, f, r, p| {
        short_lived_codes::assess(c, f, r, &p.short_lived_codes)
    }),
    row(Mitigation::OneTimeCodes, &[Transfer, Approve], |c, f, _, p| {
        one_time_codes::assess(c, f, &p.one_time_codes, &p.establish_proximity)
    }),
    row(Mitigation::UniqueCodes, &[Initiate], |c, f, _, _| unique_codes::assess(c, f)),
    row(Mitigation::ContentFiltering, &[Transfer, Approve, Redeem], |c, f, _, p| {
        content_filtering::assess(c, f, &p.content_filtering)
    }),
    row(Mitigation::DetectAndRemediate, &[Transfer, Approve, Redeem], |c, f, _, p| {
        detect_and_remediate::assess(c, f, &p.detect_and_remediate)
    }),
    row(Mitigation::TrustedDevices, &[Initiate], |c, f, _, p| {
        trusted_devices::assess(c, f, &p.trusted_devices)
    }),
    row(Mitigation::TrustedNetworks, &[Initiate, Transfer, Approve], |c, f, _, p| {
        trusted_networks::assess(c, f, &p.trusted_networks)
    }),
    row(Mitigation::LimitedScopes, &[Initiate, Transfer, Approve], |c, f, r, p| {
        limited_scopes::assess(c, f, r, &p.limited_scopes)
    }),
    row(Mitigation::ShortLivedTokens, &[Transfer, Approve, Redeem, Afterwards], |c, f, r, p| {
        short_lived_tokens::assess(c, f, r, &p.short_lived_tokens)
    }),
    row(Mitigation::RateLimits, &[Initiate, Transfer], |c, f, _, p| {
        rate_limits::assess(c, f, &p.rate_limits)
    }),
    row(Mitigation::SenderConstrainedTokens, &[Initiate, Redeem], |c, f, _, p| {
        sender_constrained_tokens::assess(c, f, &p.sender_constrained_tokens)
    }),
    row(Mitigation::UserEducation, &[Approve], |c, f, r, p| {
        user_education::assess(c, f, r, &p.user_education)
    }),
    row(Mitigation::UserExperience, &[Initiate, Transfer, Approve], |c, f, r, p| {
        user_experience::assess(c, f, r, &p.user_experience)
    }),
    row(Mitigation::AuthenticateThenInitiate, &[Initiate, Transfer, Approve], |c, f, _, p| {
        authenticate_then_initiate::assess(c, f, &p.authenticate_then_initiate)
    }),
    row(Mitigation::RequestInitiationVerification, &[Approve, Redeem], |c, f, _, p| {
        request_initiation_verification::assess(c, f, &p.request_initiation_verification)
    }),
    row(Mitigation::RequestBinding, &[Initiate, Approve], |c, f, _, p| {
        request_binding::assess(c, f, &p.request_binding)
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_all_seventeen_in_the_order_of_the_bcp() {
        assert!(TABLE.windows(2).all(|pair| pair[0].mitigation < pair[1].mitigation));
        assert_eq!(TABLE[16].mitigation, Mitigation::RequestBinding);
    }
}
