//! Which mitigation speaks at which checkpoint?

use super::{Facts, Policy, Verdict};
use super::{
    one_time_codes, rate_limits, request_initiation_verification, sender_constrained_tokens,
    short_lived_codes, unique_codes, user_experience,
};
use crate::crossing::CheckpointKind::{self, Approve, Initiate, Redeem, Transfer};

/// The mitigations of BCP section 6.1, in its order (6.1.1 to 6.1.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The mitigation.
    pub mitigation: Mitigation,
    /// Where it is asked. Empty: it does not work yet, and nothing may claim that it does.
    pub checkpoints: &'static [CheckpointKind],
    /// How.
    pub assess: fn(CheckpointKind, &Facts<'_>, &Policy) -> Verdict,
}

const fn row(
    mitigation: Mitigation,
    checkpoints: &'static [CheckpointKind],
    assess: fn(CheckpointKind, &Facts<'_>, &Policy) -> Verdict,
) -> Row {
    Row { mitigation, checkpoints, assess }
}

/// A row whose file does not exist yet: never asked.
const fn unbuilt(mitigation: Mitigation) -> Row {
    row(mitigation, &[], |_, _, _| Verdict::Pass)
}

/// All seventeen, in the order of the BCP.
pub static TABLE: [Row; 17] = [
    unbuilt(Mitigation::EstablishProximity),
    row(Mitigation::ShortLivedCodes, &[Initiate, Transfer, Approve, Redeem], |c, f, p| {
        short_lived_codes::assess(c, f, &p.short_lived_codes)
    }),
    row(Mitigation::OneTimeCodes, &[Transfer, Approve], |c, f, p| {
        one_time_codes::assess(c, f, &p.one_time_codes)
    }),
    row(Mitigation::UniqueCodes, &[Initiate], |c, f, _| unique_codes::assess(c, f)),
    unbuilt(Mitigation::ContentFiltering),
    unbuilt(Mitigation::DetectAndRemediate),
    unbuilt(Mitigation::TrustedDevices),
    unbuilt(Mitigation::TrustedNetworks),
    unbuilt(Mitigation::LimitedScopes),
    unbuilt(Mitigation::ShortLivedTokens),
    row(Mitigation::RateLimits, &[Initiate, Transfer], |c, f, p| rate_limits::assess(c, f, &p.rate_limits)),
    row(Mitigation::SenderConstrainedTokens, &[Initiate, Redeem], |c, f, p| {
        sender_constrained_tokens::assess(c, f, &p.sender_constrained_tokens)
    }),
    unbuilt(Mitigation::UserEducation),
    row(Mitigation::UserExperience, &[Initiate, Approve], |c, f, p| {
        user_experience::assess(c, f, &p.user_experience)
    }),
    unbuilt(Mitigation::AuthenticateThenInitiate),
    row(Mitigation::RequestInitiationVerification, &[Approve], |c, f, _| {
        request_initiation_verification::assess(c, f)
    }),
    unbuilt(Mitigation::RequestBinding),
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
