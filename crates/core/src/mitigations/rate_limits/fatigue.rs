//! Has this person been asked enough? (exploit B9, consent request overload)

use super::Settings;
use crate::crossing::{Crossing, DenialReason};
use crate::mitigations::Reason;
use crate::time::Timestamp;
use std::time::Duration;

/// What a person has been asked lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fatigue {
    /// How many requests wait for their answer, of all clients.
    pub open: u16,
    /// How often they said no to this client.
    pub denials: u16,
    /// When they last did.
    pub last_denial: Option<Timestamp>,
    /// When they last said of a request of this client that they did not start it.
    pub last_report: Option<Timestamp>,
}

impl Fatigue {
    /// What the person's crossings tell about this client.
    pub fn of<'c>(
        crossings: impl IntoIterator<Item = &'c Crossing>,
        client_id: &str,
        now: Timestamp,
    ) -> Self {
        let mut told = Self::default();
        for crossing in crossings {
            match crossing {
                Crossing::Pending(pending) if !pending.is_over(now) => {
                    told.open = told.open.saturating_add(1);
                }
                Crossing::Denied(denied) if *denied.request.client_id == *client_id => {
                    told.denials = told.denials.saturating_add(1);
                    told.last_denial = told.last_denial.max(Some(denied.denial.at));
                    if denied.denial.reason == DenialReason::Reported {
                        told.last_report = told.last_report.max(Some(denied.denial.at));
                    }
                }
                _ => {}
            }
        }
        told
    }

    pub(super) fn refusal(self, settings: &Settings, now: Timestamp) -> Option<Reason> {
        let doublings = u32::from(self.denials.saturating_sub(1)).min(16);
        let longest = Duration::from_secs(settings.longest_cool_down.into());
        let wait = Duration::from_secs(settings.cool_down.into()).saturating_mul(1 << doublings).min(longest);
        let until = |at: Option<Timestamp>, wait| at.map(|at: Timestamp| at.plus(wait));
        let until = until(self.last_denial, wait).max(until(self.last_report, longest));
        match until {
            Some(until) if now < until => Some(Reason::CoolingDown { retry_after: until.since(now) }),
            _ if self.open >= settings.open_requests => Some(Reason::TooManyOpen),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(10_000 + secs)
    }

    fn refusal(fatigue: Fatigue, secs: u64) -> Option<Reason> {
        fatigue.refusal(&Settings::baseline(), at(secs))
    }

    #[test]
    fn each_no_keeps_the_client_quiet_for_longer() {
        for (denials, wait) in [(1, 60), (2, 120), (3, 240), (4, 480), (5, 600), (40, 600)] {
            let denied = Fatigue { denials, last_denial: Some(at(0)), ..Fatigue::default() };
            let cooling = Reason::CoolingDown { retry_after: Duration::from_secs(1) };
            assert_eq!(refusal(denied, wait - 1), Some(cooling), "{denials}");
            assert_eq!(refusal(denied, wait), None, "{denials}");
        }
    }

    #[test]
    fn a_report_counts_in_full_at_once() {
        let reported =
            Fatigue { denials: 1, last_denial: Some(at(0)), last_report: Some(at(0)), ..Fatigue::default() };
        assert!(refusal(reported, 599).is_some());
        assert_eq!(refusal(reported, 600), None);
    }

    #[test]
    fn few_requests_may_be_open() {
        assert_eq!(refusal(Fatigue { open: 2, ..Fatigue::default() }, 0), None);
        assert_eq!(refusal(Fatigue { open: 3, ..Fatigue::default() }, 0), Some(Reason::TooManyOpen));
    }
}
