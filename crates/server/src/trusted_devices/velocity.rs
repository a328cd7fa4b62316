//! Does one device ask more often than a device can? (BCP 6.1.7: velocity checks)

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::rate_limits::{Bucket, Rule};
use tandem_core::time::Timestamp;

/// Devices watched at most; beyond it idle ones are dropped, then all others count as one.
const MOST_DEVICES: usize = 100_000;

/// How often each known device asked lately. A restart forgets it: the limits of clients and addresses hold on.
#[derive(Debug, Default)]
pub struct Velocity(Mutex<HashMap<Digest, Bucket>>);

impl Velocity {
    /// Takes one try of this device of this client, which has `per_minute` of them. 0 is no limit.
    pub fn take(&self, client_id: &str, device: &str, per_minute: u32, now: Timestamp) -> Attempt {
        if per_minute == 0 {
            return Attempt::Within;
        }
        let rule = Rule::per_minute(per_minute, per_minute);
        let client = Digest::of(client_id.as_bytes());
        let mut key = Digest::of(&[client.as_bytes().as_slice(), device.as_bytes()].concat());
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_DEVICES && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| !bucket.is_idle(now));
            if buckets.len() >= MOST_DEVICES {
                key = Digest::from_bytes([0; 32]);
            }
        }
        let bucket = buckets.entry(key).or_default();
        let (next, outcome) = bucket.take(rule, now);
        *bucket = next;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_has_its_own_pace() {
        let velocity = Velocity::default();
        let now = Timestamp::from_secs(1000);
        for _ in 0..3 {
            assert_eq!(velocity.take("tv", "one", 3, now), Attempt::Within);
        }
        assert_ne!(velocity.take("tv", "one", 3, now), Attempt::Within);
        assert_eq!(velocity.take("tv", "two", 3, now), Attempt::Within);
        assert_eq!(velocity.take("kiosk", "one", 3, now), Attempt::Within);
        assert_eq!(
            velocity.take("tv", "one", 3, Timestamp::from_secs(1020)),
            Attempt::Within,
            "a third won back"
        );
        assert!((0..100).all(|_| velocity.take("tv", "one", 0, now) == Attempt::Within), "no limit");
    }
}
