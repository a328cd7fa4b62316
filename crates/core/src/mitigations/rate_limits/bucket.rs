//! How many tries are left? A bucket that fills again.

use crate::mitigations::facts::Attempt;
use crate::time::Timestamp;
use std::time::Duration;

/// A limit: `burst` at once, then `per_minute` a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// How many at once: at least 1.
    pub burst: u32,
    /// How many a minute in the long run: at least 1.
    pub per_minute: u32,
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
        let each = 60_000_000 / u64::from(rule.per_minute.max(1));
        let room = each.saturating_mul(u64::from(rule.burst.max(1)));
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let rule = Rule { burst: 3, per_minute: 6 };
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
    fn a_refused_try_costs_nothing() {
        let rule = Rule { burst: 1, per_minute: 1 };
        let now = Timestamp::from_secs(5);
        let (bucket, _) = Bucket::default().take(rule, now);
        assert_eq!(bucket.take(rule, now).0, bucket);
    }
}
