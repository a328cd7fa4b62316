//! How does the device grant behave: `[device_authorization]`?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::mitigations::policy::Overrides;

/// `[device_authorization]`: device and user codes (RFC 8628).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceAuthorization {
    /// Lifetime of a device code and its user code, in seconds (`expires_in`).
    #[schemars(range(min = 30, max = 1800))]
    pub code_lifetime: u32,
    /// Seconds a device waits between two polls; each poll that comes too soon adds five for good.
    #[schemars(range(min = 1, max = 60))]
    pub interval: u32,
    /// How many wrong user codes all people together may type within one `code_lifetime` before typed codes are
    /// refused for the rest of it. It bounds the chance of hitting a stranger's code.
    #[schemars(range(min = 10, max = 1_000_000))]
    pub guess_budget: u32,
    /// How many undecided codes may exist at once; a new request beyond is refused until some expire. About 600
    /// bytes of memory each.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub max_pending: u32,
    /// What this flow's policy has beyond `[policy]`: a profile of its own, and tables like those of `[policy]`, such as
    /// `[device_authorization.policy.short_lived_codes]`.
    pub policy: Overrides,
}

impl Default for DeviceAuthorization {
    fn default() -> Self {
        Self {
            code_lifetime: 600,
            interval: 5,
            guess_budget: 1000,
            max_pending: 200_000,
            policy: Overrides::default(),
        }
    }
}
