//! Which consumption devices are registered, and which of them may no longer ask?

use crate::Store;
use crate::crossings::Instance;
use crate::error::StoreError;
use crate::families;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::incident::DistrustedDevice;
use tandem_core::jose::Jwk;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_core::oauth::token_family::Revocation;
use tandem_core::shared_signals::{self as caep, InitiatingEntity, announcement};
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
const REVOKE: &str = "UPDATE trusted_devices SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL \
     RETURNING client_id, jwk_thumbprint, compliance";
/// What an instance of a client was granted: written as the index has it.
const FAMILIES: &str = "instance IS NOT NULL AND client_id || ' ' || instance = ?3";

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

/// Ends what a device was granted as a registered one, and what as one that an attester vouched for.
fn end_families(
    desk: &Desk<'_>,
    client_id: &str,
    id: String,
    thumbprint: Option<Digest>,
    at: Timestamp,
) -> rusqlite::Result<Vec<CrossingId>> {
    let mut ended = Vec::new();
    for instance in std::iter::once(id).chain(thumbprint.map(|key| key.to_string())) {
        let whose = format!("{client_id} {instance}");
        ended.extend(families::revoke(desk, FAMILIES, &whose, at, Revocation::Operator)?);
    }
    Ok(ended)
}

/// By whose word a device is compliant or not.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// Whose.
    pub by: InitiatingEntity,
    /// Since when it is so.
    pub at: Timestamp,
}

/// Gives a device another compliance, and tells who wants to hear of it.
pub fn set_compliance(
    desk: &mut Desk<'_>,
    device: &TrustedDevice,
    status: ComplianceStatus,
    word: Word,
    now: Timestamp,
) -> rusqlite::Result<()> {
    const UPDATE: &str = "UPDATE trusted_devices SET compliance = ?2 WHERE id = ?1";
    desk.db.prepare_cached(UPDATE)?.execute(params![&*device.id, status.as_str()])?;
    tell_compliance(desk, (&device.client_id, &device.id), (told(device.compliance), told(status)), word, now)
}

fn tell_compliance(
    desk: &mut Desk<'_>,
    (client_id, id): (&str, &str),
    change: (caep::ComplianceStatus, caep::ComplianceStatus),
    Word { by, at }: Word,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let signals = |issuer: &str| {
        announcement::compliance_changed(client_id, id, change, issuer, by, at).into_iter().collect()
    };
    desk.tell(now, signals).map(|_| ())
}

/// In the words of CAEP, which knows no doubt: who was never told anything trusts a device that is registered.
fn told(status: ComplianceStatus) -> caep::ComplianceStatus {
    match status {
        ComplianceStatus::NotCompliant => caep::ComplianceStatus::NotCompliant,
        ComplianceStatus::Compliant | ComplianceStatus::Unknown => caep::ComplianceStatus::Compliant,
    }
}

/// Takes a device's trust away, and ends what it collected; `None` if there is no such device, or it was revoked before.
pub fn revoke(
    desk: &mut Desk<'_>,
    id: &str,
    at: Timestamp,
) -> rusqlite::Result<Option<(DistrustedDevice, Vec<CrossingId>)>> {
    let read = |row: &Row<'_>| {
        let word = row.get_ref(2)?.as_str()?;
        let status = ComplianceStatus::ALL.into_iter().find(|status| status.as_str() == word);
        let previous = told(status.unwrap_or_default());
        let device = DistrustedDevice { id: id.into(), client_id: row.get::<_, String>(0)?.into(), previous };
        Ok((device, row.get::<_, Option<[u8; 32]>>(1)?.map(sql::digest)))
    };
    let mut revoke = desk.db.prepare_cached(REVOKE)?;
    let revoked = revoke.query_row(params![id, sql::time(at)], read).optional()?;
    let Some((device, thumbprint)) = revoked else { return Ok(None) };
    let ended = end_families(desk, &device.client_id, id.to_owned(), thumbprint, at)?;
    Ok(Some((device, ended)))
}

fn publish_ended(shared: &Shared, ended: &[CrossingId]) {
    for crossing in ended {
        shared.counters.family_rows.add(1);
        shared.families.forget(crossing);
    }
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

    /// Says what is known of a device's compliance; `false` if there is no such device.
    pub async fn set_device_compliance(
        &self,
        id: &str,
        status: ComplianceStatus,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id: Arc<str> = id.into();
        let work = move |desk: &mut Desk<'_>| {
            let Some(device) = find(desk.db, &DeviceName::Id(id))? else { return Ok(false) };
            let word = Word { by: InitiatingEntity::Admin, at };
            set_compliance(desk, &device, status, word, at).map(|()| true)
        };
        self.shared().write(work, |shared, _| forget(shared)).await
    }

    /// Takes a device's trust away for good, and ends the families that it collected, in one transaction. Says how many
    /// those were; `None` if there is no such device, or it was revoked before. Its open crossings live in the server's
    /// memory: [`Store::crossings_with_instance`].
    pub async fn revoke_trusted_device(&self, id: &str, at: Timestamp) -> Result<Option<u64>, StoreError> {
        let id = id.to_owned();
        let work = move |desk: &mut Desk<'_>| {
            let Some((device, ended)) = revoke(desk, &id, at)? else { return Ok(None) };
            families::tell(desk, &ended, at, Revocation::Operator)?;
            let change = (device.previous, caep::ComplianceStatus::NotCompliant);
            let word = Word { by: InitiatingEntity::Admin, at };
            tell_compliance(desk, (&device.client_id, &device.id), change, word, at)?;
            Ok(Some(ended))
        };
        let publish = |shared: &Shared, ended: &Option<Vec<CrossingId>>| {
            forget(shared);
            publish_ended(shared, ended.as_deref().unwrap_or_default());
        };
        Ok(self.shared().write(work, publish).await?.map(|ended| ended.len() as u64))
    }

    /// Ends what devices collected that were revoked after `since`, but before the server knew of it. Says how many families
    /// those were.
    pub async fn end_families_of_revoked_devices(
        &self,
        since: Timestamp,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        const SINCE: &str = "SELECT id, client_id, jwk_thumbprint FROM trusted_devices WHERE revoked_at > ?1";
        let revoked = move |db: &Connection| {
            let read = |row: &Row<'_>| {
                let key = row.get::<_, Option<[u8; 32]>>(2)?.map(sql::digest);
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, key))
            };
            db.prepare_cached(SINCE)?.query_map([sql::time(since)], read)?.collect()
        };
        let revoked: Vec<_> = self.shared().readers.read(revoked).await?;
        if revoked.is_empty() {
            return Ok(0);
        }
        let work = move |desk: &mut Desk<'_>| {
            let mut ended = Vec::new();
            for (id, client_id, key) in revoked {
                ended.extend(end_families(desk, &client_id, id, key, at)?);
            }
            Ok(ended)
        };
        let publish = |shared: &Shared, ended: &Vec<CrossingId>| publish_ended(shared, ended);
        Ok(self.shared().write(work, publish).await?.len() as u64)
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
