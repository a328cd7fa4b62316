//! Does this client ask too often? (RFC 8628 section 3.5; CIBA Core section 11 uses the same rule.)

use crate::time::Timestamp;
use std::time::Duration;

/// By how much `slow_down` raises the interval, for this and all later polls.
pub const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);

/// How much earlier than the interval a poll may arrive: clocks and networks jitter.
const JITTER: Duration = Duration::from_millis(100);

/// The pace that one client must keep with one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    interval_secs: u16,
    last: Option<Timestamp>,
}

/// What a poll met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The client waited long enough.
    InTime,
    /// The client came too soon; the interval has grown.
    TooSoon,
}

impl Polling {
    /// Nobody has polled yet; the first poll may come at once.
    pub fn new(interval: Duration) -> Self {
        Self { interval_secs: u16::try_from(interval.as_secs()).unwrap_or(u16::MAX), last: None }
    }

    /// The interval in force.
    pub const fn interval(self) -> Duration {
        Duration::from_secs(self.interval_secs as u64)
    }

    /// A poll arrives at `now`.
    #[must_use]
    pub fn poll(self, now: Timestamp) -> (Self, Pace) {
        let too_soon = self.last.is_some_and(|last| now.since(last) + JITTER < self.interval());
        if too_soon {
            let interval = self.interval() + SLOW_DOWN_STEP;
            (Self { last: Some(now), ..Self::new(interval) }, Pace::TooSoon)
        } else {
            (Self { last: Some(now), ..self }, Pace::InTime)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(1000 + secs)
    }

    #[test]
    fn the_first_poll_may_come_at_once_and_the_interval_holds() {
        let (polling, pace) = Polling::new(Duration::from_secs(5)).poll(at(0));
        assert_eq!(pace, Pace::InTime);
        let (polling, pace) = polling.poll(at(5));
        assert_eq!(pace, Pace::InTime);
        assert_eq!(polling.interval(), Duration::from_secs(5));
    }

    #[test]
    fn slow_down_raises_the_interval_by_five_seconds_for_good() {
        let (polling, _) = Polling::new(Duration::from_secs(5)).poll(at(0));
        let (polling, pace) = polling.poll(at(4));
        assert_eq!((pace, polling.interval().as_secs()), (Pace::TooSoon, 10));
        let (polling, pace) = polling.poll(at(13));
        assert_eq!(
            (pace, polling.interval().as_secs()),
            (Pace::TooSoon, 15),
            "nine seconds are too soon now"
        );
        let (polling, pace) = polling.poll(at(28));
        assert_eq!((pace, polling.interval().as_secs()), (Pace::InTime, 15), "and it stays");
    }

    #[test]
    fn a_clock_that_goes_back_only_slows_the_client() {
        let (polling, _) = Polling::new(Duration::from_secs(5)).poll(at(100));
        assert_eq!(polling.poll(at(10)).1, Pace::TooSoon);
    }
}
