//! What ends when a device's trust is taken away?

use super::compliance::{Word, tell_compliance, told};
use super::forget;
use crate::Store;
use crate::error::StoreError;
use crate::families;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::incident::DistrustedDevice;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::oauth::token_family::Revocation;
use tandem_core::shared_signals::{self as caep, InitiatingEntity};
use tandem_core::time::Timestamp;

const REVOKE: &str = "UPDATE trusted_devices SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL \
     RETURNING client_id, jwk_thumbprint, compliance";
/// What an instance of a client was granted: written as the index has it.
const FAMILIES: &str = "instance IS NOT NULL AND client_id || ' ' || instance = ?3";

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
}
