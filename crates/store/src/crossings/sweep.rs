//! When does a crossing leave the memory, and which journal rows does nobody need any more?

use super::{Crossings, Entry, Position, Writing};
use crate::queue::Queue;
use std::sync::atomic::Ordering::Relaxed;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::time::Timestamp;

/// What was found.
pub struct Dropped {
    /// How many crossings left the memory.
    pub crossings: u64,
    /// No living crossing has a journal row before this number.
    pub least_seq: u64,
    /// Those that nobody answered in time, and whose clients are to be told.
    pub unanswered: Vec<CrossingId>,
    /// The rows that begin crossings whose consumption device said where it was, and that are answered or over.
    pub positions: Vec<u64>,
}

impl Crossings {
    /// Drops what ended long enough ago, and whose client knows, where it must be told.
    pub fn sweep(&self, queue: &Queue, now: Timestamp) -> Dropped {
        // Whatever begins from here on has a greater number.
        let mut least_seq = queue.next_seq();
        let mut dropped = 0;
        let (mut late, mut positions, mut unanswered) = (Vec::new(), Vec::new(), Vec::new());
        for mut entries in self.entries.each() {
            let before = entries.len();
            entries.retain(|_, entry| {
                if entry.forget_position(now) {
                    positions.push(entry.first_seq);
                }
                let untold = entry.crossing.ended_untold(now);
                if untold {
                    unanswered.push(entry.crossing.id());
                }
                let over = self.is_over(entry.crossing.expires_at(), now);
                let keep = entry.writing == Writing::Yes || untold || !over;
                if keep && over {
                    late.push(entry.crossing.id());
                }
                if keep {
                    least_seq = least_seq.min(entry.first_seq);
                }
                keep
            });
            dropped += before - entries.len();
            crate::shards::shrink(&mut entries);
        }
        self.count.fetch_sub(dropped, Relaxed);
        for mut codes in self.user_codes.each() {
            codes.retain(|_, code| !self.is_over(code.expires_at, now));
            crate::shards::shrink(&mut codes);
        }
        self.inboxes.sweep(|expires_at| self.is_over(expires_at, now), &late);
        Dropped { crossings: dropped as u64, least_seq, unanswered, positions }
    }
}

impl Entry {
    /// Forgets where the consumption device was, once nobody needs it any more. Says whether it has to go from the journal.
    fn forget_position(&mut self, now: Timestamp) -> bool {
        let waits = matches!(self.crossing, Crossing::Pending(_)) && now < self.crossing.expires_at();
        if self.position == Position::Absent || self.writing == Writing::Yes || waits {
            return false;
        }
        self.position = Position::Absent;
        self.crossing = self.crossing.clone().without_coordinates();
        true
    }
}
