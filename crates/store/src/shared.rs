//! What do all parts of the store share?

use crate::cache::Cache;
use crate::callbacks::Outbox;
use crate::census::Counters;
use crate::crossings::Crossings;
use crate::error::StoreError;
use crate::first_use::FirstUses;
use crate::incidents;
use crate::people::{AuthorizationDevice, PersonSettings, Session, User};
use crate::queue::{Queue, Work};
use crate::readers::Readers;
use crate::shared_signals::Deliveries;
use crate::sweep::Cursors;
use crate::trusted_devices::{DeviceName, TrustedDevice};
use crate::writer::Desk;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::TokenFamily;
use tokio::sync::{oneshot, watch};

/// Everything but the writer thread itself.
pub struct Shared {
    pub queue: Queue,
    pub readers: Readers,
    pub crossings: Crossings,
    pub families: Cache<CrossingId, TokenFamily>,
    pub users: Cache<Arc<str>, User>,
    /// By which name somebody was last found.
    pub names: Cache<Arc<str>, Arc<str>>,
    pub sessions: Cache<Digest, Session>,
    pub devices: Cache<Digest, AuthorizationDevice>,
    /// Also of those who have none.
    pub devices_of: Cache<Arc<str>, Vec<AuthorizationDevice>>,
    pub settings: Cache<Arc<str>, PersonSettings>,
    /// Also that there is none of a name.
    pub trusted_devices: Cache<DeviceName, Option<Arc<TrustedDevice>>>,
    pub has_trusted_devices: Cache<Arc<str>, bool>,
    pub outbox: Outbox,
    pub shared_signals: Deliveries,
    /// Whose signals leave; none if nobody is told anything.
    pub issuer: Option<Arc<str>>,
    pub incidents: incidents::Changes,
    pub first_uses: FirstUses,
    pub counters: Counters,
    /// How large the database may become, in bytes.
    pub size_limit: AtomicU64,
    pub cursors: Cursors,
    pub foreign: watch::Sender<u64>,
}

impl Shared {
    /// Another process wrote: nothing that was read before may hold.
    pub fn foreign_change(&self) {
        self.families.clear();
        self.users.clear();
        self.names.clear();
        self.sessions.clear();
        self.devices.clear();
        self.devices_of.clear();
        self.settings.clear();
        self.trusted_devices.clear();
        self.has_trusted_devices.clear();
        self.outbox.changed();
        self.shared_signals.changed();
        self.incidents.tell();
        self.foreign.send_modify(|changes| *changes += 1);
    }

    /// Queues `work`, and waits for its commit. `publish` runs after the commit and before the answer, even if the
    /// caller has gone away.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk<'_>) -> rusqlite::Result<T> + Send + 'static,
        publish: impl FnOnce(&Self, &T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .work(|_| Box::new(Written { work: Some(work), publish: Some(publish), answer: None, reply }))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }
}

struct Written<T, W, P> {
    work: Option<W>,
    publish: Option<P>,
    answer: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W, P> Work for Written<T, W, P>
where
    T: Send,
    W: FnOnce(&mut Desk<'_>) -> rusqlite::Result<T> + Send,
    P: FnOnce(&Shared, &T) + Send,
{
    fn run(&mut self, desk: &mut Desk<'_>) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.answer = Some(Ok(work(desk)?));
        }
        Ok(())
    }

    fn finish(&mut self, shared: &Shared, outcome: Result<(), StoreError>) {
        if let Err(error) = outcome {
            self.answer = Some(Err(error));
        } else if let (Some(Ok(value)), Some(publish)) = (&self.answer, self.publish.take()) {
            publish(shared, value);
        }
    }

    fn answer(self: Box<Self>) {
        let Self { answer, reply, .. } = *self;
        // Whoever asked may have gone away.
        let _ = reply.send(answer.unwrap_or(Err(StoreError::Closed)));
    }
}
