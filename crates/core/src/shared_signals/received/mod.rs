//! What does somebody else's Security Event Token change here? (RFC 8417, RFC 8935, CAEP 1.0, RISC 1.0)
//!
//! A transmitter that the operator named says that something happened: [`ReceivedSet::read`] finds out whether it did say
//! so, to us and in time, and [`effects`] what follows. What follows lowers trust; only an operator's word lets a signal give
//! it back. Who is meant stands in the token by names of the transmitter's choice ([`Whom`]): whether there is anybody
//! of that name here, the store knows.

mod effect;
mod event;
mod names;
mod refusal;
mod set;

pub use effect::{Effect, EffectKind, Terms, effects};
pub use event::{Event, Principal, RiskLevel};
pub use names::{NamedDevice, PersonName, SubjectKind, Whom};
pub use refusal::{SetError, SetRefusal};
pub use set::{MAX_LEN, ReceivedSet, TrustedTransmitter};

#[cfg(test)]
mod tests;
