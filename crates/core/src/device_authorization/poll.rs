//! What does a poll meet? (RFC 8628 sections 3.4 and 3.5)

use super::refusal::Refusal;
use crate::crossing::{Approved, Crossing, Event, Pace};
use crate::time::Timestamp;

/// A poll's outcome: the crossing with its new pace, and what to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// The crossing after the poll.
    pub next: Crossing,
    /// What the journal should keep of it, if anything: a raised interval outlives a restart.
    pub event: Option<Event>,
    /// The answer: collect, or the reason why not yet or never.
    pub answer: Result<Approved, Refusal>,
}

/// A client that proved who it is polls. The order of the checks: the code is this client's, not yet redeemed,
/// polled in time, not expired, not denied, answered at all.
pub fn poll(crossing: Crossing, client_id: &str, now: Timestamp) -> Polled {
    if **crossing.client_id() != *client_id {
        return Polled { next: crossing, event: None, answer: Err(Refusal::IssuedToAnotherClient) };
    }
    let Some(polling) = crossing.polling() else {
        return Polled { next: crossing, event: None, answer: Err(Refusal::AlreadyRedeemed) };
    };
    let (polling, pace) = polling.poll(now);
    let life = crossing.expires_at().since(now);
    let next = crossing.with_polling(polling);
    if pace == Pace::TooSoon {
        // Past the code's life a longer interval changes nothing, so a flood of polls cannot fill the journal.
        let seconds = u16::try_from(polling.interval().as_secs()).unwrap_or(u16::MAX);
        let event = (polling.interval() <= life).then_some(Event::SlowedDown(seconds));
        return Polled { next, event, answer: Err(Refusal::PolledTooSoon) };
    }
    let answer = if now >= next.expires_at() {
        Err(Refusal::CodeExpired)
    } else {
        match &next {
            Crossing::Denied(_) => Err(Refusal::Denied),
            Crossing::Pending(_) => Err(Refusal::Pending),
            Crossing::Approved(approved) => Ok(approved.clone()),
            Crossing::Redeemed(_) => Err(Refusal::AlreadyRedeemed),
        }
    };
    Polled { next, event: None, answer }
}
