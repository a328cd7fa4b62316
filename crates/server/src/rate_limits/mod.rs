//! How often has whom tried? The buckets behind BCP 6.1.11, in memory.
//!
//! What changed is written down every few seconds and at the end ([`RateLimiters::keep`]), so that a restart gives nobody
//! new tries; no request waits for that. A crash forgets the last seconds. Several nodes can share buckets through the
//! same rows, since a bucket only ever moves forward: see `tandem_store`'s `rate_buckets`. One limit is in [`limiter`], who is
//! told from whom in [`caller`].

mod caller;
mod limiter;

pub use caller::{Caller, Salt};
pub use limiter::RateLimiter;

use crate::config::{Config, RateLimit};
use tandem_core::mitigations::rate_limits::Rule;
use tandem_core::time::Timestamp;
use tandem_store::{Store, StoreError};

/// The most rows of one limiter in one transaction: a millisecond or two, between which other writes have their turn, and
/// no limiter's flood keeps out the others.
const SLICE: usize = 256;
/// The most transactions of one round; what is left waits for the next.
const SLICES: usize = 8;
/// The same at the end of the process, when there is no next round.
const LAST_SLICES: usize = 64;

/// A limiter for each limit of the configuration.
#[derive(Debug)]
pub struct RateLimiters {
    /// Device authorization requests of a client.
    pub initiate_client: RateLimiter,
    /// Device authorization requests from an address.
    pub initiate_address: RateLimiter,
    /// Wrong user codes from an address.
    pub guess_address: RateLimiter,
    /// Wrong user codes in a session.
    pub guess_session: RateLimiter,
    /// Wrong user codes of everybody together.
    pub guess_all: RateLimiter,
    /// Codes opened from an address.
    pub present_address: RateLimiter,
    /// Codes opened by a person.
    pub present_person: RateLimiter,
    /// Polls by a client.
    pub poll_client: RateLimiter,
    /// Polls from an address.
    pub poll_address: RateLimiter,
    /// Backchannel requests of a client.
    pub ask_client: RateLimiter,
    /// Backchannel requests from an address.
    pub ask_address: RateLimiter,
    /// Backchannel requests to a person.
    pub ask_person: RateLimiter,
    /// Wrong user codes sent for a person.
    pub user_code_person: RateLimiter,
    /// Callbacks to a client.
    pub callback_client: RateLimiter,
    /// Changes of streams by a receiver of shared signals.
    pub stream_client: RateLimiter,
    /// Failed sign-ins to an account.
    pub sign_in_account: RateLimiter,
    /// Failed sign-ins from an address.
    pub sign_in_address: RateLimiter,
    /// Codes sent for a person, to find out whether an address for messages is theirs.
    pub code_person: RateLimiter,
    /// Such codes sent to one number, whoever wants them.
    pub code_number: RateLimiter,
    /// Such codes wanted from an address.
    pub code_address: RateLimiter,
}

/// Messages cost money, and come to whoever has the number: these limits are no matter of taste.
const CODES: Rule = Rule::per_hour(3, 3);
/// Many people can be behind one address.
const CODES_FROM_ADDRESS: Rule = Rule::per_hour(30, 60);

impl RateLimiters {
    /// Full buckets under this configuration.
    pub fn new(config: &Config, salt: Salt) -> Self {
        let rates = &config.rate_limits;
        let device = &config.device_authorization;
        // The budget of a whole code life, as a bucket that fills again over that life.
        let per_minute = device.guess_budget.saturating_mul(60).div_ceil(device.code_lifetime.max(1));
        let budget = RateLimit::of(device.guess_budget, per_minute.max(1));
        let limiter = |name, limit| RateLimiter::new(name, limit, salt);
        Self {
            initiate_client: limiter("initiate_client", rates.initiate_client),
            initiate_address: limiter("initiate_address", rates.initiate_address),
            guess_address: limiter("guess_address", rates.guess_address),
            guess_session: limiter("guess_session", rates.guess_session),
            guess_all: limiter("guess_all", budget),
            present_address: limiter("present_address", rates.present_address),
            present_person: limiter("present_person", rates.present_person),
            poll_client: limiter("poll_client", rates.poll_client),
            poll_address: limiter("poll_address", rates.poll_address),
            ask_client: limiter("ask_client", rates.ask_client),
            ask_address: limiter("ask_address", rates.ask_address),
            ask_person: limiter("ask_person", rates.ask_person),
            user_code_person: limiter("user_code_person", rates.user_code_person),
            callback_client: limiter("callback_client", rates.callback_client),
            stream_client: limiter("stream_client", rates.stream_client),
            sign_in_account: limiter("sign_in_account", rates.sign_in_account),
            sign_in_address: limiter("sign_in_address", rates.sign_in_address),
            code_person: RateLimiter::fixed("code_person", CODES, salt),
            code_number: RateLimiter::fixed("code_number", CODES, salt),
            code_address: RateLimiter::fixed("code_address", CODES_FROM_ADDRESS, salt),
        }
    }

    const fn each(&self) -> [&RateLimiter; 20] {
        [
            &self.initiate_client,
            &self.initiate_address,
            &self.guess_address,
            &self.guess_session,
            &self.guess_all,
            &self.present_address,
            &self.present_person,
            &self.poll_client,
            &self.poll_address,
            &self.ask_client,
            &self.ask_address,
            &self.ask_person,
            &self.user_code_person,
            &self.callback_client,
            &self.stream_client,
            &self.sign_in_account,
            &self.sign_in_address,
            &self.code_person,
            &self.code_number,
            &self.code_address,
        ]
    }

    /// Fills the buckets as they were before the restart.
    pub async fn load(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        for kept in store.rate_buckets(now).await? {
            if let Some(limiter) = self.each().into_iter().find(|limiter| limiter.name() == kept.limiter) {
                limiter.restore(&kept, now);
            }
        }
        Ok(())
    }

    /// Writes down what changed. Call it every few seconds.
    pub async fn keep(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        self.keep_slices(store, now, SLICES).await
    }

    /// The same before the end.
    pub async fn keep_all(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        self.keep_slices(store, now, LAST_SLICES).await
    }

    async fn keep_slices(&self, store: &Store, now: Timestamp, slices: usize) -> Result<(), StoreError> {
        for _ in 0..slices {
            let mut changed = Vec::new();
            for limiter in self.each() {
                limiter.changed(now, changed.len() + SLICE, &mut changed);
            }
            if changed.is_empty() {
                break;
            }
            if let Err(error) = store.keep_rate_buckets(changed.clone(), now).await {
                for bucket in changed {
                    if let Some(limiter) = self.each().into_iter().find(|own| own.name() == bucket.limiter) {
                        limiter.change(bucket.key);
                    }
                }
                return Err(error);
            }
        }
        Ok(())
    }
}
