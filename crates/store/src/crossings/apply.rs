//! How does a transition become durable, with one winner, whoever goes away meanwhile?

use super::inbox::Person;
use super::{Entry, Writing};
use crate::Store;
use crate::callbacks::{self, Callback};
use crate::error::{ApplyError, StoreError};
use crate::families;
use crate::queue::{Row, Work};
use crate::security_events::{self, SecurityEvent};
use crate::shards::DigestKey;
use crate::shared::Shared;
use crate::writer::Desk;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId, Event};
use tandem_core::oauth::token_family::TokenFamily;
use tokio::sync::oneshot;

/// What a transition makes of a crossing, and what the caller wants to know of it.
#[derive(Debug)]
pub struct Change<T> {
    /// The next state.
    pub next: Crossing,
    /// What of it must be kept.
    pub write: Write,
    /// The caller's answer, given once the change is as durable as `write` says.
    pub answer: T,
}

/// How durable a change is.
#[derive(Debug)]
pub enum Write {
    /// In memory only. The state may not change its variant.
    Nothing,
    /// A journal row within the journal delay; nobody waits. The state may not change its variant.
    Later(Event),
    /// A journal row before the answer.
    Durable(Event),
    /// A journal row and what goes along with it in one transaction, before the answer.
    DurableWith(Event, Box<Along>),
    /// A journal row and the token family in one transaction, before the answer.
    Redeem(Event, Box<TokenFamily>),
}

/// What is written along with a change.
#[derive(Debug, Default)]
pub struct Along {
    /// The record of a security event.
    pub security_event: Option<SecurityEvent>,
    /// What a client is to be told of this crossing; one that has a callback cannot get another.
    pub callback: Option<Callback>,
}

type Answer = Result<(), ApplyError>;

impl Store {
    /// Applies a transition to the committed state of a crossing. `f` runs under the entry's lock and must not block.
    ///
    /// Of two durable transitions one wins: while it is being written the other gets [`ApplyError::Busy`], afterwards
    /// it sees the new state. A caller that goes away changes nothing of this. While a durable transition is being
    /// written, `f` still sees the state before it, and of a change that is not durable only the pace is kept.
    pub async fn apply<T>(
        &self,
        id: CrossingId,
        f: impl FnOnce(Crossing) -> Change<T>,
    ) -> Result<T, ApplyError> {
        let (answer, written) = self.decide(id, f)?;
        if let Some(written) = written {
            written.await.unwrap_or(Err(StoreError::Closed.into()))?;
        }
        Ok(answer)
    }

    fn decide<T>(
        &self,
        id: CrossingId,
        f: impl FnOnce(Crossing) -> Change<T>,
    ) -> Result<(T, Option<oneshot::Receiver<Answer>>), ApplyError> {
        let shared = self.shared();
        let key = DigestKey::of_crossing(id);
        let mut entries = shared.crossings.entries.of(&key);
        let entry = entries.get_mut(&key).ok_or(ApplyError::Unknown)?;
        let Change { next, write, answer } = f(entry.crossing.clone());
        let (event, extra) = match write {
            Write::Nothing => {
                entry.adopt(next)?;
                return Ok((answer, None));
            }
            Write::Later(event) => {
                entry.later(shared, next, event)?;
                return Ok((answer, None));
            }
            Write::Durable(event) => (event, Extra::None),
            Write::DurableWith(_, along) if along.callback.as_ref().is_some_and(|own| own.crossing != id) => {
                return Err(ApplyError::NotDurable);
            }
            Write::DurableWith(event, along) => (event, Extra::Along(along)),
            Write::Redeem(event, family) => (event, Extra::Family(Arc::from(family))),
        };
        if entry.writing == Writing::Yes {
            return Err(ApplyError::Busy);
        }
        let (reply, written) = oneshot::channel();
        shared.queue.work(|seq| {
            Box::new(Transition { seq, id, event, extra, state: next, outcome: Ok(()), reply })
        })?;
        entry.writing = Writing::Yes;
        Ok((answer, Some(written)))
    }
}

impl Entry {
    /// Takes over a state that need not be durable.
    fn adopt(&mut self, next: Crossing) -> Result<(), ApplyError> {
        if std::mem::discriminant(&self.crossing) != std::mem::discriminant(&next)
            || self.crossing.id() != next.id()
        {
            return Err(ApplyError::NotDurable);
        }
        match self.writing {
            Writing::No => self.crossing = next,
            Writing::Yes => self.pace_of(&next),
        }
        Ok(())
    }

    /// Takes over a state whose journal row nobody waits for.
    fn later(&mut self, shared: &Shared, next: Crossing, event: Event) -> Result<(), ApplyError> {
        let id = self.crossing.id();
        // Behind an answer that is being written only a pace still makes sense.
        let journal = self.writing == Writing::No || matches!(event, Event::SlowedDown(_));
        self.adopt(next)?;
        if journal {
            let event = Box::new(event);
            shared.queue.row(|seq| Row::Journal { seq, crossing: id, event })?;
        }
        Ok(())
    }

    fn pace_of(&mut self, other: &Crossing) {
        if let Some(polling) = other.polling() {
            self.crossing = self.crossing.clone().with_polling(polling);
        }
    }
}

/// What is written with the journal row.
enum Extra {
    None,
    Along(Box<Along>),
    Family(Arc<TokenFamily>),
}

/// A durable transition on its way.
struct Transition {
    seq: u64,
    id: CrossingId,
    event: Event,
    extra: Extra,
    /// The next state until it is published, then the one before, which goes where it was made: with the answer.
    state: Crossing,
    outcome: Answer,
    reply: oneshot::Sender<Answer>,
}

impl Work for Transition {
    fn run(&mut self, desk: &mut Desk<'_>) -> rusqlite::Result<()> {
        match &self.extra {
            Extra::None => {}
            Extra::Along(along) => {
                // The callback first, since it alone can be refused; then nothing of this transition was written.
                if let Some(callback) = &along.callback {
                    callbacks::insert(desk.db, callback)?;
                }
                if let Some(event) = &along.security_event {
                    security_events::insert(desk.db, event)?;
                }
            }
            Extra::Family(family) => {
                // First, since it alone can be refused; then nothing of this transition was written.
                if !families::insert(desk.db, family)? {
                    self.outcome = Err(ApplyError::AlreadyRedeemed);
                    return Ok(());
                }
            }
        }
        desk.journal(self.seq, self.id, &self.event)
    }

    fn finish(&mut self, shared: &Shared, outcome: Result<(), StoreError>) {
        let id = self.id;
        if let Err(error) = outcome {
            self.outcome = Err(error.into());
        }
        let done = self.outcome.is_ok();
        if done {
            shared.counters.journal_rows.add(1);
            if let Extra::Family(family) = &self.extra {
                shared.counters.family_rows.add(1);
                shared.families.publish(id, Arc::clone(family));
            }
        }
        let crossings = &shared.crossings;
        let key = DigestKey::of_crossing(id);
        let (mut person, mut collected) = (None, false);
        if let Some(entry) = crossings.entries.of(&key).get_mut(&key) {
            entry.writing = Writing::No;
            if done {
                collected = matches!(self.state, Crossing::Redeemed(_));
                std::mem::swap(&mut entry.crossing, &mut self.state);
                // What was redeemed no longer knows who was asked.
                person = self.state.request().and_then(|request| Person::asked(request));
                entry.pace_of(&self.state);
            }
        }
        if let Some(person) = person.filter(|_| collected) {
            crossings.inboxes.remove(person, id);
        }
        if done {
            crossings.inboxes.wake(id, person);
            if matches!(&self.extra, Extra::Along(along) if along.callback.is_some()) {
                shared.outbox.added();
            }
            if matches!(&self.extra, Extra::Along(along) if along.security_event.is_some()) {
                shared.incidents.tell();
            }
        }
    }

    fn answer(self: Box<Self>) {
        let Self { outcome, reply, .. } = *self;
        // Whoever asked may have gone away.
        let _ = reply.send(outcome);
    }
}
