//! How does a browser become a device that is notified? `/account/devices/web-push`, and `…/remove`.
//!
//! A notification says who asks and gives nothing away; answering still takes a session in that browser.

use super::browser::SignedIn;
use super::device_room;
use super::json::{self, JsonFailure};
use super::throttle::event;
use super::visit::Visit;
use crate::app::App;
use crate::notifications::device_detail::{self, Detail};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::oauth::device_description::clean_name;
use tandem_core::web_push::Subscription;
use tandem_store::{AuthorizationDevice, DeviceChannel};
use url::Url;

#[derive(Debug, Deserialize)]
struct Subscribe {
    #[serde(flatten)]
    subscription: Subscription,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Remove {
    endpoint: String,
}

/// The device in question.
#[derive(Debug, Serialize)]
pub(super) struct Device {
    pub id: Digest,
}

/// Notifies this browser from now on.
pub(super) async fn subscribe(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match put(&app, &visit, request).await {
        Ok(device) => json::respond(StatusCode::CREATED, &device),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

/// Notifies this browser no more.
pub(super) async fn remove(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match end(&app, &visit, request).await {
        Ok(device) => json::respond(StatusCode::OK, &device),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

async fn put(app: &App, visit: &Visit, request: Request) -> Result<Device, JsonFailure> {
    let Subscribe { subscription, name } = json::read(app, &visit.browser, request).await?;
    let person = signed_in(visit)?;
    let id = subscription.id();
    let known = app.store.authorization_device(id).await?;
    if known.as_ref().is_some_and(|device| device.sub != person.user.sub) {
        return Err(JsonFailure::Taken);
    }
    let name = clean_name(&name).map(String::from).or_else(|| browser_name(visit.user_agent.as_deref()?));
    let name = name.unwrap_or_else(|| app.pages.words(visit.browser.locale(), "devices-channel-web-push"));
    let device = AuthorizationDevice {
        id,
        sub: Arc::clone(&person.user.sub),
        kind: DeviceChannel::WebPush,
        name,
        detail: device_detail::seal(&app.keys, &Detail::WebPush(subscription))
            .map_err(|_| JsonFailure::Internal)?,
        created_at: known.as_ref().map_or(visit.now, |device| device.created_at),
        last_used_at: known.as_ref().and_then(|device| device.last_used_at),
    };
    if !device_room::keep(app, device, visit.now, visit.address).await? {
        return Err(JsonFailure::TooManyDevices);
    }
    if known.is_none() {
        record(app, visit, person, "authorization_device_added").await?;
    }
    Ok(Device { id })
}

/// Removes the browser if it is this person's. Removing it twice is no mistake, and tells nothing of others' devices.
async fn end(app: &App, visit: &Visit, request: Request) -> Result<Device, JsonFailure> {
    let Remove { endpoint } = json::read(app, &visit.browser, request).await?;
    let person = signed_in(visit)?;
    let id = device_of(&endpoint)?;
    if app.store.remove_authorization_device(id, &person.user.sub).await? {
        record(app, visit, person, "authorization_device_removed").await?;
    }
    Ok(Device { id })
}

/// The device with this subscription.
pub(super) fn device_of(endpoint: &str) -> Result<Digest, JsonFailure> {
    let endpoint = Url::parse(endpoint).map_err(|_| JsonFailure::NotUnderstood)?;
    Ok(Digest::of(endpoint.as_str().as_bytes()))
}

pub(super) fn signed_in(visit: &Visit) -> Result<&SignedIn, JsonFailure> {
    visit.browser.signed_in().ok_or(JsonFailure::SignedOut)
}

/// What people call such a browser, as far as its `User-Agent` says: the first mark that is found counts.
fn browser_name(user_agent: &str) -> Option<String> {
    const BROWSERS: [(&str, &str); 9] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ];
    let found = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = found(&BROWSERS)?;
    Some(found(&SYSTEMS).map_or_else(|| browser.to_owned(), |system| format!("{browser}, {system}")))
}

pub(super) async fn record(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    kind: &str,
) -> Result<(), JsonFailure> {
    let sub = Some(Arc::clone(&person.user.sub));
    Ok(app.store.record_event(event(kind, visit.now, sub, visit.address)).await?)
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        let chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
        for (user_agent, name) in [
            (chrome, Some("Chrome, Android")),
            (edge, Some("Edge, Windows")),
            (safari, Some("Safari, iPhone")),
            ("Firefox/140.0", Some("Firefox")),
            ("curl/8.0", None),
            ("", None),
        ] {
            assert_eq!(browser_name(user_agent).as_deref(), name, "{user_agent}");
        }
    }
}
