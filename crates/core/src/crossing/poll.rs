//! What does a poll meet? (RFC 8628 sections 3.4 and 3.5, CIBA Core sections 10.1 and 11)

use super::journal::Event;
use super::polling::Pace;
use super::request::Room;
use super::state::{Approved, Crossing};
use crate::time::Timestamp;

/// A poll's outcome: the crossing with its new pace, and what to answer in the words of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled<R> {
    /// The crossing after the poll.
    pub next: Crossing,
    /// What the journal should keep of it, if anything: a raised interval outlives a restart.
    pub event: Option<Event>,
    /// The answer: collect, or the reason why not yet or never.
    pub answer: Result<Approved, R>,
}

/// Why a poll collects nothing. Each room has its own words for these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollRefusal {
    /// Another client's.
    IssuedToAnotherClient,
    /// The secret belongs to another flow, whose rules this poll would walk around.
    OfAnotherRoom,
    /// Collected before.
    AlreadyRedeemed,
    /// Polled before the interval was over.
    TooSoon,
    /// Its time is over.
    Expired,
    /// The person said no.
    Denied,
    /// Nobody answered yet.
    Pending,
}

/// A client that proved who it is polls in this room. The order of the checks: the crossing is this client's and this
/// room's, not yet redeemed, polled in time, not expired, not denied, answered at all.
pub fn poll(crossing: Crossing, room: Room, client_id: &str, now: Timestamp) -> Polled<PollRefusal> {
    if let Err(refusal) = belongs(&crossing, room, client_id) {
        return Polled { next: crossing, event: None, answer: Err(refusal) };
    }
    let Some(polling) = crossing.polling() else {
        return Polled { next: crossing, event: None, answer: Err(PollRefusal::AlreadyRedeemed) };
    };
    let (polling, pace) = polling.poll(now);
    let life = crossing.expires_at().since(now);
    let next = crossing.with_polling(polling);
    if pace == Pace::TooSoon {
        // Past the code's life a longer interval changes nothing, so a flood of polls cannot fill the journal.
        let seconds = u16::try_from(polling.interval().as_secs()).unwrap_or(u16::MAX);
        let event = (polling.interval() <= life).then_some(Event::SlowedDown(seconds));
        return Polled { next, event, answer: Err(PollRefusal::TooSoon) };
    }
    let answer = outcome(&next, now);
    Polled { next, event: None, answer }
}

/// A poll that was held open looks again. It was counted when it came, so the pace stays as it is.
pub fn resume(crossing: Crossing, room: Room, client_id: &str, now: Timestamp) -> Polled<PollRefusal> {
    let answer = belongs(&crossing, room, client_id).and_then(|()| outcome(&crossing, now));
    Polled { next: crossing, event: None, answer }
}

impl Polled<PollRefusal> {
    /// The same in a room's words.
    pub fn told<R: From<PollRefusal>>(self) -> Polled<R> {
        Polled { next: self.next, event: self.event, answer: self.answer.map_err(R::from) }
    }
}

fn belongs(crossing: &Crossing, room: Room, client_id: &str) -> Result<(), PollRefusal> {
    if **crossing.client_id() != *client_id {
        return Err(PollRefusal::IssuedToAnotherClient);
    }
    // A redeemed crossing has forgotten its room, and has nothing left to give.
    match crossing.request() {
        Some(request) if request.room != room => Err(PollRefusal::OfAnotherRoom),
        _ => Ok(()),
    }
}

fn outcome(crossing: &Crossing, now: Timestamp) -> Result<Approved, PollRefusal> {
    match crossing {
        Crossing::Redeemed(_) => Err(PollRefusal::AlreadyRedeemed),
        _ if now >= crossing.expires_at() => Err(PollRefusal::Expired),
        Crossing::Denied(_) => Err(PollRefusal::Denied),
        // Nobody opened it while they could: nobody ever will.
        Crossing::Pending(pending) if pending.is_unopened(now) => Err(PollRefusal::Expired),
        Crossing::Pending(_) => Err(PollRefusal::Pending),
        Crossing::Approved(approved) => Ok(approved.clone()),
    }
}
