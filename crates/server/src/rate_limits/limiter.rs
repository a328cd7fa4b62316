//! Has this caller a try left? One limit, with a bucket for each caller it tells apart.

use super::{Caller, Salt};
use crate::config::RateLimit;
use crate::edge::metrics;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::rate_limits::{Bucket, Rule};
use tandem_core::time::Timestamp;
use tandem_store::RateBucket;

/// Buckets kept at most for each limit; beyond it idle ones are dropped, then new callers share one bucket.
const MOST_BUCKETS: usize = 100_000;
/// How often idle ones are looked for in a limiter that has no room.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// What is full again by the time of the next round need not be written.
const ROUND: Duration = Duration::from_secs(5);

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
        let rule = limit.rate().map(|rate| Rule::per_minute(rate.burst, rate.per_minute));
        Self { name, rule, salt, buckets: Mutex::default() }
    }

    /// A limit that no configuration lifts.
    pub fn fixed(name: &'static str, rule: Rule, salt: Salt) -> Self {
        Self { name, rule: Some(rule), salt, buckets: Mutex::default() }
    }

    /// The limit's name, in the rows of its buckets too.
    pub(super) const fn name(&self) -> &'static str {
        self.name
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

    /// Takes over a bucket as it was kept.
    pub(super) fn restore(&self, kept: &RateBucket, now: Timestamp) {
        let Some(rule) = self.rule else { return };
        let mut buckets = self.lock();
        if buckets.of.len() < MOST_BUCKETS {
            let bucket = Bucket::restored(kept.full_at, rule, now);
            buckets.of.insert(kept.key, Slot { bucket, kept: Kept::Yes });
        }
    }

    /// Adds what changed and will matter for a while to the list, until that has `most` rows.
    pub(super) fn changed(&self, now: Timestamp, most: usize, list: &mut Vec<RateBucket>) {
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
    pub(super) fn change(&self, key: u64) {
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

#[cfg(test)]
mod tests {
    use super::super::caller::SALT;
    use super::*;
    use std::net::IpAddr;

    fn limiter(limit: RateLimit) -> RateLimiter {
        RateLimiter::new("test", limit, SALT)
    }

    fn changed(limiter: &RateLimiter, now: Timestamp) -> Vec<RateBucket> {
        let mut list = Vec::new();
        limiter.changed(now, 256, &mut list);
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
