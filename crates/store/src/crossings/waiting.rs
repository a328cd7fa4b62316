//! What waited for people when the store was opened, and which of their devices know?

use super::Crossings;
use crate::Store;
use std::sync::PoisonError;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::digest::Digest;

/// A request, by the number of its first row, and the devices that took the notice of it.
pub type Left = (u64, CrossingId, Vec<Digest>);

/// A request that waited for a person when the store was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftWaiting {
    /// Where it stands now.
    pub crossing: Crossing,
    /// The devices of the person that took the notice of it before ([`tandem_core::crossing::Event::Notified`]).
    pub notified: Vec<Digest>,
}

impl Crossings {
    /// Remembers what waits.
    pub fn keep_waiting(&self, mut left: Vec<Left>) {
        left.sort_unstable_by_key(|(first_seq, ..)| *first_seq);
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

impl Store {
    /// What waited for a person when the store was opened, oldest first: their notices may have been lost. Who asks gets all
    /// of it, once; what began since is not among it.
    pub fn left_waiting(&self) -> Vec<LeftWaiting> {
        let crossings = &self.shared().crossings;
        let left = std::mem::take(&mut *crossings.left.lock().unwrap_or_else(PoisonError::into_inner));
        let now = |(_, id, notified)| Some(LeftWaiting { crossing: crossings.get(id)?, notified });
        left.into_iter().filter_map(now).collect()
    }
}
