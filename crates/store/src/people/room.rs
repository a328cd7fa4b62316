//! Which device makes room for another, where a person has as many as they may?

use super::authorization_device::{AuthorizationDevice, MOST_AUTHORIZATION_DEVICES, forget, keep};
use crate::Store;
use crate::error::StoreError;
use crate::shared::Shared;
use crate::writer::Desk;
use rusqlite::{Connection, params};
use std::sync::Arc;
use tandem_core::digest::Digest;

/// What became of a device that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is somebody else's, or there is no room.
    No,
    /// It is kept beside the others.
    Beside,
    /// It is kept, and this one went for it.
    InPlaceOf(Digest),
}

impl Store {
    /// Keeps a device as [`Store::put_authorization_device`] does. Where the person has twenty others, the first of
    /// `spare` goes for it that is still theirs and still reached as it is here: one that came back meanwhile stays.
    pub async fn put_authorization_device_in_place_of(
        &self,
        device: AuthorizationDevice,
        spare: Vec<AuthorizationDevice>,
    ) -> Result<Kept, StoreError> {
        let (id, sub) = (device.id, Arc::clone(&device.sub));
        let work = move |desk: &mut Desk<'_>| put(desk.db, &device, &spare);
        let publish = move |shared: &Shared, kept: &Kept| {
            forget(shared, id, &sub);
            if let Kept::InPlaceOf(gone) = kept {
                forget(shared, *gone, &sub);
            }
        };
        self.shared().write(work, publish).await
    }
}

fn put(
    db: &Connection,
    device: &AuthorizationDevice,
    spare: &[AuthorizationDevice],
) -> rusqlite::Result<Kept> {
    if keep(db, device)? > 0 {
        return Ok(Kept::Beside);
    }
    for one in spare {
        if make_room(db, device, one)? > 0 {
            // Nobody else writes in this transaction: there is room now, and the device is nobody's.
            return Ok(if keep(db, device)? > 0 { Kept::InPlaceOf(one.id) } else { Kept::No });
        }
    }
    Ok(Kept::No)
}

/// Takes `spare` away if that is what `device` waits for.
fn make_room(
    db: &Connection,
    device: &AuthorizationDevice,
    spare: &AuthorizationDevice,
) -> rusqlite::Result<usize> {
    const DELETE: &str = "DELETE FROM authorization_devices WHERE id = ?1 AND sub = ?2 AND detail = ?3 \
         AND NOT EXISTS (SELECT 1 FROM authorization_devices WHERE id = ?4) \
         AND (SELECT count(*) FROM authorization_devices WHERE sub = ?2) = ?5";
    db.prepare_cached(DELETE)?.execute(params![
        spare.id.as_bytes(),
        &*device.sub,
        spare.detail,
        device.id.as_bytes(),
        MOST_AUTHORIZATION_DEVICES,
    ])
}
