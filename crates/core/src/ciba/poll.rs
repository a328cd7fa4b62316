//! What does a poll meet? (CIBA Core sections 10.1 and 11)

use super::refusal::Refusal;
use crate::crossing::{self, Crossing, DeliveryMode, Room};
use crate::oauth::client::{Client, GrantType};
use crate::time::Timestamp;
use std::time::Duration;

/// Who made the interval grow beyond this does not listen to `slow_down`, and is told to stop (section 11).
pub const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// A poll's outcome in this room. A request that waits for its answer is [`Refusal::Pending`]; the only trace of such a
/// poll is the pace in `next`, so that its caller may hold it open and look again with [`resume`].
pub type Polled = crossing::Polled<Refusal>;

/// Whether this client may poll at all: to be asked before anything is looked up.
pub fn may_poll(client: &Client) -> Result<(), Refusal> {
    match client.backchannel_token_delivery_mode {
        Some(DeliveryMode::Push) => Err(Refusal::DeliveredByPush),
        Some(DeliveryMode::Poll | DeliveryMode::Ping) if client.may_use(GrantType::Ciba) => Ok(()),
        _ => Err(Refusal::GrantNotAllowed),
    }
}

/// A client that proved who it is polls. [`crossing::poll`] has the order of the checks.
pub fn poll(crossing: Crossing, client: &Client, now: Timestamp) -> Polled {
    if let Err(refusal) = may_collect(&crossing, client) {
        return Polled { next: crossing, event: None, answer: Err(refusal) };
    }
    let mut polled: Polled = crossing::poll(crossing, Room::Ciba, &client.client_id, now).told();
    let interval = polled.next.polling().map(crossing::Polling::interval);
    if polled.answer == Err(Refusal::PolledTooSoon) && interval.is_some_and(|one| one > LONGEST_INTERVAL) {
        polled.answer = Err(Refusal::PollsTooOften);
    }
    polled
}

/// A poll that was held open looks again: the same without a new pace.
pub fn resume(crossing: Crossing, client: &Client, now: Timestamp) -> Polled {
    match may_collect(&crossing, client) {
        Err(refusal) => Polled { next: crossing, event: None, answer: Err(refusal) },
        Ok(()) => crossing::resume(crossing, Room::Ciba, &client.client_id, now).told(),
    }
}

/// A request that is pushed stays so, whatever its client registered since.
fn may_collect(crossing: &Crossing, client: &Client) -> Result<(), Refusal> {
    may_poll(client)?;
    let own = *crossing.client_id() == client.client_id;
    let backchannel = crossing.request().and_then(|request| request.backchannel.as_ref());
    match backchannel {
        Some(backchannel) if own && backchannel.delivery == DeliveryMode::Push => {
            Err(Refusal::DeliveredByPush)
        }
        _ => Ok(()),
    }
}
