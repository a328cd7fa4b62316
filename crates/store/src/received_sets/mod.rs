//! Was this Security Event Token taken before? (RFC 8935 section 2)
//!
//! A token is remembered in the transaction of what it changes: once its transmitter hears that it arrived, both are on
//! disk, and before that neither is.

mod effects;

use crate::Store;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql;
use crate::trusted_devices;
use crate::writer::Desk;
use rusqlite::params;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::shared_signals::received::Effect;
use tandem_core::time::Timestamp;

/// Rows that one transaction removes at most.
const SLICE: u16 = 1000;
/// How many slices one sweep removes at most; the next goes on.
const SLICES: usize = 20;

/// A token whose signature, audience and time are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetToTake {
    /// Its name among all tokens of all transmitters.
    pub digest: Digest,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it must be remembered.
    pub forget_at: Timestamp,
    /// When it came.
    pub at: Timestamp,
    /// What the operator calls its transmitter.
    pub transmitter: Arc<str>,
    /// What happened, in a word of ours.
    pub event: &'static str,
    /// What follows.
    pub effects: Vec<Effect>,
    /// Whether it does follow.
    pub handling: Handling,
}

/// Whether what a transmitter says is acted upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// It is.
    Act,
    /// It is only written down.
    DryRun,
}

/// What became of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenSet {
    /// It was taken before, and changed nothing now.
    Replayed,
    /// It is new.
    New(SetChanges),
}

/// What a token changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetChanges {
    /// Browser sessions that ended.
    pub sessions: Vec<Digest>,
    /// Devices that were given another compliance.
    pub devices: u32,
    /// Security events from which incidents follow.
    pub incidents: u32,
    /// Security events from which nothing follows.
    pub recorded: u32,
}

impl Store {
    /// Takes a token: all of what follows from it, or nothing. Of two that come at the same time under one name, one is new.
    pub async fn take_set(&self, set: SetToTake) -> Result<TakenSet, StoreError> {
        let work = move |desk: &mut Desk<'_>| take(desk, &set);
        let publish = |shared: &Shared, taken: &TakenSet| {
            let TakenSet::New(changes) = taken else { return };
            for id in &changes.sessions {
                shared.sessions.forget(id);
            }
            if changes.devices > 0 {
                trusted_devices::forget(shared);
            }
            if changes.incidents > 0 {
                shared.incidents.tell();
            }
        };
        self.shared().write(work, publish).await
    }

    /// Forgets tokens that are so old that they would be refused.
    pub(crate) async fn sweep_received_sets(&self, now: Timestamp) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM received_sets WHERE digest IN \
             (SELECT digest FROM received_sets WHERE expires_at <= ?1 LIMIT ?2)";
        let mut gone = 0;
        for _ in 0..SLICES {
            let delete = move |desk: &mut Desk<'_>| {
                desk.db.prepare_cached(DELETE)?.execute(params![sql::time(now), SLICE])
            };
            let rows = self.shared().write(delete, |_, _| {}).await?;
            gone += rows as u64;
            if rows < usize::from(SLICE) {
                break;
            }
        }
        Ok(gone)
    }
}

fn take(desk: &mut Desk<'_>, set: &SetToTake) -> rusqlite::Result<TakenSet> {
    const REMEMBER: &str = "INSERT INTO received_sets (digest, expires_at, device, issued_at) \
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest) DO NOTHING";
    let db = desk.db;
    let about = effects::device_of(db, set)?;
    let (until, issued_at) = (sql::time(set.forget_at), sql::time(set.issued_at));
    let new =
        db.prepare_cached(REMEMBER)?.execute(params![set.digest.as_bytes(), until, about, issued_at])?;
    if new == 0 {
        return Ok(TakenSet::Replayed);
    }
    effects::carry_out(desk, set).map(TakenSet::New)
}
