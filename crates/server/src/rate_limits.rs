//! How often has whom tried? The buckets behind BCP 6.1.11, in memory.
//!
//! A restart forgets them, which costs an attacker nothing but the time of the restart.

use crate::config::RateLimit;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::rate_limits::{Bucket, Rule};
use tandem_core::time::Timestamp;

/// Buckets kept at most for each limit; beyond it idle ones are dropped, then new callers share one bucket.
const MOST_BUCKETS: usize = 100_000;

/// One limit, over all callers it tells apart.
#[derive(Debug)]
pub struct RateLimiter {
    rule: Option<Rule>,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

impl RateLimiter {
    /// The limit that the configuration sets.
    pub fn new(limit: RateLimit) -> Self {
        let rule = limit.rate().map(|rate| Rule { burst: rate.burst, per_minute: rate.per_minute });
        Self { rule, buckets: Mutex::default() }
    }

    /// Takes one try of this caller.
    pub fn take(&self, caller: &Caller<'_>, now: Timestamp) -> Attempt {
        self.with_bucket(caller, now, |bucket, rule| {
            let (next, outcome) = bucket.take(rule, now);
            *bucket = next;
            outcome
        })
    }

    /// Whether this caller has a try left, without taking it: for limits that only count failures.
    pub fn peek(&self, caller: &Caller<'_>, now: Timestamp) -> Attempt {
        self.with_bucket(caller, now, |bucket, rule| bucket.take(rule, now).1)
    }

    fn with_bucket(
        &self,
        caller: &Caller<'_>,
        now: Timestamp,
        act: impl FnOnce(&mut Bucket, Rule) -> Attempt,
    ) -> Attempt {
        let Some(rule) = self.rule else { return Attempt::Within };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = caller.key();
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| !bucket.is_idle(now));
            if buckets.len() >= MOST_BUCKETS {
                key = 0;
            }
        }
        act(buckets.entry(key).or_default(), rule)
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
    fn key(&self) -> u64 {
        let digest = match self {
            Self::Name(name) => Digest::of(name.as_bytes()),
            Self::Address(IpAddr::V4(address)) => Digest::of(&address.octets()),
            Self::Address(IpAddr::V6(address)) => Digest::of(address.octets().get(..8).unwrap_or_default()),
            Self::All => Digest::of(&[]),
        };
        u64::from_be_bytes(digest.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_have_buckets_of_their_own_and_a_v6_household_has_one() {
        let limiter = RateLimiter::new(RateLimit::of(1, 1));
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
        let limiter = RateLimiter::new(RateLimit::OFF);
        for _ in 0..1000 {
            assert_eq!(limiter.take(&Caller::All, Timestamp::from_secs(1)), Attempt::Within);
        }
    }
}
