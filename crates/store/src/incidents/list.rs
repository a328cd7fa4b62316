//! Which incidents are there, and how many of each kind?

use super::{Incident, SELECT, read};
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use rusqlite::{Connection, params};
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::incident::{Cause, Response, State};
use tandem_core::time::Timestamp;

/// Which incidents are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentQuery {
    /// Those that stand here.
    pub state: Option<State>,
    /// Those with this cause.
    pub cause: Option<Cause>,
    /// Those that touched a thing of exactly this name (a crossing, person, client, device, address), or with these words in
    /// their summary.
    pub search: Option<String>,
    /// Those with a smaller number: the page after one that ended with it.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: u32,
}

/// How many incidents there are of a kind, in some span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentTally {
    /// Their cause.
    pub cause: Cause,
    /// Where they stand now.
    pub state: State,
    /// What the rule said.
    pub response: Response,
    /// How many.
    pub count: u64,
}

impl Store {
    /// Incidents, the newest first.
    pub async fn incidents(&self, query: IncidentQuery) -> Result<Vec<Incident>, StoreError> {
        let select = move |db: &Connection| {
            let sql = format!(
                "{SELECT} WHERE id < ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR cause = ?3) AND (?4 IS NULL \
                 OR id IN (SELECT incident FROM incident_touched WHERE name = ?4) \
                 OR instr(lower(summary), lower(?4)) > 0) ORDER BY id DESC LIMIT ?5"
            );
            let IncidentQuery { state, cause, search, before, limit } = query;
            let (state, cause) = (state.map(State::as_str), cause.map(Cause::as_str));
            let mut select = db.prepare_cached(&sql)?;
            let before = before.unwrap_or(i64::MAX);
            let rows = select.query_map(params![before, state, cause, search, limit], read)?;
            rows.collect()
        };
        self.shared().readers.read(select).await
    }

    /// Incidents whose containment began and is not done: a crash came between, or a command asked for it.
    pub async fn unfinished_containments(&self) -> Result<Vec<Incident>, StoreError> {
        let select = |db: &Connection| {
            let sql = format!("{SELECT} WHERE containing_since IS NOT NULL ORDER BY id");
            db.prepare_cached(&sql)?.query_map([], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// Incidents that a rule wants contained and nobody began with: a crash came between.
    pub async fn uncontained_incidents(&self) -> Result<Vec<Incident>, StoreError> {
        let select = |db: &Connection| {
            let sql = format!(
                "{SELECT} WHERE state = 'open' AND response = 'contain' AND containing_since IS NULL ORDER BY id"
            );
            db.prepare_cached(&sql)?.query_map([], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// How many incidents were opened from `since` until before `until`, by kind.
    pub async fn tally_incidents(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<IncidentTally>, StoreError> {
        const TALLY: &str = "SELECT cause, state, response, count(*) FROM incidents \
             WHERE opened_at >= ?1 AND opened_at < ?2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
        let select = move |db: &Connection| {
            let mut tally = db.prepare_cached(TALLY)?;
            let rows = tally.query_map(params![sql::time(since), sql::time(until)], |row| {
                let cause = Cause::parse(row.get_ref(0)?.as_str()?);
                let state = State::parse(row.get_ref(1)?.as_str()?);
                let response = Response::parse(row.get_ref(2)?.as_str()?);
                let (Some(cause), Some(state), Some(response)) = (cause, state, response) else {
                    return Err(rusqlite::Error::InvalidQuery);
                };
                let count = u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
                Ok(IncidentTally { cause, state, response, count })
            })?;
            rows.collect()
        };
        self.shared().readers.read(select).await
    }

    /// How many incidents are open.
    pub async fn count_open_incidents(&self) -> Result<u64, StoreError> {
        const COUNT: &str = "SELECT count(*) FROM incidents WHERE state = 'open'";
        let select = |db: &Connection| db.prepare_cached(COUNT)?.query_row([], |row| row.get::<_, i64>(0));
        let count = self.shared().readers.read(select).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The crossings, still to be collected or not, for which `wanted` holds.
    pub fn open_crossings(&self, wanted: impl Fn(&Crossing) -> bool) -> Vec<CrossingId> {
        self.shared().crossings.open(wanted)
    }
}
