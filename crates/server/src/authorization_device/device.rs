//! Whose device is this? The one that is known by the thumbprint of the key that was proved.

use crate::app::App;
use crate::notifications::device_detail::{self, Detail};
use crate::oauth::failure::Failure;
use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::jose::Jwk;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::time::Timestamp;
use tandem_store::{AuthorizationDevice, DeviceChannel, StoreError, User};

/// A registered app, and the person who registered it.
pub(super) struct Device {
    /// Its id: the thumbprint of its key.
    pub id: Digest,
    /// Its key.
    pub jwk: Jwk,
    /// Whose it is.
    pub user: Arc<User>,
}

/// Finds the device with this key, and notes that it was used.
pub(super) async fn identify(app: &App, key: Digest, now: Timestamp) -> Result<Device, Failure> {
    let device = found(app, key).await?.ok_or_else(unknown)?;
    if let Err(error) = app.store.touch_authorization_device(key, now).await {
        tracing::warn!(%error, "when a device was last used could not be noted");
    }
    Ok(device)
}

async fn found(app: &App, key: Digest) -> Result<Option<Device>, StoreError> {
    let Some(stored) = app.store.authorization_device(key).await? else { return Ok(None) };
    let Some(jwk) = key_of(app, &stored) else { return Ok(None) };
    let user = app.store.user(&stored.sub).await?;
    Ok(user.map(|user| Device { id: key, jwk, user }))
}

/// The key of a stored app; `None` for anything that is no app.
fn key_of(app: &App, device: &AuthorizationDevice) -> Option<Jwk> {
    if device.kind != DeviceChannel::App {
        return None;
    }
    match device_detail::open(&app.keys, &device.detail) {
        Some(Detail::App { jwk, .. }) if jwk.thumbprint() == device.id => Some(jwk),
        _ => {
            tracing::error!(device = %device.id, "what is stored of an authorization device cannot be used");
            None
        }
    }
}

/// The key in the header of a DPoP proof, which says nothing before the proof was verified.
pub(super) fn key_of_proof(proof: &str) -> Option<Jwk> {
    let header = URL_SAFE_NO_PAD.decode(proof.split('.').next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    Jwk::parse(header.get("jwk")?).ok()
}

fn unknown() -> Failure {
    Failure::new(ErrorCode::InvalidToken, "no device is registered with this key").with_header(
        header::WWW_AUTHENTICATE,
        "DPoP error=\"invalid_token\", algs=\"ES256 EdDSA RS256 PS256\"",
    )
}
