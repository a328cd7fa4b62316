//! How does a browser stay a device when its push service gives it another address? `/account/devices/web-push/renewal`.
//!
//! No page need be open then: its service worker asks here for what a page would carry, and puts the new subscription
//! in the place of the old one. That takes the person's session and the address that only their browser knew.

use super::json::{self, JsonFailure};
use super::same_origin::is_same_origin;
use super::visit::Visit;
use super::web_push_subscription::{Device, device_of, record, signed_in};
use crate::app::App;
use crate::notifications::device_detail::{self, Detail};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tandem_core::web_push::Subscription;
use tandem_store::DeviceChannel;

/// What the page of devices carries for its script.
#[derive(Serialize)]
struct Preparation {
    /// The key to subscribe with (RFC 8292).
    key: String,
    csrf: String,
}

#[derive(Deserialize)]
struct Renewal {
    #[serde(flatten)]
    subscription: Subscription,
    /// The endpoint of the subscription that is over.
    replaces: String,
}

/// What a service worker needs in order to subscribe and to post.
pub(super) async fn prepare(State(app): State<Arc<App>>, request: Request) -> Response {
    let is_ours = is_same_origin(&app.config.issuer, request.headers());
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match preparation(&app, &visit, is_ours) {
        Ok(preparation) => json::respond(StatusCode::OK, &preparation),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

/// Puts one subscription in the place of another.
pub(super) async fn renew(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match replace(&app, &visit, request).await {
        Ok(device) => json::respond(StatusCode::OK, &device),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

fn preparation(app: &App, visit: &Visit, is_ours: bool) -> Result<Preparation, JsonFailure> {
    if !is_ours {
        return Err(JsonFailure::Csrf);
    }
    signed_in(visit)?;
    Ok(Preparation { key: app.keys.vapid.public().to_owned(), csrf: visit.browser.csrf(app) })
}

async fn replace(app: &App, visit: &Visit, request: Request) -> Result<Device, JsonFailure> {
    let Renewal { subscription, replaces } = json::read(app, &visit.browser, request).await?;
    let person = signed_in(visit)?;
    let sub = &person.user.sub;
    let (old, id) = (device_of(&replaces)?, subscription.id());
    if app.store.authorization_device(id).await?.is_some_and(|device| device.sub != *sub) {
        return Err(JsonFailure::Taken);
    }
    // A device of somebody else is as unknown as none; so is one that the person took away, which must not come back.
    let known = app.store.authorization_device(old).await?;
    if !known.is_some_and(|device| device.sub == *sub && device.kind == DeviceChannel::WebPush) {
        return Err(JsonFailure::Unknown);
    }
    let detail = device_detail::seal(&app.keys, &Detail::WebPush(subscription));
    let detail = detail.map_err(|_| JsonFailure::Internal)?;
    // One statement: of two renewals, or a renewal and a removal, the first counts.
    if !app.store.move_authorization_device(old, sub, id, detail).await? {
        return Err(JsonFailure::Unknown);
    }
    record(app, visit, person, "authorization_device_renewed").await?;
    Ok(Device { id })
}
