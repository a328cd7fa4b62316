//! `tandem user devices`: on which devices is a person asked, and which of them is lost?

use super::Failure;
use super::output::{moment, plain, say, say_json, table, tell};
use super::settings::{Migrate, Settings, open_store};
use crate::clock::{Clock, Random};
use crate::config::{Config, ConfigErrors};
use crate::keys::KeyRing;
use crate::notifications::device_detail::{self, Detail};
use crate::people::accounts;
use clap::Args;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_store::{AuthorizationDevice, DeviceChannel, SecurityEvent, Store, User};

/// The options of `user devices`.
#[derive(Debug, Args)]
pub struct Devices {
    #[command(flatten)]
    settings: Settings,
    /// The name they sign in with
    username: String,
    /// Remove the device with this id: it can neither be told of requests nor answer them any more
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    remove: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "remove")]
    json: bool,
}

/// Shows them, or removes one.
pub async fn devices(arguments: &Devices) -> Result<(), Failure> {
    let (config, unusable) = arguments.settings.load_with_or_without_key()?;
    let store = open_store(&config, Migrate::No)?;
    let user = accounts::find_user(&store, &arguments.username).await?;
    let all = store.authorization_devices_of(&user.sub).await.map_err(Failure::of)?;
    if let Some(wanted) = &arguments.remove {
        return remove(store, &user, &all, wanted).await;
    }
    // Only of browsers it has to be asked.
    let has_browser = all.iter().any(|device| device.kind == DeviceChannel::WebPush);
    let keys = if has_browser { Some(key_ring(&config, &store, unusable).await) } else { None };
    store.close().await;
    let keys = keys.and_then(|keys| {
        let told = |why: &String| tell(&format!("which browsers are gone cannot be told: {why}"));
        keys.inspect_err(told).ok()
    });
    show(arguments, &all, keys.as_ref());
    Ok(())
}

async fn remove(store: Store, user: &User, all: &[AuthorizationDevice], wanted: &str) -> Result<(), Failure> {
    let device = all.iter().find(|device| device.id.to_string() == *wanted);
    let device = device.ok_or_else(|| {
        Failure::Failed(format!("{} has no device {}", plain(&user.username), plain(wanted)))
    })?;
    let removed = store.remove_authorization_device(device.id, &user.sub).await.map_err(Failure::of)?;
    if removed {
        store.record_event(removal(&user.sub, device.id)).await.map_err(Failure::of)?;
    }
    store.close().await;
    tell(&format!("device {} of {} is removed", device.id, plain(&user.username)));
    Ok(())
}

fn show(arguments: &Devices, all: &[AuthorizationDevice], keys: Option<&KeyRing>) {
    if arguments.json {
        say_json(&all.iter().map(|device| as_json(device, reach(device, keys))).collect());
    } else if all.is_empty() {
        say("no device: they see requests on their inbox page only");
    } else {
        let heading = ["id", "kind", "reach", "name", "since", "last used"].map(str::to_owned).to_vec();
        let rows = all.iter().map(|device| {
            let used = device.last_used_at.map_or_else(|| "-".to_owned(), moment);
            let name = if device.name.is_empty() { "-".to_owned() } else { plain(&device.name) };
            let [kind, reach] = [device.kind.as_str(), reach(device, keys)].map(str::to_owned);
            vec![device.id.to_string(), kind, reach, name, moment(device.created_at), used]
        });
        say(&table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
}

/// Opens the keys to look with; why not, if that cannot be. Nothing is made: the server makes its keys.
async fn key_ring(config: &Config, store: &Store, unusable: Option<ConfigErrors>) -> Result<KeyRing, String> {
    if let Some(errors) = unusable {
        return Err(errors.to_string());
    }
    let encryption_key = config.keys.encryption_key.as_ref().ok_or("there is no encryption key")?;
    let stored = store.list_keys().await.map_err(|error| error.to_string())?;
    if !["root", "vapid"].iter().all(|purpose| stored.iter().any(|key| key.purpose == *purpose)) {
        return Err("the server has not made its keys yet".to_owned());
    }
    let now = Clock::System.now();
    KeyRing::open(store, encryption_key.expose(), &[], Random, now).await.map_err(|error| error.to_string())
}

/// Whether anything can be sent to this device: that a browser is gone stands sealed in the store.
fn reach(device: &AuthorizationDevice, keys: Option<&KeyRing>) -> &'static str {
    if device.kind != DeviceChannel::WebPush {
        return "open";
    }
    match keys.and_then(|keys| device_detail::open(keys, &device.detail)) {
        Some(Detail::WebPushGone) => "gone",
        Some(_) => "open",
        None => "unknown",
    }
}

fn removal(sub: &Arc<str>, device: Digest) -> SecurityEvent {
    SecurityEvent {
        at: Clock::System.now(),
        kind: "authorization_device_removed".to_owned(),
        crossing: None,
        sub: Some(Arc::clone(sub)),
        client_id: None,
        address: None,
        detail: Some(format!("{device}, by the operator")),
    }
}

fn as_json(device: &AuthorizationDevice, reach: &str) -> serde_json::Value {
    serde_json::json!({
        "id": device.id.to_string(),
        "kind": device.kind.as_str(),
        "reach": reach,
        "name": device.name,
        "created_at": moment(device.created_at),
        "last_used_at": device.last_used_at.map(moment),
    })
}
