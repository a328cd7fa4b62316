//! What do these tests share? The time, and a forger.

pub use crate::forger::{Forger, b64, signing_key, spoil_signature, with};

use tandem_core::time::Timestamp;

pub const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
