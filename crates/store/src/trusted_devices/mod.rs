//! Which consumption devices are registered, and how is one found?

mod compliance;
mod revocation;

pub use compliance::{Word, set_compliance};
pub use revocation::revoke;

use crate::Store;
use crate::crossings::Instance;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::jose::Jwk;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_core::time::Timestamp;

/// A use within this time of the one before is not written again.
const USED_STEP: Duration = Duration::from_mins(10);

/// A consumption device that was registered in advance: an instance of a client, with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedDevice {
    /// Its name for machines.
    pub id: Arc<str>,
    /// Which client it is an instance of.
    pub client_id: Arc<str>,
    /// Its name for the operator.
    pub name: String,
    /// What kind of device it is, if that was said.
    pub kind: Option<DeviceKind>,
    /// Its public key, if more than the thumbprint is known.
    pub jwk: Option<Jwk>,
    /// The thumbprint of its key (RFC 7638).
    pub jwk_thumbprint: Option<Digest>,
    /// The SHA-256 of its certificate.
    pub certificate: Option<Digest>,
    /// Its last known compliance.
    pub compliance: ComplianceStatus,
    /// Since when.
    pub created_at: Timestamp,
    /// When it last asked, give or take some minutes.
    pub last_used_at: Option<Timestamp>,
    /// Since when it may not ask any more.
    pub revoked_at: Option<Timestamp>,
}

/// How a device is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeviceName {
    /// By its id.
    Id(Arc<str>),
    /// By the thumbprint of its key, among those of a client.
    Key(Arc<str>, Digest),
    /// By its certificate, among those of a client.
    Certificate(Arc<str>, Digest),
}

/// What of a device is in no column of its own.
#[derive(Default, Serialize, Deserialize)]
struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jwk: Option<Jwk>,
}

const SELECT: &str = "SELECT id, client_id, name, kind, jwk_thumbprint, certificate, body, compliance, created_at, \
     last_used_at, revoked_at FROM trusted_devices";
/// A key or certificate that was revoked does not come back under another id.
const INSERT: &str = "INSERT INTO trusted_devices (id, client_id, name, kind, jwk_thumbprint, certificate, body, \
     compliance, created_at, last_used_at, revoked_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 \
     WHERE NOT EXISTS (SELECT 1 FROM trusted_devices WHERE jwk_thumbprint = ?5 AND client_id = ?2) \
     AND NOT EXISTS (SELECT 1 FROM trusted_devices WHERE certificate = ?6 AND client_id = ?2) \
     ON CONFLICT (id) DO NOTHING";
fn read(row: &Row<'_>) -> rusqlite::Result<TrustedDevice> {
    let body: Body = sql::from_json(row.get_ref(6)?.as_str()?)?;
    let word: String = row.get(7)?;
    let compliance = ComplianceStatus::ALL.into_iter().find(|status| status.as_str() == word);
    Ok(TrustedDevice {
        id: row.get(0)?,
        client_id: row.get(1)?,
        name: row.get(2)?,
        kind: row.get::<_, Option<String>>(3)?.map(|word| DeviceKind::parse(&word)),
        jwk: body.jwk,
        jwk_thumbprint: row.get::<_, Option<[u8; 32]>>(4)?.map(sql::digest),
        certificate: row.get::<_, Option<[u8; 32]>>(5)?.map(sql::digest),
        compliance: compliance.ok_or(rusqlite::Error::InvalidQuery)?,
        created_at: sql::timestamp(row.get(8)?),
        last_used_at: row.get::<_, Option<i64>>(9)?.map(sql::timestamp),
        revoked_at: row.get::<_, Option<i64>>(10)?.map(sql::timestamp),
    })
}

/// The device of this name, revoked or not.
pub fn find(db: &Connection, name: &DeviceName) -> rusqlite::Result<Option<TrustedDevice>> {
    let one = |rows: &str, values: &[&dyn rusqlite::ToSql]| {
        db.prepare_cached(&format!("{SELECT} WHERE {rows}"))?.query_row(values, read).optional()
    };
    match name {
        DeviceName::Id(id) => one("id = ?1", &[&&**id]),
        DeviceName::Key(client_id, key) => {
            one("jwk_thumbprint = ?1 AND client_id = ?2", &[key.as_bytes(), &&**client_id])
        }
        DeviceName::Certificate(client_id, certificate) => {
            one("certificate = ?1 AND client_id = ?2", &[certificate.as_bytes(), &&**client_id])
        }
    }
}

/// What was known of devices no longer holds. Registrations change so rarely that everything may be forgotten.
pub fn forget(shared: &Shared) {
    shared.trusted_devices.clear();
    shared.has_trusted_devices.clear();
}

impl Store {
    /// Registers a device; `false` if its id is taken, or its key or certificate is registered for this client, revoked or
    /// not.
    pub async fn add_trusted_device(&self, device: TrustedDevice) -> Result<bool, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(INSERT)?.execute(params![
                &*device.id,
                &*device.client_id,
                device.name,
                device.kind.map(DeviceKind::as_str),
                device.jwk_thumbprint.as_ref().map(Digest::as_bytes),
                device.certificate.as_ref().map(Digest::as_bytes),
                sql::json(&Body { jwk: device.jwk })?,
                device.compliance.as_str(),
                sql::time(device.created_at),
                device.last_used_at.map(sql::time),
                device.revoked_at.map(sql::time),
            ])
        };
        Ok(self.shared().write(work, |shared, _| forget(shared)).await? > 0)
    }

    /// The device of this name, revoked or not.
    pub async fn trusted_device(&self, name: DeviceName) -> Result<Option<Arc<TrustedDevice>>, StoreError> {
        let cache = &self.shared().trusted_devices;
        if let Some(known) = cache.get(&name) {
            return Ok(known.as_ref().clone());
        }
        let epoch = cache.epoch(&name);
        let wanted = name.clone();
        let device = self.shared().readers.read(move |db| find(db, &wanted)).await?.map(Arc::new);
        cache.fill(name, Arc::new(device.clone()), epoch);
        Ok(device)
    }

    /// Whether a client has devices at all, revoked or not: most have none, and need no further look.
    pub async fn has_trusted_devices(&self, client_id: &str) -> Result<bool, StoreError> {
        const HAS: &str = "SELECT 1 FROM trusted_devices WHERE client_id = ?1";
        let cache = &self.shared().has_trusted_devices;
        if let Some(known) = cache.get(client_id) {
            return Ok(*known);
        }
        let (epoch, wanted) = (cache.epoch(client_id), client_id.to_owned());
        let has = self.shared().readers.read(move |db| db.prepare_cached(HAS)?.exists([wanted])).await?;
        cache.fill(Arc::from(client_id), Arc::new(has), epoch);
        Ok(has)
    }

    /// The devices of a client, or of all, oldest first.
    pub async fn list_trusted_devices(
        &self,
        client_id: Option<&str>,
    ) -> Result<Vec<TrustedDevice>, StoreError> {
        let client_id = client_id.map(ToOwned::to_owned);
        let select = move |db: &Connection| {
            let sql = format!("{SELECT} WHERE ?1 IS NULL OR client_id = ?1 ORDER BY created_at, id");
            db.prepare(&sql)?.query_map([client_id], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// Remembers that a device asked, to some minutes: most calls write nothing.
    pub async fn touch_trusted_device(
        &self,
        device: &TrustedDevice,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE trusted_devices SET last_used_at = ?2 \
             WHERE id = ?1 AND coalesce(last_used_at < ?2, TRUE)";
        if device.last_used_at.is_some_and(|last| at.since(last) < USED_STEP) {
            return Ok(());
        }
        let TrustedDevice { id, client_id, jwk_thumbprint, certificate, .. } = device.clone();
        let whose = Arc::clone(&id);
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(UPDATE)?.execute(params![&*whose, sql::time(at)])
        };
        let publish = move |shared: &Shared, _: &usize| {
            let names = [
                Some(DeviceName::Id(id)),
                jwk_thumbprint.map(|key| DeviceName::Key(Arc::clone(&client_id), key)),
                certificate.map(|certificate| DeviceName::Certificate(client_id, certificate)),
            ];
            for name in names.iter().flatten() {
                shared.trusted_devices.forget(name);
            }
        };
        self.shared().write(work, publish).await.map(|_| ())
    }

    /// The crossings that a registered or attested device began and nobody has collected or denied.
    pub fn crossings_with_instance(&self) -> Vec<Instance> {
        self.shared().crossings.with_instance()
    }
}
