//! When does the device ask again? The polling rules of RFC 8628 section 3.5 as a state machine without a clock.

use std::time::Duration;

/// What each slow_down adds to the interval, for this and every later poll (RFC 8628 section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest pause after repeated connection failures.
const LONGEST_BACK_OFF: Duration = Duration::from_mins(2);
/// The shortest pause between two polls, whatever the server allows.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// What one poll came back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `authorization_pending`: nobody has decided yet.
    Pending,
    /// `slow_down`: pending, and asked too often.
    SlowDown,
    /// No answer: the connection failed, or the server is out of order for now.
    Unreachable {
        /// The pause that the server asked for (`Retry-After`), if it did.
        retry_after: Option<Duration>,
    },
}

/// What to do after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait this long, then poll.
    PollAfter(Duration),
    /// Wait this long, then give up: no further poll fits into the life of the code.
    GiveUpAfter(Duration),
}

/// The pace of polling: the interval in force and how often the server could not be reached in a row.
#[derive(Debug, Clone)]
pub struct Schedule {
    interval: Duration,
    failures: u32,
    deadline: Duration,
}

impl Schedule {
    /// A schedule for codes that live until `deadline`; times are measured from the moment the codes arrived.
    pub fn new(interval: Duration, deadline: Duration) -> Self {
        Self { interval: interval.max(SHORTEST_INTERVAL), failures: 0, deadline }
    }

    /// The interval in force.
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// When the codes end, measured from their arrival.
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether the latest poll got no answer.
    pub const fn unreachable(&self) -> bool {
        self.failures > 0
    }

    /// Before the first poll: one interval, as nobody types faster.
    pub fn first(&self, now: Duration) -> Next {
        self.within_life(self.interval, now)
    }

    /// After `answer` came at `now`, `held` after it was asked for: how long to wait, and whether another poll is still
    /// worth it.
    pub fn after(&mut self, answer: Answer, held: Duration, now: Duration) -> Next {
        match answer {
            Answer::Pending => {
                self.failures = 0;
                // A server that holds its answers back is asked in step with the requests, not with the answers: at
                // once, if the interval is over (long polling in CIBA).
                return self.within_life(self.interval.saturating_sub(held), now);
            }
            Answer::SlowDown => {
                self.failures = 0;
                self.interval = self.interval.saturating_add(SLOW_DOWN);
            }
            Answer::Unreachable { retry_after } => {
                self.failures = self.failures.saturating_add(1);
                return self.within_life(self.back_off().max(retry_after.unwrap_or_default()), now);
            }
        }
        self.within_life(self.interval, now)
    }

    /// Doubles with each failure in a row, never below the interval.
    fn back_off(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.interval.saturating_mul(factor).min(LONGEST_BACK_OFF.max(self.interval))
    }

    fn within_life(&self, wait: Duration, now: Duration) -> Next {
        let left = self.deadline.saturating_sub(now);
        if wait < left { Next::PollAfter(wait) } else { Next::GiveUpAfter(left) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALMOST_ENDLESS: Duration = Duration::from_secs(u64::MAX - 1);
    const NO_TIME: Duration = Duration::ZERO;
    const NO_ANSWER: Answer = Answer::Unreachable { retry_after: None };

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn schedule() -> Schedule {
        Schedule::new(secs(5), secs(600))
    }

    #[test]
    fn rfc8628_section_3_5_the_interval_is_kept_between_polls() {
        let mut schedule = schedule();
        assert_eq!(schedule.first(secs(0)), Next::PollAfter(secs(5)));
        for now in [5, 10, 15] {
            assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(now)), Next::PollAfter(secs(5)));
        }
    }

    #[test]
    fn rfc8628_section_3_5_each_slow_down_adds_five_seconds_for_good() {
        let mut schedule = schedule();
        assert_eq!(schedule.after(Answer::SlowDown, NO_TIME, secs(5)), Next::PollAfter(secs(10)));
        assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(15)), Next::PollAfter(secs(10)));
        assert_eq!(schedule.after(Answer::SlowDown, NO_TIME, secs(25)), Next::PollAfter(secs(15)));
        assert_eq!(schedule.after(NO_ANSWER, NO_TIME, secs(40)), Next::PollAfter(secs(30)));
        assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(70)), Next::PollAfter(secs(15)));
        assert_eq!(schedule.interval(), secs(15));
    }

    #[test]
    fn rfc8628_section_3_5_connection_failures_back_off_exponentially_and_recover() {
        let mut schedule = schedule();
        let waits: Vec<_> = (0..7).map(|_| schedule.after(NO_ANSWER, NO_TIME, secs(0))).collect();
        let expected = [10, 20, 40, 80, 120, 120, 120].map(|s| Next::PollAfter(secs(s)));
        assert_eq!(waits, expected);
        assert!(schedule.unreachable());
        assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(1)), Next::PollAfter(secs(5)));
        assert!(!schedule.unreachable());
        assert_eq!(schedule.after(NO_ANSWER, NO_TIME, secs(6)), Next::PollAfter(secs(10)));
    }

    #[test]
    fn a_server_that_names_its_pause_gets_it_but_never_less_than_the_back_off() {
        let mut schedule = schedule();
        let asked = |s| Answer::Unreachable { retry_after: Some(secs(s)) };
        assert_eq!(schedule.after(asked(33), NO_TIME, secs(0)), Next::PollAfter(secs(33)));
        assert_eq!(schedule.after(asked(1), NO_TIME, secs(0)), Next::PollAfter(secs(20)));
    }

    #[test]
    fn ciba_an_answer_held_back_for_the_interval_is_asked_for_again_at_once() {
        let mut schedule = schedule();
        let mut held = |s| schedule.after(Answer::Pending, secs(s), secs(60));
        assert_eq!(held(2), Next::PollAfter(secs(3)));
        assert_eq!((held(5), held(30)), (Next::PollAfter(secs(0)), Next::PollAfter(secs(0))));
        // Too often is too often, however long the answer took.
        assert_eq!(schedule.after(Answer::SlowDown, secs(30), secs(60)), Next::PollAfter(secs(10)));
        assert_eq!(schedule.after(NO_ANSWER, secs(30), secs(60)), Next::PollAfter(secs(20)));
    }

    #[test]
    fn no_poll_is_planned_past_the_life_of_the_codes() {
        let mut schedule = Schedule::new(secs(5), secs(12));
        assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(5)), Next::PollAfter(secs(5)));
        assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(10)), Next::GiveUpAfter(secs(2)));
        assert_eq!(schedule.after(Answer::Pending, NO_TIME, secs(99)), Next::GiveUpAfter(secs(0)));
        assert_eq!(Schedule::new(secs(5), secs(5)).first(secs(0)), Next::GiveUpAfter(secs(5)));
    }

    #[test]
    fn absurd_numbers_neither_hammer_nor_overflow() {
        let mut eager = Schedule::new(secs(0), secs(600));
        assert_eq!(eager.first(secs(0)), Next::PollAfter(secs(1)));
        assert_eq!(eager.after(Answer::Pending, NO_TIME, secs(1)), Next::PollAfter(secs(1)));
        let mut endless = Schedule::new(Duration::MAX, secs(u64::MAX));
        assert_eq!(endless.after(Answer::SlowDown, NO_TIME, secs(1)), Next::GiveUpAfter(ALMOST_ENDLESS));
        for _ in 0..100 {
            assert_eq!(endless.after(NO_ANSWER, NO_TIME, secs(1)), Next::GiveUpAfter(ALMOST_ENDLESS));
        }
    }
}
