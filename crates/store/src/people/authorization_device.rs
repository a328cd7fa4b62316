//! On which devices is a person asked?

use crate::Store;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// The most devices that a person may have.
pub const MOST_AUTHORIZATION_DEVICES: u32 = 20;
/// A use within this time of the one before is not written again.
const USED_STEP: Duration = Duration::from_mins(1);

/// Where a person is notified, and answers.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationDevice {
    /// Its name for machines, such as the thumbprint of its key: one person's alone.
    pub id: Digest,
    /// Whose it is.
    pub sub: Arc<str>,
    /// How it is reached.
    pub kind: DeviceChannel,
    /// What the person calls it.
    pub name: String,
    /// What it takes to reach it: the caller's, sealed or without secrets.
    pub detail: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub last_used_at: Option<Timestamp>,
}

/// How a device is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceChannel {
    /// An app with a key of its own.
    App,
    /// A browser, by Web Push (RFC 8030).
    WebPush,
    /// A mailbox.
    Email,
    /// Whatever the operator's webhook reaches.
    Webhook,
}

impl std::fmt::Debug for AuthorizationDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationDevice")
            .field("id", &self.id)
            .field("sub", &self.sub)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl DeviceChannel {
    /// The word that stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::WebPush => "web_push",
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }
}

const SELECT: &str =
    "SELECT id, sub, kind, name, detail, created_at, last_used_at FROM authorization_devices";

fn read(row: &Row<'_>) -> rusqlite::Result<AuthorizationDevice> {
    let word: String = row.get(2)?;
    let all = [DeviceChannel::App, DeviceChannel::WebPush, DeviceChannel::Email, DeviceChannel::Webhook];
    let kind = all.into_iter().find(|kind| kind.as_str() == word).ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(AuthorizationDevice {
        id: sql::digest(row.get(0)?),
        sub: row.get(1)?,
        kind,
        name: row.get(3)?,
        detail: row.get(4)?,
        created_at: sql::timestamp(row.get(5)?),
        last_used_at: row.get::<_, Option<i64>>(6)?.map(sql::timestamp),
    })
}

/// Removes all devices of a person; says which.
pub fn delete_of(db: &Connection, sub: &str) -> rusqlite::Result<Vec<Digest>> {
    let mut delete = db.prepare_cached("DELETE FROM authorization_devices WHERE sub = ?1 RETURNING id")?;
    delete.query_map([sub], |row| row.get(0).map(sql::digest))?.collect()
}

/// Keeps a device, unless it is somebody else's or its person has twenty others; the rows that were written.
pub(super) fn keep(db: &Connection, device: &AuthorizationDevice) -> rusqlite::Result<usize> {
    const UPSERT: &str = "INSERT INTO authorization_devices (id, sub, kind, name, detail, created_at, \
         last_used_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 \
         WHERE (SELECT count(*) FROM authorization_devices WHERE sub = ?2 AND id <> ?1) < ?8 \
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, \
         detail = excluded.detail, created_at = excluded.created_at, \
         last_used_at = excluded.last_used_at WHERE sub = excluded.sub";
    db.prepare_cached(UPSERT)?.execute(params![
        device.id.as_bytes(),
        &*device.sub,
        device.kind.as_str(),
        device.name,
        device.detail,
        sql::time(device.created_at),
        device.last_used_at.map(sql::time),
        MOST_AUTHORIZATION_DEVICES,
    ])
}

/// What was known of this device, and of all devices of its owner, no longer holds.
pub(super) fn forget(shared: &Shared, id: Digest, sub: &str) {
    shared.devices.forget(&id);
    shared.devices_of.forget(sub);
}

impl Store {
    /// Keeps a device, or, if it is this person's already, what is new of it. `false` if it is somebody else's, or if
    /// the person has twenty others.
    pub async fn put_authorization_device(&self, device: AuthorizationDevice) -> Result<bool, StoreError> {
        let (id, sub) = (device.id, Arc::clone(&device.sub));
        let work = move |desk: &mut Desk<'_>| keep(desk.db, &device);
        let rows = self.shared().write(work, move |shared, _| forget(shared, id, &sub)).await?;
        Ok(rows > 0)
    }

    /// Whether it is known, without a look at the disk, that this person has no device.
    pub fn is_known_without_devices(&self, sub: &str) -> bool {
        self.shared().devices_of.get(sub).is_some_and(|devices| devices.is_empty())
    }

    /// The devices of a person, oldest first.
    pub async fn authorization_devices_of(
        &self,
        sub: &str,
    ) -> Result<Arc<Vec<AuthorizationDevice>>, StoreError> {
        let shared = self.shared();
        if let Some(devices) = shared.devices_of.get(sub) {
            return Ok(devices);
        }
        let (epoch, whose) = (shared.devices_of.epoch(sub), sub.to_owned());
        let select = move |db: &Connection| {
            let sql = format!("{SELECT} WHERE sub = ?1 ORDER BY created_at, id");
            db.prepare_cached(&sql)?.query_map([whose], read)?.collect()
        };
        let devices: Arc<Vec<_>> = Arc::new(shared.readers.read(select).await?);
        shared.devices_of.fill(Arc::from(sub), Arc::clone(&devices), epoch);
        Ok(devices)
    }

    /// The device with this id, whosever it is.
    pub async fn authorization_device(&self, id: Digest) -> Result<Option<AuthorizationDevice>, StoreError> {
        let shared = self.shared();
        if let Some(device) = shared.devices.get(&id) {
            return Ok(Some(AuthorizationDevice::clone(&device)));
        }
        let epoch = shared.devices.epoch(&id);
        let select = move |db: &Connection| {
            let mut select = db.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
            select.query_row([id.as_bytes()], read).optional()
        };
        let device = shared.readers.read(select).await?;
        if let Some(device) = &device {
            shared.devices.fill(id, Arc::new(device.clone()), epoch);
        }
        Ok(device)
    }

    /// The person calls their device something else; `false` if they have no such device.
    pub async fn rename_authorization_device(
        &self,
        id: Digest,
        sub: &str,
        name: &str,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE authorization_devices SET name = ?3 WHERE id = ?1 AND sub = ?2";
        let (sub, whose, name) = (sub.to_owned(), sub.to_owned(), name.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(UPDATE)?.execute(params![id.as_bytes(), sub, name])
        };
        let rows = self.shared().write(work, move |shared, _| forget(shared, id, &whose)).await?;
        Ok(rows > 0)
    }

    /// Reaches a device of this person in another way from now on, and under another id if `id` is another: what stood
    /// there of the same person goes. `false` if they have no such device, or `id` is somebody else's.
    pub async fn move_authorization_device(
        &self,
        old: Digest,
        sub: &str,
        id: Digest,
        detail: String,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE OR REPLACE authorization_devices SET id = ?3, detail = ?4 \
             WHERE id = ?1 AND sub = ?2 \
             AND NOT EXISTS (SELECT 1 FROM authorization_devices WHERE id = ?3 AND sub <> ?2)";
        let (sub, whose) = (sub.to_owned(), sub.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let mut update = desk.db.prepare_cached(UPDATE)?;
            update.execute(params![old.as_bytes(), sub, id.as_bytes(), detail])
        };
        let publish = move |shared: &Shared, _: &usize| {
            forget(shared, old, &whose);
            forget(shared, id, &whose);
        };
        Ok(self.shared().write(work, publish).await? > 0)
    }

    /// Reaches a device in another way from now on, if it is still reached as it is in `known`, and still theirs: what
    /// somebody changed or took away meanwhile stays as they left it. `false` if that is so.
    pub async fn change_authorization_device(
        &self,
        known: &AuthorizationDevice,
        detail: String,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str =
            "UPDATE authorization_devices SET detail = ?4 WHERE id = ?1 AND sub = ?2 AND detail = ?3";
        let (id, sub, before) = (known.id, Arc::clone(&known.sub), known.detail.clone());
        let whose = Arc::clone(&sub);
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(UPDATE)?.execute(params![id.as_bytes(), &*sub, before, detail])
        };
        let rows = self.shared().write(work, move |shared, _| forget(shared, id, &whose)).await?;
        Ok(rows > 0)
    }

    /// Removes a device of this person; `false` if they have no such device.
    pub async fn remove_authorization_device(&self, id: Digest, sub: &str) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM authorization_devices WHERE id = ?1 AND sub = ?2";
        let (sub, whose) = (sub.to_owned(), sub.to_owned());
        let work =
            move |desk: &mut Desk<'_>| desk.db.prepare_cached(DELETE)?.execute(params![id.as_bytes(), sub]);
        let rows = self.shared().write(work, move |shared, _| forget(shared, id, &whose)).await?;
        Ok(rows > 0)
    }

    /// Remembers that a device was used, to the minute: most calls write nothing. A device that is gone stays gone.
    pub async fn touch_authorization_device(&self, id: Digest, at: Timestamp) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE authorization_devices SET last_used_at = ?2 \
             WHERE id = ?1 AND coalesce(last_used_at < ?2, TRUE) RETURNING sub";
        let Some(device) = self.authorization_device(id).await? else { return Ok(()) };
        if device.last_used_at.is_some_and(|last| at.since(last) < USED_STEP) {
            return Ok(());
        }
        let work = move |desk: &mut Desk<'_>| {
            let mut update = desk.db.prepare_cached(UPDATE)?;
            let sub = update.query_row(params![id.as_bytes(), sql::time(at)], |row| row.get(0));
            sub.optional()
        };
        let publish = move |shared: &Shared, sub: &Option<String>| {
            if let Some(sub) = sub {
                forget(shared, id, sub);
            }
        };
        self.shared().write(work, publish).await.map(|_| ())
    }
}
