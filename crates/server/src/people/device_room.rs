//! How does a person who has as many devices as they may get another? A browser that nothing reaches any more makes room.

use super::throttle::event;
use crate::app::App;
use crate::notifications::device_detail::is_gone;
use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_store::{AuthorizationDevice, Kept, MOST_AUTHORIZATION_DEVICES, SecurityEvent, StoreError};

/// Whether [`keep`] would keep this device of a person now.
pub async fn has_room(app: &App, sub: &str, id: Digest) -> Result<bool, StoreError> {
    let devices = app.store.authorization_devices_of(sub).await?;
    let is_full = usize::try_from(MOST_AUTHORIZATION_DEVICES).is_ok_and(|most| devices.len() >= most);
    Ok(!is_full || devices.iter().any(|device| device.id == id || is_gone(&app.keys, device)))
}

/// Keeps a device of a person; `false` if it is somebody else's, or if they have twenty others that can be reached. Of
/// those that cannot, the oldest goes where there is no room, and the log says so.
pub async fn keep(
    app: &App,
    device: AuthorizationDevice,
    now: Timestamp,
    address: IpAddr,
) -> Result<bool, StoreError> {
    // Nearly everybody has room.
    if app.store.put_authorization_device(device.clone()).await? {
        return Ok(true);
    }
    let sub = Arc::clone(&device.sub);
    let others = app.store.authorization_devices_of(&sub).await?;
    let gone: Vec<_> = others.iter().filter(|other| is_gone(&app.keys, other)).cloned().collect();
    if gone.is_empty() {
        return Ok(false);
    }
    // The store looks once more, as it writes: a browser that came back meanwhile stays.
    let kept = app.store.put_authorization_device_in_place_of(device, gone).await?;
    if let Kept::InPlaceOf(id) = kept {
        let detail = Some(format!("{id}, which was gone, made room for another"));
        let removed = event("authorization_device_removed", now, Some(sub), address);
        app.store.record_event(SecurityEvent { detail, ..removed }).await?;
    }
    Ok(kept != Kept::No)
}
