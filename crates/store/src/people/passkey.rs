//! Which passkeys has a person?

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use tandem_core::shared_signals::{ChangeType, announcement};
use tandem_core::time::Timestamp;

/// A WebAuthn credential of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The credential id.
    pub id: Vec<u8>,
    /// Whose it is.
    pub sub: Arc<str>,
    /// What the person calls it.
    pub name: String,
    /// The credential record, as JSON.
    pub credential: String,
    /// The signature counter; 0 if the authenticator has none.
    pub counter: u32,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

const SELECT: &str = "SELECT id, sub, name, credential, counter, created_at, last_used_at FROM passkeys";

fn read(row: &Row<'_>) -> rusqlite::Result<Passkey> {
    Ok(Passkey {
        id: row.get(0)?,
        sub: row.get(1)?,
        name: row.get(2)?,
        credential: row.get(3)?,
        counter: row.get(4)?,
        created_at: sql::timestamp(row.get(5)?),
        last_used_at: row.get::<_, Option<i64>>(6)?.map(sql::timestamp),
    })
}

impl Store {
    /// Keeps a new passkey; `false` if its credential id is known, whosever it is.
    pub async fn add_passkey(&self, passkey: Passkey) -> Result<bool, StoreError> {
        const INSERT: &str = "INSERT OR IGNORE INTO passkeys (id, sub, name, credential, counter, created_at, \
             last_used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let work = move |desk: &mut Desk<'_>| {
            let rows = desk.db.prepare_cached(INSERT)?.execute(params![
                passkey.id,
                &*passkey.sub,
                passkey.name,
                passkey.credential,
                passkey.counter,
                sql::time(passkey.created_at),
                passkey.last_used_at.map(sql::time),
            ])?;
            if rows > 0 {
                let Passkey { sub, name, created_at, .. } = &passkey;
                let made = ChangeType::Create;
                desk.tell(*created_at, |issuer| {
                    vec![announcement::passkey_changed(sub, name, made, issuer, *created_at)]
                })?;
            }
            Ok(rows)
        };
        Ok(self.shared().write(work, |_, _| {}).await? > 0)
    }

    /// The passkeys of a person, oldest first.
    pub async fn passkeys_of(&self, sub: &str) -> Result<Vec<Passkey>, StoreError> {
        let sub = sub.to_owned();
        let select = move |db: &Connection| {
            let mut select =
                db.prepare_cached(&format!("{SELECT} WHERE sub = ?1 ORDER BY created_at, id"))?;
            select.query_map([sub], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// The passkey with this credential id.
    pub async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>, StoreError> {
        let id = id.to_owned();
        let select = move |db: &Connection| {
            db.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?.query_row([id], read).optional()
        };
        self.shared().readers.read(select).await
    }

    /// A passkey was used and its record is now `credential`. `false` if it is gone, or its signature counter did not
    /// grow (WebAuthn section 6.1.1): of two uses of the same counter one is a copy.
    pub async fn touch_passkey(
        &self,
        id: &[u8],
        credential: String,
        counter: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE passkeys SET credential = ?2, counter = ?3, last_used_at = ?4 \
             WHERE id = ?1 AND (counter < ?3 OR (counter = 0 AND ?3 = 0))";
        let id = id.to_owned();
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(UPDATE)?.execute(params![id, credential, counter, sql::time(now)])
        };
        Ok(self.shared().write(work, |_, _| {}).await? > 0)
    }

    /// Removes a passkey of this person; `false` if they have no such passkey.
    pub async fn remove_passkey(&self, sub: &str, id: &[u8], at: Timestamp) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM passkeys WHERE sub = ?1 AND id = ?2 RETURNING name";
        let (sub, id) = (sub.to_owned(), id.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let mut delete = desk.db.prepare_cached(DELETE)?;
            let name: Option<String> = delete.query_row(params![sub, id], |row| row.get(0)).optional()?;
            if let Some(name) = &name {
                let gone = ChangeType::Delete;
                desk.tell(at, |issuer| vec![announcement::passkey_changed(&sub, name, gone, issuer, at)])?;
            }
            Ok(name.is_some())
        };
        self.shared().write(work, |_, _| {}).await
    }
}
