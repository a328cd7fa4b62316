//! Which receivers are still to hear of what? Streams, their subjects, and the outbox of Security Event Tokens.
//!
//! What is told is written in the transaction of what happened ([`enqueue`]), so that there is one exactly if there is the
//! other; a token stays until its receiver acknowledged it, and does not come back then.

mod deliveries;
mod enqueue;
mod overflow;
mod status;
mod streams;
mod subjects;

pub use deliveries::{Delivered, Deliveries, SetKind};
pub use enqueue::{VerificationAsked, Verified, enqueue};
pub use overflow::Dropped;
pub use status::Restatus;
pub use streams::{NewStream, Stream, delete_of};
pub use subjects::Addition;
