//! Which token families hold?

use crate::Store;
use crate::error::StoreError;
use crate::security_events::{self, SecurityEvent};
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::oauth::token_family::{FamilyState, Refresh, Revocation, TokenFamily};
use tandem_core::shared_signals::announcement;
use tandem_core::time::Timestamp;

const INSERT: &str = "INSERT INTO families (crossing, sub, client_id, generation, refreshed_at, access_until, \
     refresh_until, revoked_at, revoked_by, body, instance) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const SELECT: &str =
    "SELECT body, generation, refreshed_at, access_until, revoked_at, revoked_by FROM families";
const ADVANCE: &str = "UPDATE families SET generation = generation + 1, refreshed_at = ?3, \
     access_until = max(access_until, ?4) \
     WHERE crossing = ?1 AND generation = ?2 AND revoked_at IS NULL RETURNING access_until";
const HAS: &str = "SELECT 1 FROM families WHERE sub = ?1 AND client_id = ?2 AND revoked_at IS NULL";
const REVOKE: &str = "UPDATE families SET revoked_at = ?1, revoked_by = ?2 WHERE revoked_at IS NULL";

/// Inserts a new family; `false` if the crossing has one.
pub fn insert(db: &Connection, family: &TokenFamily) -> rusqlite::Result<bool> {
    let (revoked_at, revoked_by) = match family.state {
        FamilyState::Active => (None, None),
        FamilyState::Revoked { at, by } => (Some(sql::time(at)), Some(by.as_str())),
    };
    let refresh_until = match family.refresh {
        Refresh::Never => None,
        Refresh::Until(until) => Some(sql::time(until)),
    };
    let inserted = db.prepare_cached(INSERT)?.execute(params![
        family.crossing.as_bytes(),
        &*family.authentication.sub,
        &*family.client_id,
        family.generation,
        family.refreshed_at.map(sql::time),
        sql::time(family.access_until),
        refresh_until,
        revoked_at,
        revoked_by,
        sql::json(family)?,
        family.instance.as_deref(),
    ]);
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if sql::is_taken(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A row of `SELECT`: the body, and over it what may have changed since.
fn read(row: &Row<'_>) -> rusqlite::Result<TokenFamily> {
    let mut family: TokenFamily = sql::from_json(row.get_ref(0)?.as_str()?)?;
    family.generation = row.get(1)?;
    family.refreshed_at = row.get::<_, Option<i64>>(2)?.map(sql::timestamp);
    family.access_until = sql::timestamp(row.get(3)?);
    family.state = match row.get::<_, Option<i64>>(4)? {
        None => FamilyState::Active,
        Some(at) => {
            FamilyState::Revoked { at: sql::timestamp(at), by: revocation(row.get_ref(5)?.as_str()?)? }
        }
    };
    Ok(family)
}

fn revocation(word: &str) -> rusqlite::Result<Revocation> {
    Revocation::ALL.into_iter().find(|by| by.as_str() == word).ok_or(rusqlite::Error::InvalidQuery)
}

/// The family of this crossing, revoked or not.
pub fn read_one(db: &Connection, id: CrossingId) -> rusqlite::Result<Option<Arc<TokenFamily>>> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE crossing = ?1"))?;
    statement.query_row([id.as_bytes()], |row| read(row).map(Arc::new)).optional()
}

/// Ends the active families that `rows` names, where `?3` is `key`; says which.
pub fn revoke(
    desk: &Desk<'_>,
    rows: &str,
    key: &dyn rusqlite::ToSql,
    at: Timestamp,
    by: Revocation,
) -> rusqlite::Result<Vec<CrossingId>> {
    let mut statement = desk.db.prepare_cached(&format!("{REVOKE} AND {rows} RETURNING crossing"))?;
    let ended =
        statement.query_map(params![sql::time(at), by.as_str(), key], |row| row.get(0).map(sql::crossing))?;
    ended.collect()
}

/// Tells who wants to hear of it that these families ended.
pub fn tell(
    desk: &mut Desk<'_>,
    ended: &[CrossingId],
    at: Timestamp,
    by: Revocation,
) -> rusqlite::Result<()> {
    if desk.issuer.is_none() || ended.is_empty() {
        return Ok(());
    }
    let families: Vec<_> = ended.iter().map(|id| read_one(desk.db, *id)).collect::<rusqlite::Result<_>>()?;
    let signals = |issuer: &str| {
        families.iter().flatten().map(|family| announcement::family_ended(family, by, issuer, at)).collect()
    };
    desk.tell(at, signals).map(|_| ())
}

impl Store {
    /// A family, revoked or not; `None` if there never was one, or it was swept.
    pub async fn family(&self, id: CrossingId) -> Result<Option<Arc<TokenFamily>>, StoreError> {
        let shared = self.shared();
        if let Some(family) = shared.families.get(&id) {
            return Ok(Some(family));
        }
        let epoch = shared.families.epoch(&id);
        let family = shared.readers.read(move |db| read_one(db, id)).await?;
        if let Some(family) = &family {
            shared.families.fill(id, Arc::clone(family), epoch);
        }
        Ok(family)
    }

    /// A family, if it is in memory. Never waits.
    pub fn cached_family(&self, id: CrossingId) -> Option<Arc<TokenFamily>> {
        self.shared().families.get(&id)
    }

    /// Moves a family from one generation to the next: of two racers one wins. `None`: another one did, or it ended.
    pub async fn advance_family(
        &self,
        id: CrossingId,
        from_generation: u32,
        now: Timestamp,
        access_until: Timestamp,
    ) -> Result<Option<Arc<TokenFamily>>, StoreError> {
        let known = self.cached_family(id);
        let work = move |desk: &mut Desk<'_>| {
            // The body first: if it cannot be read, nothing was changed yet.
            let Some(family) = known.map_or_else(|| read_one(desk.db, id), |known| Ok(Some(known)))? else {
                return Ok(None);
            };
            let mut advance = desk.db.prepare_cached(ADVANCE)?;
            let given = params![id.as_bytes(), from_generation, sql::time(now), sql::time(access_until)];
            let advanced = advance.query_row(given, |row| row.get(0)).optional()?;
            Ok(advanced.map(|access_until| {
                Arc::new(TokenFamily {
                    generation: from_generation.saturating_add(1),
                    refreshed_at: Some(now),
                    access_until: sql::timestamp(access_until),
                    state: FamilyState::Active,
                    ..TokenFamily::clone(&family)
                })
            }))
        };
        let publish = move |shared: &crate::shared::Shared, advanced: &Option<Arc<TokenFamily>>| {
            if let Some(family) = advanced {
                shared.counters.family_rows.add(1);
                shared.families.publish(id, Arc::clone(family));
            }
        };
        self.shared().write(work, publish).await
    }

    /// Ends a family; `false` if there was no active one.
    pub async fn revoke_family(
        &self,
        id: CrossingId,
        at: Timestamp,
        by: Revocation,
    ) -> Result<bool, StoreError> {
        let ended = self.revoke_where("crossing = ?3", id.as_bytes().to_vec(), at, by).await?;
        Ok(ended > 0)
    }

    /// Ends a family together with the record of why, so that there is not one without the other whoever hangs up or crashes;
    /// `false`, and no record, if there was no active one.
    pub async fn revoke_family_on_record(
        &self,
        id: CrossingId,
        at: Timestamp,
        by: Revocation,
        why: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            let ended = revoke(desk, "crossing = ?3", id.as_bytes(), at, by)?;
            if !ended.is_empty() {
                security_events::insert(desk.db, &why)?;
            }
            tell(desk, &ended, at, by)?;
            Ok(!ended.is_empty())
        };
        let publish = move |shared: &crate::shared::Shared, ended: &bool| {
            if *ended {
                shared.counters.family_rows.add(1);
                shared.families.forget(&id);
                shared.incidents.tell();
            }
        };
        self.shared().write(work, publish).await
    }

    /// The newest active families of a person, `most` at most.
    pub async fn families_of(&self, sub: &str, most: u32) -> Result<Vec<TokenFamily>, StoreError> {
        let sub = sub.to_owned();
        let read_all = move |db: &Connection| {
            let sql = format!("{SELECT} WHERE sub = ?1 AND revoked_at IS NULL ORDER BY rowid DESC LIMIT ?2");
            let mut statement = db.prepare_cached(&sql)?;
            statement.query_map(params![sub, most], read)?.collect()
        };
        self.shared().readers.read(read_all).await
    }

    /// Whether a client has an active family of this person.
    pub async fn has_family(&self, sub: &str, client_id: &str) -> Result<bool, StoreError> {
        let (sub, client_id) = (sub.to_owned(), client_id.to_owned());
        self.shared().readers.read(move |db| db.prepare_cached(HAS)?.exists(params![sub, client_id])).await
    }

    /// Ends every active family of a person; says how many.
    pub async fn revoke_families_of(
        &self,
        sub: &str,
        at: Timestamp,
        by: Revocation,
    ) -> Result<u64, StoreError> {
        self.revoke_where("sub = ?3", sub.to_owned(), at, by).await
    }

    /// Ends every active family of a client; says how many.
    pub async fn revoke_families_of_client(
        &self,
        client_id: &str,
        at: Timestamp,
        by: Revocation,
    ) -> Result<u64, StoreError> {
        self.revoke_where("client_id = ?3", client_id.to_owned(), at, by).await
    }

    async fn revoke_where(
        &self,
        rows: &'static str,
        key: impl rusqlite::ToSql + Send + 'static,
        at: Timestamp,
        by: Revocation,
    ) -> Result<u64, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            let ended = revoke(desk, rows, &key, at, by)?;
            tell(desk, &ended, at, by)?;
            Ok(ended)
        };
        let publish = |shared: &crate::shared::Shared, ended: &Vec<CrossingId>| {
            shared.counters.family_rows.add(ended.len() as u64);
            for id in ended {
                shared.families.forget(id);
            }
        };
        Ok(self.shared().write(work, publish).await?.len() as u64)
    }
}
