//! What does a poll meet? (RFC 8628 sections 3.4 and 3.5)

use super::refusal::Refusal;
use crate::crossing::{self, Crossing, PollRefusal, Room};
use crate::time::Timestamp;

/// A poll's outcome in this room.
pub type Polled = crossing::Polled<Refusal>;

/// A client that proved who it is polls. [`crossing::poll`] has the order of the checks.
pub fn poll(crossing: Crossing, client_id: &str, now: Timestamp) -> Polled {
    crossing::poll(crossing, Room::DeviceAuthorization, client_id, now).told()
}

impl From<PollRefusal> for Refusal {
    fn from(refusal: PollRefusal) -> Self {
        match refusal {
            PollRefusal::IssuedToAnotherClient => Self::IssuedToAnotherClient,
            PollRefusal::OfAnotherRoom => Self::CodeUnknown,
            PollRefusal::AlreadyRedeemed => Self::AlreadyRedeemed,
            PollRefusal::TooSoon => Self::PolledTooSoon,
            PollRefusal::Expired => Self::CodeExpired,
            PollRefusal::Denied => Self::Denied,
            PollRefusal::Pending => Self::Pending,
        }
    }
}
