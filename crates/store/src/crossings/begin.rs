//! How does a crossing come into being without waiting for the disk?

use super::inbox::{Inbox, Person};
use super::{CodeUse, Entry, Position, Writing};
use crate::Store;
use crate::error::{BeginError, StoreError};
use crate::queue::Row;
use crate::shards::DigestKey;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tandem_core::crossing::{Crossing, Event, Request, Step};

impl Store {
    /// Takes an initiation ([`Event::Initiated`]) into memory at once; its journal row follows within the journal
    /// delay. A user code that is live, or was within the tombstone time, is refused.
    pub fn begin(&self, step: Step) -> Result<(), BeginError> {
        let asked = step.next.request().and_then(|request| Person::asked(request));
        let inbox = asked.map(|person| self.shared().crossings.inboxes.lock(person));
        self.insert(step, inbox).map(|_| ())
    }

    /// Begins what is to be sent to this person, or to nobody. `f` makes the initiation, or refuses; it sees what was sent
    /// to them before, newest first, and until it is done and its crossing stands there, nothing else is sent to them: what
    /// it counts, holds. It must not block, nor call the store.
    ///
    /// The outer error is the refusal of `f`.
    pub fn begin_for<E>(
        &self,
        sub: &str,
        f: impl FnOnce(&[Crossing]) -> Result<Step, E>,
    ) -> Result<Result<Arc<Request>, BeginError>, E> {
        let crossings = &self.shared().crossings;
        let person = Person::of(sub);
        let inbox = crossings.inboxes.lock(person);
        let before: Vec<_> = inbox.sent().filter_map(|id| crossings.get(id)).collect();
        let step = f(&before)?;
        Ok(match step.next.request().and_then(|request| Person::asked(request)) {
            None => {
                drop(inbox);
                self.insert(step, None)
            }
            Some(asked) if asked == person => self.insert(step, Some(inbox)),
            Some(_) => Err(BeginError::NotAnInitiation),
        })
    }

    /// Puts it in, also into the inbox of who is asked.
    fn insert(&self, step: Step, inbox: Option<Inbox<'_>>) -> Result<Arc<Request>, BeginError> {
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
        let row = Arc::clone(&request);
        let first_seq =
            shared.queue.row(|seq| Row::Began { seq, crossing: id, request: row }).map_err(|error| {
                match error {
                    StoreError::Closed => BeginError::Closed,
                    _ => BeginError::Full,
                }
            })?;
        let position = Position::of(&step.next);
        entries.insert(key, Entry { crossing: step.next, first_seq, writing: Writing::No, position });
        if let Some((codes, code)) = &mut codes {
            codes.insert(*code, CodeUse { crossing: id, expires_at });
        }
        crossings.count.fetch_add(1, Relaxed);
        drop((entries, codes));
        let person = inbox.map(|inbox| inbox.add(id, first_seq, expires_at));
        crossings.inboxes.wake(id, person);
        Ok(request)
    }
}
