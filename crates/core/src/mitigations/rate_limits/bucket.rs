//! How many tries are left? A bucket that fills again.

use crate::mitigations::facts::Attempt;
use crate::time::Timestamp;
use std::time::Duration;

/// A limit: `burst` at once, then so many in a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    burst: u32,
    /// Microseconds in which one try is won back.
    each: u64,
}

impl Rule {
    /// `burst` at once, then `count` a minute in the long run: both at least 1.
    pub const fn per_minute(burst: u32, count: u32) -> Self {
        Self::within(60_000_000, burst, count)
    }

    /// `burst` at once, then `count` an hour in the long run: both at least 1.
    pub const fn per_hour(burst: u32, count: u32) -> Self {
        Self::within(3_600_000_000, burst, count)
    }

    const fn within(micros: u64, burst: u32, count: u32) -> Self {
        let burst = if burst == 0 { 1 } else { burst };
        let count = if count == 0 { 1 } else { count };
        Self { burst, each: micros / count as u64 }
    }

    /// Microseconds in which all of them are.
    const fn room(self) -> u64 {
        self.each.saturating_mul(self.burst as u64)
    }
}

/// A bucket by the generic cell rate algorithm: the one moment that it remembers is when it will be empty again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    empty_at_micros: u64,
}

impl Bucket {
    /// Takes one from the bucket, if it may.
    #[must_use]
    pub fn take(self, rule: Rule, now: Timestamp) -> (Self, Attempt) {
        let now = now.as_millis().saturating_mul(1000);
        let (each, room) = (rule.each, rule.room());
        let empty_at = self.empty_at_micros.max(now).saturating_add(each);
        if empty_at - now > room {
            let wait = Duration::from_micros(empty_at - now - room);
            (self, Attempt::Exceeded { retry_after: wait })
        } else {
            (Self { empty_at_micros: empty_at }, Attempt::Within)
        }
    }

    /// Whether the bucket is as good as new, so that it need not be kept.
    pub fn is_idle(self, now: Timestamp) -> bool {
        self.empty_at_micros <= now.as_millis().saturating_mul(1000)
    }

    /// When it will be as good as new, for a record that outlives the process.
    pub const fn idle_at(self) -> Timestamp {
        Timestamp::from_millis(self.empty_at_micros.div_ceil(1000))
    }

    /// The bucket of which a record says when it will be as good as new. A rule that changed meanwhile, or a clock that
    /// was wrong, keeps nobody out for longer than a bucket that was just used up.
    #[must_use]
    pub fn restored(idle_at: Timestamp, rule: Rule, now: Timestamp) -> Self {
        let now = now.as_millis().saturating_mul(1000);
        let most = now.saturating_add(rule.room());
        Self { empty_at_micros: idle_at.as_millis().saturating_mul(1000).min(most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let rule = Rule::per_minute(3, 6);
        let start = Timestamp::from_secs(1_000_000);
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            let (next, outcome) = bucket.take(rule, start);
            assert_eq!(outcome, Attempt::Within);
            bucket = next;
        }
        let (bucket, outcome) = bucket.take(rule, start);
        assert_eq!(outcome, Attempt::Exceeded { retry_after: Duration::from_secs(10) });
        let later = start.plus(Duration::from_secs(10));
        let (bucket, outcome) = bucket.take(rule, later);
        assert_eq!(outcome, Attempt::Within, "the wait that was told is enough");
        assert!(!bucket.is_idle(later));
        assert!(bucket.is_idle(later.plus(Duration::from_secs(30))));
    }

    #[test]
    fn few_an_hour_are_few_an_hour() {
        let (rule, start) = (Rule::per_hour(3, 3), Timestamp::from_secs(1_000_000));
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            let (next, outcome) = bucket.take(rule, start);
            assert_eq!(outcome, Attempt::Within);
            bucket = next;
        }
        let wait = Duration::from_mins(20);
        assert_eq!(bucket.take(rule, start).1, Attempt::Exceeded { retry_after: wait });
        let (bucket, outcome) = bucket.take(rule, start.plus(wait));
        assert_eq!(outcome, Attempt::Within);
        assert_ne!(bucket.take(rule, start.plus(wait)).1, Attempt::Within, "one alone was won back");
        assert_eq!(Rule::per_minute(0, 0), Rule::per_minute(1, 1));
    }

    #[test]
    fn a_record_brings_the_bucket_back() {
        let rule = Rule::per_minute(2, 6);
        let now = Timestamp::from_secs(1_000_000);
        let (bucket, _) = Bucket::default().take(rule, now);
        let (bucket, _) = bucket.take(rule, now);
        assert_eq!(Bucket::restored(bucket.idle_at(), rule, now), bucket);
        assert_eq!(bucket.idle_at(), now.plus(Duration::from_secs(20)));
        // Of another rule, or from a clock that was ahead.
        let far = Bucket::restored(now.plus(Duration::from_hours(24)), rule, now);
        assert_eq!(far.take(rule, now).1, Attempt::Exceeded { retry_after: Duration::from_secs(10) });
        assert!(Bucket::restored(now, rule, now).is_idle(now));
    }

    #[test]
    fn a_refused_try_costs_nothing() {
        let rule = Rule::per_minute(1, 1);
        let now = Timestamp::from_secs(5);
        let (bucket, _) = Bucket::default().take(rule, now);
        assert_eq!(bucket.take(rule, now).0, bucket);
    }
}
