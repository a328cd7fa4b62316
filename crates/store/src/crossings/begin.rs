//! How does a crossing come into being without waiting for the disk?

use super::inbox::Person;
use super::{CodeUse, Entry, Position, Writing};
use crate::Store;
use crate::error::{BeginError, StoreError};
use crate::queue::Row;
use crate::shards::DigestKey;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tandem_core::crossing::{Crossing, Event, Step};

impl Store {
    /// Takes an initiation ([`Event::Initiated`]) into memory at once; its journal row follows within the journal
    /// delay. A user code that is live, or was within the tombstone time, is refused.
    pub fn begin(&self, step: Step) -> Result<(), BeginError> {
        let (Crossing::Pending(pending), Event::Initiated(_)) = (&step.next, &step.event) else {
            return Err(BeginError::NotAnInitiation);
        };
        if !self.is_server() {
            return Err(BeginError::NotAnInitiation);
        }
        // The journal gets what the memory has, shared.
        let (id, request) = (pending.id, Arc::clone(&pending.request));
        let expires_at = request.expires_at;
        let code = request.user_code.map(DigestKey::of);
        let person = Person::asked(&request);
        let shared = self.shared();
        let crossings = &shared.crossings;
        if crossings.count.load(Relaxed) >= crossings.limit {
            return Err(BeginError::Full);
        }
        let mut codes = code.map(|code| (crossings.user_codes.of(&code), code));
        if codes.as_ref().is_some_and(|(codes, code)| codes.contains_key(code)) {
            return Err(BeginError::UserCodeTaken);
        }
        let key = DigestKey::of_crossing(id);
        let mut entries = crossings.entries.of(&key);
        if entries.contains_key(&key) {
            return Err(BeginError::UserCodeTaken);
        }
        // Queued under the entry's lock: no later row of this crossing can come before it.
        let first_seq = shared.queue.row(|seq| Row::Began { seq, crossing: id, request }).map_err(
            |error| match error {
                StoreError::Closed => BeginError::Closed,
                _ => BeginError::Full,
            },
        )?;
        let position = Position::of(&step.next);
        entries.insert(key, Entry { crossing: step.next, first_seq, writing: Writing::No, position });
        if let Some((codes, code)) = &mut codes {
            codes.insert(*code, CodeUse { crossing: id, expires_at });
        }
        if let Some(person) = person {
            crossings.inboxes.add(person, id, first_seq, expires_at);
        }
        crossings.count.fetch_add(1, Relaxed);
        drop((entries, codes));
        crossings.inboxes.wake(id, person);
        Ok(())
    }
}
