//! What is known of a device's compliance, by whose word, and who hears of it?

use super::{DeviceName, TrustedDevice, find, forget};
use crate::Store;
use crate::error::StoreError;
use crate::writer::Desk;
use rusqlite::params;
use std::sync::Arc;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::shared_signals::{self as caep, InitiatingEntity, announcement};
use tandem_core::time::Timestamp;

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

pub(super) fn tell_compliance(
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
pub(super) fn told(status: ComplianceStatus) -> caep::ComplianceStatus {
    match status {
        ComplianceStatus::NotCompliant => caep::ComplianceStatus::NotCompliant,
        ComplianceStatus::Compliant | ComplianceStatus::Unknown => caep::ComplianceStatus::Compliant,
    }
}

impl Store {
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
}
