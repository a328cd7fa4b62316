//! How often may whom do what: `[rate_limits]`?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[rate_limits]`: for each action `{ burst = N, per_minute = N }`: a bucket of `burst` tries that fills again with
/// `per_minute` tries a minute. Zero is refused; `"off"` lifts a limit, for measurements and where something in front
/// already limits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Device authorization requests of one client, all its devices together.
    pub initiate_client: RateLimit,
    /// Device authorization requests from one address (an IPv6 /64 counts as one).
    pub initiate_address: RateLimit,
    /// Wrong user codes from one address.
    pub guess_address: RateLimit,
    /// Wrong user codes in one person's session.
    pub guess_session: RateLimit,
    /// Codes opened on authorization devices from one address.
    pub present_address: RateLimit,
    /// Codes opened on authorization devices by one person.
    pub present_person: RateLimit,
    /// Polls of the token endpoint by one client, all its devices together. How often one code may be polled is its
    /// `interval`, which grows with each poll that comes too soon.
    pub poll_client: RateLimit,
    /// Polls of the token endpoint by public clients from one address.
    pub poll_address: RateLimit,
    /// Backchannel requests of one client.
    pub ask_client: RateLimit,
    /// Backchannel requests from one address.
    pub ask_address: RateLimit,
    /// Backchannel requests to one person, of all clients together.
    pub ask_person: RateLimit,
    /// Wrong user codes sent for one person in backchannel requests.
    pub user_code_person: RateLimit,
    /// Callbacks (ping and push) to one client; what is beyond waits.
    pub callback_client: RateLimit,
    /// Changes of streams, of their status and of their subjects, and verifications, by one receiver of shared signals.
    pub stream_client: RateLimit,
    /// Failed sign-ins to one account, wherever they come from.
    pub sign_in_account: RateLimit,
    /// Failed sign-ins from one address, to whichever account.
    pub sign_in_address: RateLimit,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            initiate_client: RateLimit::of(1000, 6000),
            initiate_address: RateLimit::of(60, 30),
            guess_address: RateLimit::of(20, 5),
            guess_session: RateLimit::of(5, 2),
            present_address: RateLimit::of(60, 30),
            present_person: RateLimit::of(30, 15),
            poll_client: RateLimit::of(20_000, 300_000),
            poll_address: RateLimit::of(300, 1200),
            ask_client: RateLimit::of(600, 1200),
            ask_address: RateLimit::of(2000, 6000),
            ask_person: RateLimit::of(10, 2),
            user_code_person: RateLimit::of(5, 1),
            callback_client: RateLimit::of(600, 1200),
            stream_client: RateLimit::of(1000, 1200),
            sign_in_account: RateLimit::of(10, 2),
            sign_in_address: RateLimit::of(50, 20),
        }
    }
}

impl RateLimits {
    /// Each action's key with its limit.
    pub fn each(&self) -> [(&'static str, RateLimit); 16] {
        [
            ("initiate_client", self.initiate_client),
            ("initiate_address", self.initiate_address),
            ("guess_address", self.guess_address),
            ("guess_session", self.guess_session),
            ("present_address", self.present_address),
            ("present_person", self.present_person),
            ("poll_client", self.poll_client),
            ("poll_address", self.poll_address),
            ("ask_client", self.ask_client),
            ("ask_address", self.ask_address),
            ("ask_person", self.ask_person),
            ("user_code_person", self.user_code_person),
            ("callback_client", self.callback_client),
            ("stream_client", self.stream_client),
            ("sign_in_account", self.sign_in_account),
            ("sign_in_address", self.sign_in_address),
        ]
    }
}

/// A limit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RateLimit {
    /// A bucket of tries.
    Rate(Rate),
    /// The word `off`.
    Off(Off),
}

/// A bucket of tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Tries that may come at once.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub burst: u32,
    /// Tries won back in a minute.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub per_minute: u32,
}

/// The word that lifts a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Off {
    /// No limit.
    Off,
}

impl RateLimit {
    /// A limit of `burst` tries at once and `per_minute` more each minute; both at least 1.
    pub const fn of(burst: u32, per_minute: u32) -> Self {
        Self::Rate(Rate { burst, per_minute })
    }

    /// No limit.
    pub const OFF: Self = Self::Off(Off::Off);

    /// The bucket, unless the limit is off.
    pub const fn rate(self) -> Option<Rate> {
        match self {
            Self::Rate(rate) => Some(rate),
            Self::Off(_) => None,
        }
    }
}
