//! What do operators set up: which clients may ask, and which keys sign?

use crate::Store;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::shared_signals;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tandem_core::oauth::client::Client;
use tandem_core::time::Timestamp;

/// A key of the server, sealed: the store cannot use it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its name.
    pub kid: String,
    /// What it is for, such as `signing`.
    pub purpose: String,
    /// Its algorithm.
    pub alg: String,
    /// The key, encrypted.
    pub sealed: Vec<u8>,
    /// Since when.
    pub created_at: Timestamp,
    /// From when on it makes nothing new.
    pub retires_at: Option<Timestamp>,
    /// From when on nothing needs it.
    pub deletes_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredKey")
            .field("kid", &self.kid)
            .field("purpose", &self.purpose)
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

/// What is left of a client that is removed from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOver {
    /// Nothing: it is no client any more.
    Nothing,
    /// A registration in the configuration: it stays a client.
    Registration,
}

fn client(row: &Row<'_>) -> rusqlite::Result<Client> {
    sql::from_json(row.get_ref(0)?.as_str()?)
}

fn key(row: &Row<'_>) -> rusqlite::Result<StoredKey> {
    Ok(StoredKey {
        kid: row.get(0)?,
        purpose: row.get(1)?,
        alg: row.get(2)?,
        sealed: row.get(3)?,
        created_at: sql::timestamp(row.get(4)?),
        retires_at: row.get::<_, Option<i64>>(5)?.map(sql::timestamp),
        deletes_at: row.get::<_, Option<i64>>(6)?.map(sql::timestamp),
    })
}

impl Store {
    /// Registers a client, or changes its registration.
    pub async fn put_client(&self, client: &Client) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO clients (client_id, body) VALUES (?1, ?2) \
             ON CONFLICT (client_id) DO UPDATE SET body = excluded.body";
        let client = client.clone();
        let work = move |desk: &mut Desk<'_>| {
            desk.db.execute(UPSERT, params![&*client.client_id, sql::json(&client)?])
        };
        self.shared().write(work, |_, _| {}).await.map(|_| ())
    }

    /// The client with this id.
    pub async fn client(&self, client_id: &str) -> Result<Option<Client>, StoreError> {
        const SELECT: &str = "SELECT body FROM clients WHERE client_id = ?1";
        let client_id = client_id.to_owned();
        let select =
            move |db: &Connection| db.prepare_cached(SELECT)?.query_row([client_id], client).optional();
        self.shared().readers.read(select).await
    }

    /// All clients, by id.
    pub async fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        let select = |db: &Connection| {
            db.prepare("SELECT body FROM clients ORDER BY client_id")?.query_map([], client)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// Removes a client from the database, and with the last place that knows it its streams, with everything that waits in
    /// them; `false` if there is none. Its token families are another call: [`Store::revoke_families_of_client`].
    pub async fn remove_client(&self, client_id: &str, left: LeftOver) -> Result<bool, StoreError> {
        let client_id = client_id.to_owned();
        let work = move |desk: &mut Desk<'_>| {
            if desk.db.execute("DELETE FROM clients WHERE client_id = ?1", [&client_id])? == 0 {
                return Ok(false);
            }
            if left == LeftOver::Nothing {
                shared_signals::delete_of(desk.db, &client_id)?;
            }
            Ok(true)
        };
        self.shared().write(work, |shared: &Shared, _| shared.shared_signals.changed()).await
    }

    /// Keeps a key, or changes what is kept of it.
    pub async fn put_key(&self, key: StoredKey) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO keys (kid, purpose, alg, sealed, created_at, retires_at, deletes_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT (kid) DO UPDATE SET purpose = excluded.purpose, alg = excluded.alg, \
             sealed = excluded.sealed, created_at = excluded.created_at, retires_at = excluded.retires_at, \
             deletes_at = excluded.deletes_at";
        let work = move |desk: &mut Desk<'_>| {
            desk.db.execute(
                UPSERT,
                params![
                    key.kid,
                    key.purpose,
                    key.alg,
                    key.sealed,
                    sql::time(key.created_at),
                    key.retires_at.map(sql::time),
                    key.deletes_at.map(sql::time),
                ],
            )
        };
        self.shared().write(work, |_, _| {}).await.map(|_| ())
    }

    /// All keys, oldest first.
    pub async fn list_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        const SELECT: &str = "SELECT kid, purpose, alg, sealed, created_at, retires_at, deletes_at FROM keys \
             ORDER BY created_at, kid";
        self.shared().readers.read(|db| db.prepare(SELECT)?.query_map([], key)?.collect()).await
    }

    /// Deletes a key; `false` if there is none.
    pub async fn delete_key(&self, kid: &str) -> Result<bool, StoreError> {
        let kid = kid.to_owned();
        let work = move |desk: &mut Desk<'_>| desk.db.execute("DELETE FROM keys WHERE kid = ?1", [kid]);
        Ok(self.shared().write(work, |_, _| {}).await? > 0)
    }
}
