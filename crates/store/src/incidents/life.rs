//! How does an incident end, and how does it come back?

use super::{Incident, find, step};
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, params};
use tandem_core::incident::{Actor, State};
use tandem_core::time::Timestamp;

/// Why an incident cannot be closed or opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LifeRefusal {
    /// There is none of this number.
    #[error("there is no such incident")]
    Unknown,
    /// It stands there already.
    #[error("it stands there already")]
    Already,
    /// It is being contained at this moment.
    #[error("it is being contained")]
    Containing,
    /// Another incident of the same request lives by now.
    #[error("another incident of the same request is open")]
    Another,
}

/// What people and programs do with an incident once they looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeChange {
    /// They are done with it. What was ended stays ended.
    Close,
    /// They are not, after all. One that had been contained comes back as contained.
    Reopen,
}

impl LifeChange {
    /// The step, as the record and the count of incidents name it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Close => "closed",
            Self::Reopen => "reopened",
        }
    }
}

fn close(db: &Connection, incident: &Incident) -> rusqlite::Result<Result<(), LifeRefusal>> {
    const CLOSE: &str = "UPDATE incidents SET state = 'closed' \
         WHERE id = ?1 AND state <> 'closed' AND containing_since IS NULL";
    if db.prepare_cached(CLOSE)?.execute([incident.id])? == 0 {
        let closed = incident.state == State::Closed;
        return Ok(Err(if closed { LifeRefusal::Already } else { LifeRefusal::Containing }));
    }
    Ok(Ok(()))
}

fn reopen(db: &Connection, incident: &Incident) -> rusqlite::Result<Result<(), LifeRefusal>> {
    const CONTAINED: &str = "SELECT 1 FROM incident_steps WHERE incident = ?1 AND step = 'contained'";
    const REOPEN: &str = "UPDATE OR IGNORE incidents SET state = ?2 WHERE id = ?1 AND state = 'closed'";
    if incident.state != State::Closed {
        return Ok(Err(LifeRefusal::Already));
    }
    let contained = db.prepare_cached(CONTAINED)?.exists([incident.id])?;
    let state = if contained { State::Contained } else { State::Open };
    // The unique index lets one incident of a request live.
    if db.prepare_cached(REOPEN)?.execute(params![incident.id, state.as_str()])? == 0 {
        return Ok(Err(LifeRefusal::Another));
    }
    Ok(Ok(()))
}

impl Store {
    /// Closes an incident, or opens it again.
    pub async fn change_incident(
        &self,
        id: i64,
        change: LifeChange,
        actor: Actor,
        at: Timestamp,
        words: Option<String>,
    ) -> Result<Result<(), LifeRefusal>, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            let Some(incident) = find(desk.db, id)? else { return Ok(Err(LifeRefusal::Unknown)) };
            let changed = match change {
                LifeChange::Close => close(desk.db, &incident)?,
                LifeChange::Reopen => reopen(desk.db, &incident)?,
            };
            if changed.is_ok() {
                step(desk.db, id, at, &actor, change.word(), words.as_deref())?;
            }
            Ok(changed)
        };
        self.shared().write(work, |shared, _| shared.incidents.tell()).await
    }

    /// Notes something about an incident that changes nothing else: what would be ended, that a crossing was stopped. `false` if there
    /// is no such incident.
    pub async fn note_on_incident(
        &self,
        id: i64,
        actor: Actor,
        at: Timestamp,
        word: &'static str,
        words: Option<String>,
    ) -> Result<bool, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            if find(desk.db, id)?.is_none() {
                return Ok(false);
            }
            step(desk.db, id, at, &actor, word, words.as_deref()).map(|()| true)
        };
        self.shared().write(work, |_, _| {}).await
    }

    /// The last moment at which the daily summary was sent, and note that it is sent now; `false` if it was sent at or after
    /// `since` already. Of two who would send it one does.
    pub async fn claim_summary(&self, since: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        const CLAIM: &str = "INSERT INTO marks (name, value) VALUES ('summary', ?2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value < ?1";
        let claim = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(CLAIM)?.execute(params![sql::time(since), sql::time(now)])
        };
        Ok(self.shared().write(claim, |_, _| {}).await? > 0)
    }
}
