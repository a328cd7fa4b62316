//! `tandem user devices`: on which devices is a person asked, and which of them is lost?

use super::Failure;
use super::output::{moment, plain, say, say_json, table, tell};
use super::settings::Settings;
use crate::clock::Clock;
use crate::people::accounts;
use clap::Args;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_store::{AuthorizationDevice, SecurityEvent};

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
    let (_, store) = arguments.settings.open()?;
    let user = accounts::find_user(&store, &arguments.username).await?;
    let all = store.authorization_devices_of(&user.sub).await.map_err(Failure::of)?;
    if let Some(wanted) = &arguments.remove {
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
        return Ok(());
    }
    store.close().await;
    if arguments.json {
        say_json(&all.iter().map(as_json).collect());
    } else if all.is_empty() {
        say("no device: they see requests on their inbox page only");
    } else {
        let heading = ["id", "kind", "name", "since", "last used"].map(str::to_owned).to_vec();
        let rows = all.iter().map(|device| {
            let used = device.last_used_at.map_or_else(|| "-".to_owned(), moment);
            let name = if device.name.is_empty() { "-".to_owned() } else { plain(&device.name) };
            let kind = device.kind.as_str().to_owned();
            vec![device.id.to_string(), kind, name, moment(device.created_at), used]
        });
        say(&table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
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

fn as_json(device: &AuthorizationDevice) -> serde_json::Value {
    serde_json::json!({
        "id": device.id.to_string(),
        "kind": device.kind.as_str(),
        "name": device.name,
        "created_at": moment(device.created_at),
        "last_used_at": device.last_used_at.map(moment),
    })
}
