//! Where do all live crossings stand? In memory, over a journal that replays to the same.
//!
//! A durable transition is decided under the lock of its entry, queued, and published by the writer after its commit:
//! readers only ever see what is on disk, or what may be lost (initiations and paces of the last milliseconds).
//! Locks are taken in one order: inbox, user code, entry, queue, one of each at a time. Who watches an inbox or a crossing is
//! woken when the change can be seen, and no lock is held then.

mod apply;
mod begin;
mod inbox;
mod replay;
mod sweep;
mod waiting;
mod watches;

pub use apply::{Along, Change, Write};
pub use inbox::{CrossingWatch, InboxWatch};
pub use replay::load;
pub use waiting::LeftWaiting;

use crate::Store;
use crate::census::Census;
use crate::shards::{DigestKey, DigestMap, Shards};
use inbox::{Inboxes, Person};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tandem_core::crossing::{Approved, Crossing, CrossingId, Pending};
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// All crossings that live, or that late callers may still ask about.
pub struct Crossings {
    entries: Shards<DigestMap<Entry>>,
    user_codes: Shards<DigestMap<CodeUse>>,
    inboxes: Inboxes,
    /// What waited for a person when the journal was told.
    left: Mutex<Vec<waiting::Left>>,
    count: AtomicUsize,
    limit: usize,
    tombstone: Duration,
}

/// One crossing: the state that is committed.
struct Entry {
    crossing: Crossing,
    /// The number of its first journal row.
    first_seq: u64,
    writing: Writing,
    position: Position,
}

/// Whether the journal may hold where the consumption device was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Absent,
    Kept,
}

impl Position {
    /// What was redeemed before a restart has forgotten what was asked.
    fn of(crossing: &Crossing) -> Self {
        match crossing.request() {
            Some(request) if !request.has_coordinates() => Self::Absent,
            _ => Self::Kept,
        }
    }
}

/// An open crossing that a registered or attested device began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The crossing.
    pub crossing: CrossingId,
    /// Whose it is.
    pub client_id: Arc<str>,
    /// The device.
    pub instance: Arc<str>,
}

/// Whether a durable transition is on its way to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    No,
    Yes,
}

/// Whose user code it is. It outlives the code itself in the entry, so that a code does not come back too soon.
struct CodeUse {
    crossing: CrossingId,
    expires_at: Timestamp,
}

impl Crossings {
    /// No crossing yet; `limit` at most.
    pub fn new(limit: usize, tombstone: Duration) -> Self {
        Self {
            entries: Shards::default(),
            user_codes: Shards::default(),
            inboxes: Inboxes::default(),
            left: Mutex::default(),
            count: AtomicUsize::new(0),
            limit,
            tombstone,
        }
    }

    fn is_over(&self, expires_at: Timestamp, now: Timestamp) -> bool {
        now >= expires_at.plus(self.tombstone)
    }

    fn get(&self, id: CrossingId) -> Option<Crossing> {
        let key = DigestKey::of_crossing(id);
        self.entries.of(&key).get(&key).map(|entry| entry.crossing.clone())
    }

    /// Puts in what the journal told.
    fn insert(&self, crossing: Crossing, first_seq: u64, person: Option<Person>) {
        let key = DigestKey::of_crossing(crossing.id());
        if let Some(person) = person.filter(|_| !matches!(crossing, Crossing::Redeemed(_))) {
            self.inboxes.lock(person).add(crossing.id(), first_seq, crossing.expires_at());
        }
        let position = Position::of(&crossing);
        let entry = Entry { crossing, first_seq, writing: Writing::No, position };
        if self.entries.of(&key).insert(key, entry).is_none() {
            self.count.fetch_add(1, Relaxed);
        }
    }

    /// Those that a known device began and that wait for a person or the device.
    pub fn with_instance(&self) -> Vec<Instance> {
        let of = |crossing: &Crossing| {
            let (Crossing::Pending(Pending { id, request, .. })
            | Crossing::Approved(Approved { id, request, .. })) = crossing
            else {
                return None;
            };
            let instance = request.context.as_ref()?.instance.as_ref()?;
            Some(Instance {
                crossing: *id,
                client_id: Arc::clone(&request.client_id),
                instance: Arc::clone(instance),
            })
        };
        let mut all = Vec::new();
        for entries in self.entries.each() {
            all.extend(entries.values().filter_map(|entry| of(&entry.crossing)));
        }
        all
    }

    /// Those that wait for a person or to be collected, and for which `wanted` holds.
    pub fn open(&self, wanted: impl Fn(&Crossing) -> bool) -> Vec<CrossingId> {
        let is_open = |crossing: &Crossing| matches!(crossing, Crossing::Pending(_) | Crossing::Approved(_));
        let mut all = Vec::new();
        for entries in self.entries.each() {
            let open = entries.values().map(|entry| &entry.crossing).filter(|crossing| is_open(crossing));
            all.extend(open.filter(|crossing| wanted(crossing)).map(Crossing::id));
        }
        all
    }

    /// Counts the states.
    pub fn count(&self, census: &mut Census) {
        for entries in self.entries.each() {
            for entry in entries.values() {
                *match entry.crossing {
                    Crossing::Pending(_) => &mut census.pending,
                    Crossing::Approved(_) => &mut census.approved,
                    Crossing::Denied(_) => &mut census.denied,
                    Crossing::Redeemed(_) => &mut census.redeemed,
                } += 1;
            }
        }
    }
}

impl Store {
    /// The committed state of a crossing, expired or not; `None` if it is unknown, or ended long ago.
    pub fn crossing(&self, id: CrossingId) -> Option<Crossing> {
        self.shared().crossings.get(id)
    }

    /// The crossing whose user code has this digest, live or lately ended.
    pub fn crossing_by_user_code(&self, code: &Digest) -> Option<Crossing> {
        let crossings = &self.shared().crossings;
        let key = DigestKey::of(*code);
        let id = crossings.user_codes.of(&key).get(&key)?.crossing;
        let crossing = crossings.get(id)?;
        let other = crossing.request().is_some_and(|request| request.user_code.as_ref() != Some(code));
        (!other).then_some(crossing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<(DigestKey, Entry)>() <= 104, "{}", size_of::<(DigestKey, Entry)>());
        assert!(size_of::<(DigestKey, CodeUse)>() <= 40);
    }
}
