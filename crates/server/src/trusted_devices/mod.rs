//! Which consumption device calls, and may it? (BCP 6.1.7)
//!
//! A device that was registered in advance, or that an attester vouches for, proves its key when it asks ([`identify`])
//! and again when it collects and refreshes ([`same_instance`]). It may do so in four ways, the most explicit first: an
//! assertion signed by its key (`tandem_device_assertion`), an attestation with its proof, a DPoP proof, or the
//! certificate of its connection. Revoking it ends what it began ([`stop_crossings`]) and what it was granted.

mod attestation;
mod attesters;
mod identify;
mod revoke;
mod velocity;

pub use attestation::{Replay, attested, subject};
pub use attesters::attesters;
pub use identify::{identify, same_instance};
pub use revoke::stop_crossings;
pub use velocity::Velocity;
