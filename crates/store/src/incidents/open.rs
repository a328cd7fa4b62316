//! How does an incident come into being, once for each request?

use super::{Incident, MOST_WORDS, find, mark, step, touch};
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::incident::{Actor, Cause, Response, State, Target, Touched};
use tandem_core::time::Timestamp;

/// What an incident is opened with.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// For what.
    pub cause: Cause,
    /// What the rule says.
    pub response: Response,
    /// When.
    pub at: Timestamp,
    /// By whom or what.
    pub actor: Actor,
    /// The request that it is about: if another incident of it lives, this belongs there.
    pub crossing: Option<CrossingId>,
    /// The person that it is about.
    pub sub: Option<Arc<str>>,
    /// The client that it is about.
    pub client_id: Option<Arc<str>>,
    /// What it is, in a sentence; cut at 1000 characters.
    pub summary: String,
    /// What containment shall end.
    pub targets: Vec<Target>,
    /// What was seen with it.
    pub seen: Vec<Touched>,
}

/// What became of opening an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// A new one.
    New(i64),
    /// It belongs to one that lives.
    Known(i64),
}

impl Opened {
    /// Which incident.
    pub const fn id(self) -> i64 {
        match self {
            Self::New(id) | Self::Known(id) => id,
        }
    }
}

fn living(db: &Connection, crossing: CrossingId) -> rusqlite::Result<Option<i64>> {
    const SELECT: &str = "SELECT id FROM incidents WHERE crossing = ?1 AND state <> 'closed'";
    db.prepare_cached(SELECT)?.query_row([crossing.as_bytes()], |row| row.get(0)).optional()
}

fn insert(db: &Connection, new: &NewIncident) -> rusqlite::Result<i64> {
    const INSERT: &str = "INSERT INTO incidents (cause, state, response, opened_at, changed_at, crossing, sub, \
         client_id, summary) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8)";
    let summary: String = new.summary.chars().take(MOST_WORDS).collect();
    db.prepare_cached(INSERT)?.execute(params![
        new.cause.as_str(),
        State::Open.as_str(),
        new.response.as_str(),
        sql::time(new.at),
        new.crossing.as_ref().map(CrossingId::as_bytes),
        new.sub.as_deref(),
        new.client_id.as_deref(),
        summary,
    ])?;
    Ok(db.last_insert_rowid())
}

/// Another sign of the same misuse: it may want more than the first did.
fn join(db: &Connection, id: i64, new: &NewIncident) -> rusqlite::Result<()> {
    const STRICTER: &str = "UPDATE incidents SET response = ?2, sub = coalesce(sub, ?3) WHERE id = ?1";
    let Some(Incident { response, .. }) = find(db, id)? else { return Ok(()) };
    let response = response.max(new.response);
    db.prepare_cached(STRICTER)?.execute(params![id, response.as_str(), new.sub.as_deref()])?;
    step(db, id, new.at, &new.actor, new.cause.as_str(), Some(&new.summary))
}

/// Opens an incident, or adds to the one that lives.
fn open(db: &Connection, new: &NewIncident) -> rusqlite::Result<Opened> {
    let known = new.crossing.map(|crossing| living(db, crossing)).transpose()?.flatten();
    let opened = if let Some(id) = known {
        join(db, id, new)?;
        Opened::Known(id)
    } else {
        let id = insert(db, new)?;
        step(db, id, new.at, &new.actor, "opened", Some(new.cause.as_str()))?;
        Opened::New(id)
    };
    let id = opened.id();
    for touched in new.targets.iter().map(Target::touched).chain(new.seen.iter().cloned()) {
        touch(db, id, &touched)?;
    }
    Ok(opened)
}

impl Store {
    /// Opens an incident, or adds to the one of the same request that lives. With the number of the security event that it comes
    /// from, if it comes from one: events up to it are done with, in the same transaction. An event that was done with
    /// before changes nothing; then the answer is `None`.
    pub async fn open_incident(
        &self,
        new: NewIncident,
        event: Option<i64>,
    ) -> Result<Option<Opened>, StoreError> {
        const DONE: &str = "SELECT 1 FROM marks WHERE name = 'incidents' AND value >= ?1";
        let work = move |desk: &mut Desk<'_>| {
            if let Some(event) = event {
                if desk.db.prepare_cached(DONE)?.exists([event])? {
                    return Ok(None);
                }
                mark(desk.db, event)?;
            }
            open(desk.db, &new).map(Some)
        };
        self.shared().write(work, |shared, _| shared.incidents.tell()).await
    }

    /// Events up to this one are done with, and open no incident.
    pub async fn pass_events(&self, event: i64) -> Result<(), StoreError> {
        self.shared().write(move |desk| mark(desk.db, event), |_, ()| {}).await
    }
}
