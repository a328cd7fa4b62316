//! What was misused, where does that stand, and what was done about it?
//!
//! An incident is opened in one transaction with the mark of the security event that it comes from, so that an event opens one
//! incident or belongs to one, whatever crashes. Containment begins with a row that says so, and ends with one transaction
//! that ends families, sessions and devices and puts what others are to be told into the outbox: what lies between is repeated
//! after a crash.

mod contain;
mod life;
mod list;
mod open;
mod people;
mod preview;

pub use contain::{BeginRefusal, Contained, Containment};
pub use life::{LifeChange, LifeRefusal};
pub use list::{IncidentQuery, IncidentTally};
pub use open::{NewIncident, Opened};
pub use preview::Preview;

use crate::error::StoreError;
use crate::security_events::{self, SecurityEvent};
use crate::{Store, sql};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::incident::{Actor, Cause, Response, Role, State, Target, Touched, TouchedKind};
use tandem_core::time::Timestamp;
use tokio::sync::watch;

/// The name of the mark up to which security events were looked at.
const MARK: &str = "incidents";
/// The most characters of a text that people give.
pub const MOST_WORDS: usize = 1000;

/// An incident, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// What it was opened for.
    pub cause: Cause,
    /// Where it stands.
    pub state: State,
    /// What the rule said when it was opened: contained at once, or only recorded.
    pub response: Response,
    /// Since when.
    pub opened_at: Timestamp,
    /// When something last happened to it.
    pub changed_at: Timestamp,
    /// Since when it is being contained, if it is.
    pub containing_since: Option<Timestamp>,
    /// The request that it is about.
    pub crossing: Option<CrossingId>,
    /// The person that it is about.
    pub sub: Option<Arc<str>>,
    /// The client that it is about.
    pub client_id: Option<Arc<str>>,
    /// What it is, in a sentence.
    pub summary: String,
}

/// Everything that is known of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentFile {
    /// The incident.
    pub incident: Incident,
    /// What it touched.
    pub touched: Vec<Touched>,
    /// What was done, the oldest first.
    pub steps: Vec<IncidentStep>,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentStep {
    /// When.
    pub at: Timestamp,
    /// By whom or what.
    pub actor: String,
    /// What, in one lower-case word with underscores.
    pub step: String,
    /// More, for people.
    pub detail: Option<String>,
}

/// A security event that was not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenEvent {
    /// Its number; later events have greater ones.
    pub id: i64,
    /// What happened; `None` if what stands there makes no sense.
    pub event: Option<SecurityEvent>,
}

impl IncidentFile {
    /// What containment ends.
    pub fn targets(&self) -> Vec<Target> {
        self.touched.iter().filter_map(Target::of).collect()
    }
}

/// Who wants to hear of incidents.
#[derive(Debug)]
pub struct Changes(watch::Sender<u64>);

impl Changes {
    /// Nothing happened yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Something did.
    pub fn tell(&self) {
        self.0.send_modify(|changes| *changes += 1);
    }

    fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

const SELECT: &str = "SELECT id, cause, state, response, opened_at, changed_at, containing_since, crossing, sub, \
     client_id, summary FROM incidents";

fn read(row: &Row<'_>) -> rusqlite::Result<Incident> {
    fn word<T>(row: &Row<'_>, column: usize, parse: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
        parse(row.get_ref(column)?.as_str()?).ok_or(rusqlite::Error::InvalidQuery)
    }
    Ok(Incident {
        id: row.get(0)?,
        cause: word(row, 1, Cause::parse)?,
        state: word(row, 2, State::parse)?,
        response: word(row, 3, Response::parse)?,
        opened_at: sql::timestamp(row.get(4)?),
        changed_at: sql::timestamp(row.get(5)?),
        containing_since: row.get::<_, Option<i64>>(6)?.map(sql::timestamp),
        crossing: row.get::<_, Option<[u8; 16]>>(7)?.map(sql::crossing),
        sub: row.get(8)?,
        client_id: row.get(9)?,
        summary: row.get(10)?,
    })
}

/// The incident of this number.
fn find(db: &Connection, id: i64) -> rusqlite::Result<Option<Incident>> {
    db.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?.query_row([id], read).optional()
}

/// Notes what was done, and when the incident last changed.
fn step(
    db: &Connection,
    id: i64,
    at: Timestamp,
    actor: &Actor,
    step: &str,
    detail: Option<&str>,
) -> rusqlite::Result<()> {
    const INSERT: &str =
        "INSERT INTO incident_steps (incident, at, actor, step, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    let detail = detail.map(|text| text.chars().take(MOST_WORDS).collect::<String>());
    db.prepare_cached(INSERT)?.execute(params![id, sql::time(at), actor.to_string(), step, detail])?;
    db.prepare_cached("UPDATE incidents SET changed_at = max(changed_at, ?2) WHERE id = ?1")?
        .execute(params![id, sql::time(at)])?;
    Ok(())
}

/// Notes what was touched; what is noted already stays as it is.
fn touch(db: &Connection, id: i64, touched: &Touched) -> rusqlite::Result<()> {
    const INSERT: &str =
        "INSERT OR IGNORE INTO incident_touched (incident, role, kind, name) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(INSERT)?.execute(params![
        id,
        touched.role.as_str(),
        touched.kind.as_str(),
        touched.name
    ])?;
    Ok(())
}

fn touched(db: &Connection, id: i64) -> rusqlite::Result<Vec<Touched>> {
    const SELECT: &str = "SELECT role, kind, name FROM incident_touched WHERE incident = ?1";
    let mut select = db.prepare_cached(SELECT)?;
    let rows = select.query_map([id], |row| {
        let (role, kind) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        let known = Role::parse(role).zip(TouchedKind::parse(kind));
        let (role, kind) = known.ok_or(rusqlite::Error::InvalidQuery)?;
        Ok(Touched { role, kind, name: row.get(2)? })
    })?;
    rows.collect()
}

impl Store {
    /// An incident with all that is known of it.
    pub async fn incident(&self, id: i64) -> Result<Option<IncidentFile>, StoreError> {
        const STEPS: &str =
            "SELECT at, actor, step, detail FROM incident_steps WHERE incident = ?1 ORDER BY id";
        let read_file = move |db: &Connection| {
            // One transaction, so that the parts are of one moment.
            let db = db.unchecked_transaction()?;
            let Some(incident) = find(&db, id)? else { return Ok(None) };
            let mut steps = db.prepare_cached(STEPS)?;
            let steps = steps.query_map([id], |row| {
                Ok(IncidentStep {
                    at: sql::timestamp(row.get(0)?),
                    actor: row.get(1)?,
                    step: row.get(2)?,
                    detail: row.get(3)?,
                })
            })?;
            let steps = steps.collect::<rusqlite::Result<_>>()?;
            Ok(Some(IncidentFile { incident, touched: touched(&db, id)?, steps }))
        };
        self.shared().readers.read(read_file).await
    }

    /// The security events that were not looked at yet, the oldest first. One that cannot be read holds up none that come
    /// after it.
    pub async fn events_for_incidents(&self, most: u32) -> Result<Vec<UnseenEvent>, StoreError> {
        const SELECT: &str = "SELECT id, at, kind, crossing, sub, client_id, address, detail FROM security_events \
             WHERE id > coalesce((SELECT value FROM marks WHERE name = ?1), 0) ORDER BY id LIMIT ?2";
        let read_all = move |db: &Connection| {
            let mut select = db.prepare_cached(SELECT)?;
            let rows = select.query_map(params![MARK, most], |row| {
                let event = security_events::read(row).map(|recorded| recorded.event).ok();
                Ok(UnseenEvent { id: row.get(0)?, event })
            })?;
            rows.collect()
        };
        self.shared().readers.read(read_all).await
    }

    /// Changes whenever a security event was recorded or an incident changed, also by another process.
    pub fn incidents_changed(&self) -> watch::Receiver<u64> {
        self.shared().incidents.subscribe()
    }
}

/// Moves the mark forward, never back.
fn mark(db: &Connection, event: i64) -> rusqlite::Result<()> {
    const UPSERT: &str = "INSERT INTO marks (name, value) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";
    db.prepare_cached(UPSERT)?.execute(params![MARK, event])?;
    Ok(())
}
