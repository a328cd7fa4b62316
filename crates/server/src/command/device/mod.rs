//! `tandem device`: which consumption devices are trusted, and which of them no longer?

mod add;

use super::Failure;
use super::output::{moment, plain, say, say_json, table, tell};
use super::settings::{Settings, block_on};
use crate::clock::Clock;
use clap::{Args, Subcommand, ValueEnum};
use std::sync::Arc;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_store::{DeviceName, SecurityEvent, Store, TrustedDevice};

const EXAMPLES: &str = "\
Examples:
  A TV whose maker tells the thumbprint of its key; it proves itself by DPoP:
    tandem device add -c tandem.toml --client tv --name \"Lobby, left\" --kind tv --jkt 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I

  A kiosk with a certificate of its own:
    tandem device add -c tandem.toml --client kiosk --id kiosk-7 --kind kiosk --certificate kiosk-7.pem

  It was stolen:
    tandem device revoke -c tandem.toml kiosk-7

A running server notices within a moment.";

/// What to do with devices.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Register a device by its key or certificate
    #[command(after_help = EXAMPLES)]
    Add(Box<add::Add>),
    /// Show all devices, revoked ones too
    List(List),
    /// Show everything about a device
    Show(Show),
    /// Trust a device no more, and end what it began and collected
    Revoke(Revoke),
    /// Say whether a device keeps to the rules of its fleet
    Compliance(SetCompliance),
}

/// The options of `device list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    settings: Settings,
    /// Those of this client only
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `device show`.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    settings: Settings,
    /// The device
    #[arg(allow_hyphen_values = true)]
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `device revoke`.
#[derive(Debug, Args)]
pub struct Revoke {
    #[command(flatten)]
    settings: Settings,
    /// The device
    #[arg(allow_hyphen_values = true)]
    id: String,
}

/// The options of `device compliance`.
#[derive(Debug, Args)]
pub struct SetCompliance {
    #[command(flatten)]
    settings: Settings,
    /// The device
    #[arg(allow_hyphen_values = true)]
    id: String,
    /// What is known
    status: Status,
}

/// What is known of a device's compliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// Nothing
    Unknown,
    /// It keeps to the rules
    Compliant,
    /// It does not
    #[value(name = "not_compliant")]
    NotCompliant,
}

impl Status {
    const fn status(self) -> ComplianceStatus {
        match self {
            Self::Unknown => ComplianceStatus::Unknown,
            Self::Compliant => ComplianceStatus::Compliant,
            Self::NotCompliant => ComplianceStatus::NotCompliant,
        }
    }
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Add(arguments) => block_on(add::add(*arguments)),
        Action::List(arguments) => block_on(list(&arguments)),
        Action::Show(arguments) => block_on(show(&arguments)),
        Action::Revoke(arguments) => block_on(revoke(&arguments)),
        Action::Compliance(arguments) => block_on(set_compliance(&arguments)),
    }
}

async fn list(arguments: &List) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let devices = store.list_trusted_devices(arguments.client.as_deref()).await.map_err(Failure::of)?;
    store.close().await;
    if arguments.json {
        say_json(&devices.iter().map(as_json).collect());
    } else if devices.is_empty() {
        say("no device is registered: `tandem device add --help` shows how");
    } else {
        let heading = ["id", "client", "name", "kind", "compliance", "last used", "state"];
        let rows = devices.iter().map(|device| {
            vec![
                device.id.to_string(),
                plain(&device.client_id),
                if device.name.is_empty() { "-".to_owned() } else { plain(&device.name) },
                device.kind.map_or("-", DeviceKind::as_str).to_owned(),
                device.compliance.as_str().to_owned(),
                device.last_used_at.map_or_else(|| "-".to_owned(), moment),
                device
                    .revoked_at
                    .map_or_else(|| "trusted".to_owned(), |at| format!("revoked {}", moment(at))),
            ]
        });
        say(&table(&std::iter::once(heading.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}

async fn find(store: &Store, id: &str) -> Result<Arc<TrustedDevice>, Failure> {
    let device = store.trusted_device(DeviceName::Id(Arc::from(id))).await.map_err(Failure::of)?;
    device.ok_or_else(|| Failure::Failed(format!("there is no device {}", plain(id))))
}

async fn show(arguments: &Show) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let device = find(&store, &arguments.id).await?;
    store.close().await;
    let json = as_json(&device);
    if arguments.json {
        say_json(&json);
    } else if let Some(members) = json.as_object() {
        let rows = members.iter().map(|(member, value)| {
            vec![member.clone(), value.as_str().map_or_else(|| value.to_string(), plain)]
        });
        say(&table(&rows.collect::<Vec<_>>()));
    }
    Ok(())
}

async fn revoke(arguments: &Revoke) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let device = find(&store, &arguments.id).await?;
    let ended = store.revoke_trusted_device(&device.id, Clock::System.now()).await.map_err(Failure::of)?;
    let Some(ended) = ended else {
        return Err(Failure::Failed(format!("device {} was revoked before", device.id)));
    };
    let detail = format!("by the operator; {ended} grants ended");
    store.record_event(event("trusted_device_revoked", &device, Some(&detail))).await.map_err(Failure::of)?;
    store.close().await;
    tell(&format!("device {} is revoked; {ended} grants ended with it", device.id));
    Ok(())
}

async fn set_compliance(arguments: &SetCompliance) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let device = find(&store, &arguments.id).await?;
    let status = arguments.status.status();
    store.set_device_compliance(&device.id, status, Clock::System.now()).await.map_err(Failure::of)?;
    let detail = format!("{}, by the operator", status.as_str());
    store
        .record_event(event("trusted_device_compliance", &device, Some(&detail)))
        .await
        .map_err(Failure::of)?;
    store.close().await;
    tell(&format!("device {}: {}", device.id, status.as_str()));
    Ok(())
}

fn event(kind: &str, device: &TrustedDevice, detail: Option<&str>) -> SecurityEvent {
    SecurityEvent {
        at: Clock::System.now(),
        kind: kind.to_owned(),
        crossing: None,
        sub: None,
        client_id: Some(Arc::clone(&device.client_id)),
        address: None,
        detail: Some(match detail {
            Some(detail) => format!("device {}: {detail}", device.id),
            None => format!("device {}", device.id),
        }),
    }
}

fn as_json(device: &TrustedDevice) -> serde_json::Value {
    serde_json::json!({
        "id": *device.id,
        "client": *device.client_id,
        "name": device.name,
        "kind": device.kind.map(DeviceKind::as_str),
        "jkt": device.jwk_thumbprint,
        "jwk": device.jwk,
        "certificate": device.certificate,
        "compliance": device.compliance.as_str(),
        "created_at": moment(device.created_at),
        "last_used_at": device.last_used_at.map(moment),
        "revoked_at": device.revoked_at.map(moment),
    })
}
