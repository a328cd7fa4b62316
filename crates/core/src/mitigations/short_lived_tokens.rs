//! How long may tokens from a cross-device flow live? (BCP 6.1.10)
//!
//! A stolen token that is dead is worth nothing. Marks: Recover. Limitations: before it is dead it works, and refresh
//! tokens prolong it unless they end. Requirement R6.10. Proved by play B2.

use super::{Facts, Limits, Risk, Verdict};
use crate::crossing::CheckpointKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest lives, whatever server and client want.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Longest life of an access token, in seconds.
    #[schemars(range(min = 30, max = 86_400))]
    pub access_token: u32,
    /// Longest life of an access token where the risk is raised, in seconds.
    #[schemars(range(min = 30, max = 86_400))]
    pub access_token_at_risk: u32,
    /// How long a family of refresh tokens can be refreshed at most, from its beginning, in seconds. 0: no refresh token.
    #[schemars(range(min = 0, max = 63_072_000))]
    pub refresh_token: u32,
    /// The same where the risk is raised.
    #[schemars(range(min = 0, max = 63_072_000))]
    pub refresh_token_at_risk: u32,
}

impl Settings {
    /// A day, and two years: what server and client say.
    pub const fn baseline() -> Self {
        Self {
            access_token: 86_400,
            access_token_at_risk: 86_400,
            refresh_token: 63_072_000,
            refresh_token_at_risk: 63_072_000,
        }
    }

    /// Ten minutes and a week; at risk five minutes and a day.
    pub const fn sensitive() -> Self {
        Self {
            access_token: 600,
            access_token_at_risk: 300,
            refresh_token: 604_800,
            refresh_token_at_risk: 86_400,
        }
    }

    /// Five minutes and half a day; at risk two minutes and no refresh token.
    pub const fn critical() -> Self {
        Self { access_token: 300, access_token_at_risk: 120, refresh_token: 43_200, refresh_token_at_risk: 0 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// Limits the lives when the question is shown and answered (the risk is known then), and when tokens are made.
pub fn assess(checkpoint: CheckpointKind, _facts: &Facts<'_>, risk: Risk, settings: &Settings) -> Verdict {
    let at_risk = checkpoint != CheckpointKind::Redeem && risk == Risk::Raised;
    if checkpoint == CheckpointKind::Approve && !at_risk {
        // The ordinary ceiling is asked for when tokens are made.
        return Verdict::Pass;
    }
    let (access, refresh) = if at_risk {
        (
            settings.access_token_at_risk.min(settings.access_token),
            settings.refresh_token_at_risk.min(settings.refresh_token),
        )
    } else {
        (settings.access_token, settings.refresh_token)
    };
    Verdict::Limit(Limits {
        access_token_lifetime: Some(Duration::from_secs(access.into())),
        refresh_token_lifetime: Some(Duration::from_secs(refresh.into())),
        ..Limits::none()
    })
}
