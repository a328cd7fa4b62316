//! Who does the consumption device prove to be?

use super::attestation::{Replay, attested};
use crate::app::App;
use crate::oauth::call::Call;
use crate::oauth::certificate_binding;
use crate::oauth::failure::Failure;
use crate::signals::{self, Raised};
use std::sync::Arc;
use tandem_core::client_attestation::{
    AttestationRefusal, DEVICE_ASSERTION, DeviceAssertion, RegisteredKey, SingleUse,
};
use tandem_core::crossing::{CheckpointKind, Room};
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::trusted_devices::{self, ComplianceStatus, DeviceIdentity, KnownDevice};
use tandem_core::mitigations::{Facts, Signal, Verdict};
use tandem_core::oauth::client::{AuthMethod, Client};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_store::{DeviceName, StoreError, TrustedDevice};

/// Why a device is nobody whom we may listen to.
enum Unproved {
    /// What it brought does not hold.
    Failed(Failure),
    /// It is who it says, and was revoked.
    Revoked,
}

impl From<Failure> for Unproved {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for Unproved {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Unproved {
    fn into_failure(self, code: ErrorCode) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Revoked => Failure::new(code, "this device was revoked"),
        }
    }
}

/// Who the device that asks proved to be: for `Facts.device` at initiation; the `id` goes into `Context.instance`. It
/// counts against the pace of that device. `proof` is the key of the call's DPoP proof.
///
/// A device that brings nothing, or keys that nobody registered, is unknown; one that brings an assertion or attestation
/// that does not hold, or was revoked, is refused.
pub async fn identify(
    app: &App,
    call: &Call,
    client: &Client,
    room: Room,
    proof: Option<Digest>,
) -> Result<DeviceIdentity, Failure> {
    let code = match room {
        Room::DeviceAuthorization => ErrorCode::AccessDenied,
        Room::Ciba => ErrorCode::AccessDeniedBeforehand,
    };
    let mut identity = prove(app, call, client, proof).await.map_err(|error| error.into_failure(code))?;
    let (DeviceIdentity::Registered(device) | DeviceIdentity::Attested(device)) = &mut identity else {
        return Ok(identity);
    };
    let per_minute = app.policy(room, &client.client_id).trusted_devices.per_minute;
    device.pace = app.device_pace.take(&client.client_id, &device.id, per_minute, call.now);
    if device.pace != Attempt::Within {
        let raised = Raised {
            client_id: Some(Arc::clone(&client.client_id)),
            address: Some(call.address),
            detail: Some(format!("device {}", device.id)),
            ..Raised::default()
        };
        signals::raise(app, Signal::DeviceTooFast, &raised, call.now).await;
    }
    Ok(identity)
}

/// Whether the device that collects or refreshes is the one that asked, and may still do so. `instance` is
/// `Context.instance` of the request or `TokenFamily.instance`; without one anybody may who could before.
pub async fn same_instance(
    app: &App,
    call: &Call,
    client: &Client,
    room: Room,
    proof: Option<Digest>,
    instance: Option<&str>,
) -> Result<(), Failure> {
    let Some(instance) = instance else { return Ok(()) };
    let identity =
        prove(app, call, client, proof).await.map_err(|error| error.into_failure(ErrorCode::AccessDenied))?;
    if identity.known().is_none_or(|device| *device.id != *instance) {
        let description = "the device that asked must prove its key again, and this is not its proof";
        return Err(Failure::new(ErrorCode::InvalidGrant, description));
    }
    let facts = Facts { device: identity, ..Facts::at(call.now) };
    let policy = app.policy(room, &client.client_id);
    match trusted_devices::assess(CheckpointKind::Redeem, &facts, &policy.trusted_devices) {
        Verdict::Refuse(_) => {
            Err(Failure::new(ErrorCode::AccessDenied, "this device may not collect any more"))
        }
        _ => Ok(()),
    }
}

async fn prove(
    app: &App,
    call: &Call,
    client: &Client,
    proof: Option<Digest>,
) -> Result<DeviceIdentity, Unproved> {
    if let Some(assertion) = call.form.get(DEVICE_ASSERTION) {
        return by_assertion(app, call, client, assertion).await;
    }
    let replay = match client.token_endpoint_auth_method {
        AuthMethod::AttestJwtClientAuth => Replay::Remembered,
        _ => Replay::Remember,
    };
    let attested = attested(app, call, &client.client_id, proof, replay).await?;
    let certificate = certificate_binding::shown(call);
    if (attested.is_some() || proof.is_some() || certificate.is_some())
        && app.store.has_trusted_devices(&client.client_id).await?
    {
        let name = |key| DeviceName::Key(Arc::clone(&client.client_id), key);
        let by_key = attested.as_ref().map(|attested| attested.thumbprint).or(proof).map(name);
        if let Some(by_key) = by_key
            && let Some(device) = app.store.trusted_device(by_key).await?
        {
            return registered(app, call, &device).await;
        }
        // Its validity was not looked at when the connection began.
        let valid = call.certificate.as_ref().is_some_and(|shown| shown.certificate.is_valid_at(call.now));
        if let Some(certificate) = certificate.filter(|_| valid && attested.is_none()) {
            let name = DeviceName::Certificate(Arc::clone(&client.client_id), certificate);
            if let Some(device) = app.store.trusted_device(name).await? {
                return registered(app, call, &device).await;
            }
        }
    }
    Ok(attested.map_or(DeviceIdentity::Unknown, |attested| {
        DeviceIdentity::Attested(KnownDevice {
            id: attested.thumbprint.to_string().into(),
            kind: attested.kind,
            status: ComplianceStatus::Unknown,
            pace: Attempt::Within,
        })
    }))
}

async fn by_assertion(
    app: &App,
    call: &Call,
    client: &Client,
    text: &str,
) -> Result<DeviceIdentity, Unproved> {
    let refused = |refusal: AttestationRefusal| {
        tracing::info!(client_id = %client.client_id, %refusal, address = %call.address,
            "a device assertion was refused");
        // One text for all: whether a device exists is nobody's business.
        Failure::new(ErrorCode::InvalidRequest, "the device assertion does not hold")
    };
    let assertion = DeviceAssertion::parse(text).map_err(refused)?;
    let id = assertion.device_id().map_err(refused)?.peek();
    let device = app.store.trusted_device(DeviceName::Id(Arc::from(id))).await?;
    // Another client's device is as unknown as one that does not exist.
    let device = device.filter(|device| device.client_id == client.client_id);
    let device = device.ok_or_else(|| refused(AttestationRefusal::KeyMismatch))?;
    let thumbprint = device.jwk_thumbprint.ok_or_else(|| refused(AttestationRefusal::KeyMismatch))?;
    let key = RegisteredKey {
        device_id: &device.id,
        client_id: &device.client_id,
        thumbprint,
        key: device.jwk.as_ref(),
    };
    app.effort.verify();
    let SingleUse { digest, expires_at } = assertion.verify(key, app.issuer(), call.now).map_err(refused)?;
    if !app.store.first_use(digest, expires_at, call.now) {
        return Err(refused(AttestationRefusal::Replayed).into());
    }
    registered(app, call, &device).await
}

async fn registered(app: &App, call: &Call, device: &TrustedDevice) -> Result<DeviceIdentity, Unproved> {
    if device.revoked_at.is_some() {
        tracing::warn!(device = %device.id, client_id = %device.client_id, address = %call.address,
            "a revoked device called");
        return Err(Unproved::Revoked);
    }
    if let Err(error) = app.store.touch_trusted_device(device, call.now).await {
        tracing::warn!(%error, "when a device last called could not be written");
    }
    Ok(DeviceIdentity::Registered(KnownDevice {
        id: Arc::clone(&device.id),
        kind: device.kind,
        status: device.compliance,
        pace: Attempt::Within,
    }))
}
