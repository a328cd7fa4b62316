//! How does an app become a person's device? `POST /authorization-device/register`

use super::call::{proven, respond};
use super::{REGISTER, registration_code};
use crate::app::App;
use crate::notifications::device_detail::{self, Detail};
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::people::device_room;
use crate::people::respond::redirect;
use crate::people::throttle::event;
use crate::rate_limits::Caller;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::jose::Jwk;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::oauth::device_description::clean_name;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::web_push::Subscription;
use tandem_store::{AuthorizationDevice, DeviceChannel, SecurityEvent, User};

#[derive(Deserialize)]
struct Register {
    registration_code: String,
    name: String,
    #[serde(default)]
    push: Option<Subscription>,
}

#[derive(Serialize)]
struct Registered<'a> {
    device_id: Digest,
    name: &'a str,
    username: &'a str,
    issuer: &'a str,
}

/// `POST /authorization-device/register`.
pub(super) async fn register(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    respond(&app, nonce, answer)
}

/// `GET /authorization-device/register`: somebody scanned the code with a camera instead of the app. The address, which
/// holds the code, is left at once.
pub(super) async fn opened_in_a_browser() -> Response {
    redirect("/account/devices")
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let proven = proven(app, request, REGISTER)?;
    // Tries are counted as wrong codes that people type are: by address.
    let caller = Caller::Address(proven.call.address);
    if let Attempt::Exceeded { retry_after } = app.limits.guess_address.peek(&caller, proven.call.now) {
        return Err(Failure::new(
            ErrorCode::TooManyRequests,
            "too many wrong registration codes came from here",
        )
        .retry_after(retry_after));
    }
    let key = proven.jwk().ok_or(Failure::new(ErrorCode::InvalidDpopProof, "the proof has no usable key"))?;
    let (call, asked) = proven.json::<Register>(app).await?;
    let name = clean_name(&asked.name)
        .ok_or(Failure::new(ErrorCode::InvalidRequest, "the name has no characters that can be shown"))?;
    let user = owner(app, &call, &asked.registration_code, key.thumbprint()).await?;
    let device_id = key.thumbprint();
    put(app, &call, &user, key, String::from(name.clone()), asked.push).await?;
    let mut response =
        answer::json(&Registered { device_id, name: &name, username: &user.username, issuer: app.issuer() });
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// The person who made the code, which is spent by this.
async fn owner(app: &App, call: &Call, code: &str, key: Digest) -> Result<Arc<User>, Failure> {
    let refused = || {
        app.limits.guess_address.take(&Caller::Address(call.address), call.now);
        Failure::new(ErrorCode::InvalidGrant, "the registration code is wrong, used, or over; make a new one")
    };
    let code = registration_code::read(app, code, call.now).ok_or_else(refused)?;
    // Before the code is spent: whoever learns this has a code that this server made.
    if app.store.authorization_device(key).await?.is_some_and(|device| device.sub != code.sub) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "this key belongs to somebody else's device"));
    }
    let user = app.store.user(&code.sub).await?.ok_or_else(refused)?;
    if code.spend(app, call.now) { Ok(user) } else { Err(refused()) }
}

async fn put(
    app: &App,
    call: &Call,
    user: &User,
    jwk: Jwk,
    name: String,
    push: Option<Subscription>,
) -> Result<(), Failure> {
    let id = jwk.thumbprint();
    let known = app.store.authorization_device(id).await?;
    let detail = device_detail::seal(&app.keys, &Detail::App { jwk, push }).map_err(|error| {
        tracing::error!(%error, "an authorization device could not be sealed");
        Failure::new(ErrorCode::ServerError, "the device could not be kept")
    })?;
    let device = AuthorizationDevice {
        id,
        sub: Arc::clone(&user.sub),
        kind: DeviceChannel::App,
        name,
        detail,
        created_at: known.as_ref().map_or(call.now, |device| device.created_at),
        last_used_at: Some(call.now),
    };
    if !device_room::keep(app, device, call.now, call.address).await? {
        return Err(Failure::new(
            ErrorCode::InvalidRequest,
            "the person has as many devices as one person may have; they must remove one first",
        ));
    }
    if known.is_none() {
        let added = event("authorization_device_added", call.now, Some(Arc::clone(&user.sub)), call.address);
        app.store.record_event(SecurityEvent { detail: Some("app".to_owned()), ..added }).await?;
    }
    Ok(())
}
