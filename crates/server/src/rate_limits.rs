//! How often has whom tried? The buckets behind BCP 6.1.11, in memory.
//!
//! What changed is written down every few seconds and at the end ([`RateLimiters::keep`]), so that a restart gives nobody
//! new tries; no request waits for that. A crash forgets the last seconds. Several nodes can share buckets through the
//! same rows, since a bucket only ever moves forward: see `tandem_store`'s `rate_buckets`.

use crate::config::{Config, RateLimit};
use crate::edge::metrics;
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tandem_core::digest::{Digest, MacKey};
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::rate_limits::{Bucket, Rule};
use tandem_core::time::Timestamp;
use tandem_store::{RateBucket, Store, StoreError};

/// Buckets kept at most for each limit; beyond it idle ones are dropped, then new callers share one bucket.
const MOST_BUCKETS: usize = 100_000;
/// How often idle ones are looked for in a limiter that has no room.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// The most rows of one limiter in one transaction: a millisecond or two, between which other writes have their turn, and
/// no limiter's flood keeps out the others.
const SLICE: usize = 256;
/// The most transactions of one round; what is left waits for the next.
const SLICES: usize = 8;
/// The same at the end of the process, when there is no next round.
const LAST_SLICES: usize = 64;
/// What is full again by the time of the next round need not be written.
const ROUND: Duration = Duration::from_secs(5);

/// Keeps callers' digests apart from those of other installations: the rows of one tell nothing about another.
#[derive(Clone, Copy)]
pub struct Salt([u8; 16]);

impl Salt {
    /// Made of a key of the server.
    pub fn of(key: &MacKey) -> Self {
        Self(key.mac("tandem rate limits", &[]).as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(..)")
    }
}

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
}

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
        }
    }

    const fn each(&self) -> [&RateLimiter; 17] {
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
        ]
    }

    /// Fills the buckets as they were before the restart.
    pub async fn load(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        for kept in store.rate_buckets(now).await? {
            if let Some(limiter) = self.each().into_iter().find(|limiter| *limiter.name == *kept.limiter) {
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
                    if let Some(limiter) = self.each().into_iter().find(|own| *own.name == *bucket.limiter) {
                        limiter.change(bucket.key);
                    }
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

/// One limit, over all callers it tells apart.
#[derive(Debug)]
pub struct RateLimiter {
    name: &'static str,
    rule: Option<Rule>,
    salt: Salt,
    buckets: Mutex<Buckets>,
}

#[derive(Debug, Default)]
struct Buckets {
    of: HashMap<u64, Slot>,
    /// Whose bucket is not on disk as it is, each once.
    changed: Vec<u64>,
    tidied_at: Timestamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    bucket: Bucket,
    kept: Kept,
}

/// Whether a bucket is on disk as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kept {
    /// It is, or says nothing.
    #[default]
    Yes,
    /// It is listed to be written.
    No,
}

impl RateLimiter {
    /// The limit that the configuration sets.
    pub fn new(name: &'static str, limit: RateLimit, salt: Salt) -> Self {
        let rule = limit.rate().map(|rate| Rule { burst: rate.burst, per_minute: rate.per_minute });
        Self { name, rule, salt, buckets: Mutex::default() }
    }

    /// Takes one try of this caller.
    pub fn take(&self, caller: &Caller<'_>, now: Timestamp) -> Attempt {
        let Some(rule) = self.rule else { return Attempt::Within };
        let key = caller.key(self.salt);
        let outcome = self.lock().take(key, rule, now);
        self.count(outcome)
    }

    /// Whether this caller has a try left, without taking it: for limits that only count failures.
    pub fn peek(&self, caller: &Caller<'_>, now: Timestamp) -> Attempt {
        let Some(rule) = self.rule else { return Attempt::Within };
        let key = caller.key(self.salt);
        let mut buckets = self.lock();
        let key = buckets.key_with_room(key, now);
        let bucket = buckets.of.get(&key).map(|slot| slot.bucket).unwrap_or_default();
        drop(buckets);
        self.count(bucket.take(rule, now).1)
    }

    fn count(&self, outcome: Attempt) -> Attempt {
        if outcome != Attempt::Within {
            metrics::rate_limited(self.name);
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restore(&self, kept: &RateBucket, now: Timestamp) {
        let Some(rule) = self.rule else { return };
        let mut buckets = self.lock();
        if buckets.of.len() < MOST_BUCKETS {
            let bucket = Bucket::restored(kept.full_at, rule, now);
            buckets.of.insert(kept.key, Slot { bucket, kept: Kept::Yes });
        }
    }

    /// Adds what changed and will matter for a while to the list, until that has `most` rows.
    fn changed(&self, now: Timestamp, most: usize, list: &mut Vec<RateBucket>) {
        let next_round = now.plus(ROUND);
        let mut buckets = self.lock();
        while list.len() < most
            && let Some(key) = buckets.changed.pop()
        {
            let Some(slot) = buckets.of.get_mut(&key) else { continue };
            slot.kept = Kept::Yes;
            if !slot.bucket.is_idle(next_round) {
                let full_at = slot.bucket.idle_at();
                list.push(RateBucket { limiter: Cow::Borrowed(self.name), key, full_at });
            }
        }
    }

    /// Lists a bucket again that could not be written.
    fn change(&self, key: u64) {
        self.lock().change(key);
    }
}

impl Buckets {
    fn take(&mut self, key: u64, rule: Rule, now: Timestamp) -> Attempt {
        let key = self.key_with_room(key, now);
        let slot = self.of.entry(key).or_default();
        let (next, outcome) = slot.bucket.take(rule, now);
        if next != slot.bucket {
            slot.bucket = next;
            self.change(key);
        }
        outcome
    }

    fn change(&mut self, key: u64) {
        if let Some(slot) = self.of.get_mut(&key).filter(|slot| slot.kept == Kept::Yes) {
            slot.kept = Kept::No;
            self.changed.push(key);
        }
    }

    /// The key, or that of the bucket which those share for whom there is no room.
    fn key_with_room(&mut self, key: u64, now: Timestamp) -> u64 {
        if self.of.len() < MOST_BUCKETS || self.of.contains_key(&key) {
            return key;
        }
        // Not for every caller of a flood.
        if now >= self.tidied_at.plus(TIDY_EVERY) {
            self.tidied_at = now;
            self.of.retain(|_, slot| !slot.bucket.is_idle(now));
            self.changed.retain(|key| self.of.contains_key(key));
        }
        if self.of.len() < MOST_BUCKETS { key } else { 0 }
    }
}

/// Who tries.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// A client, an account, a session: by name.
    Name(&'a str),
    /// An address; of IPv6 the /64, since one household has at least that.
    Address(IpAddr),
    /// Everybody together.
    All,
}

impl Caller<'_> {
    fn key(&self, salt: Salt) -> u64 {
        match self {
            Self::Name(name) => key(salt, b'n', name.as_bytes()),
            Self::Address(IpAddr::V4(address)) => key(salt, b'4', &address.octets()),
            Self::Address(IpAddr::V6(address)) => {
                key(salt, b'6', address.octets().get(..8).unwrap_or_default())
            }
            Self::All => key(salt, b'a', &[]),
        }
    }
}

/// The digest of a caller: of one block, so that it costs as little as may be.
fn key(salt: Salt, kind: u8, name: &[u8]) -> u64 {
    const BLOCK: usize = 55;
    let long;
    let (kind, name) = if name.len() > BLOCK - 18 {
        long = Digest::of(name);
        (kind.to_ascii_uppercase(), long.as_bytes().as_slice())
    } else {
        (kind, name)
    };
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    let mut block = [0; BLOCK];
    let parts = salt.0.iter().chain([&kind, &length]).chain(name);
    block.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(Digest::of(&block).as_bytes().first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = Salt([7; 16]);

    fn limiter(limit: RateLimit) -> RateLimiter {
        RateLimiter::new("test", limit, SALT)
    }

    fn changed(limiter: &RateLimiter, now: Timestamp) -> Vec<RateBucket> {
        let mut list = Vec::new();
        limiter.changed(now, SLICE, &mut list);
        list
    }

    #[test]
    fn callers_have_buckets_of_their_own_and_a_v6_household_has_one() {
        let limiter = limiter(RateLimit::of(1, 1));
        let now = Timestamp::from_secs(1000);
        let address = |text: &str| Caller::Address(text.parse().unwrap());
        assert_eq!(limiter.take(&address("192.0.2.1"), now), Attempt::Within);
        assert_eq!(limiter.take(&address("192.0.2.2"), now), Attempt::Within);
        assert_ne!(limiter.take(&address("192.0.2.1"), now), Attempt::Within);
        assert_eq!(limiter.take(&address("2001:db8::1"), now), Attempt::Within);
        assert_ne!(limiter.peek(&address("2001:db8::ffff"), now), Attempt::Within);
        assert_eq!(limiter.peek(&address("2001:db8:0:1::1"), now), Attempt::Within);
    }

    #[test]
    fn off_lets_everybody_pass() {
        let limiter = limiter(RateLimit::OFF);
        for _ in 0..1000 {
            assert_eq!(limiter.take(&Caller::All, Timestamp::from_secs(1)), Attempt::Within);
        }
    }

    #[test]
    fn names_have_keys_of_their_own_however_long_they_are() {
        let long = "x".repeat(37);
        let longer = "x".repeat(300);
        let names = ["", "a", "b", "a\0", &long, &longer, &longer[..299]];
        let mut keys: Vec<_> = names.iter().map(|name| Caller::Name(name).key(SALT)).collect();
        keys.push(Caller::All.key(SALT));
        keys.push(Caller::Name("a").key(Salt([8; 16])));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), names.len() + 2);
    }

    #[test]
    fn what_changed_is_told_once_and_comes_back() {
        let limiter = limiter(RateLimit::of(3, 1));
        let now = Timestamp::from_secs(1_000_000);
        for _ in 0..3 {
            assert_eq!(limiter.take(&Caller::Name("tv"), now), Attempt::Within);
        }
        assert_eq!(limiter.peek(&Caller::Name("nobody"), now), Attempt::Within);
        let told = changed(&limiter, now);
        assert_eq!(told.len(), 1, "one bucket, looking at another changes nothing: {told:?}");
        assert_eq!(told[0].full_at, now.plus(Duration::from_mins(3)));
        assert!(changed(&limiter, now).is_empty());
        let restarted = RateLimiter::new("test", RateLimit::of(3, 1), SALT);
        restarted.restore(&told[0], now);
        assert_ne!(restarted.take(&Caller::Name("tv"), now), Attempt::Within);
        assert!(changed(&restarted, now).is_empty(), "what is on disk need not be written");
        limiter.change(told[0].key);
        assert_eq!(changed(&limiter, now), told, "what could not be written is told again");
    }

    #[test]
    fn what_fills_again_at_once_is_not_written() {
        let limiter = limiter(RateLimit::of(1000, 6000));
        let now = Timestamp::from_secs(1_000_000);
        limiter.take(&Caller::Name("tv"), now);
        assert!(changed(&limiter, now).is_empty());
    }

    #[test]
    fn a_flood_of_callers_takes_bounded_room_and_shares_one_bucket_beyond() {
        let limiter = limiter(RateLimit::of(1, 1));
        let now = Timestamp::from_secs(1_000_000);
        let address = |n: usize| Caller::Address(IpAddr::from(u32::try_from(n).unwrap().to_be_bytes()));
        for n in 0..MOST_BUCKETS + 10 {
            let _ = limiter.take(&address(n), now);
        }
        assert_eq!(limiter.lock().of.len(), MOST_BUCKETS + 1, "all callers without room have one bucket");
        assert_ne!(limiter.take(&address(MOST_BUCKETS + 20), now), Attempt::Within);
        let later = now.plus(Duration::from_mins(2));
        assert_eq!(limiter.take(&address(MOST_BUCKETS + 20), later), Attempt::Within, "idle ones made room");
        assert_eq!(limiter.lock().of.len(), 1);
    }
}
