//! `tandem device`: which consumption devices are trusted, and which of them no longer?

use super::Failure;
use super::output::{moment, plain, say, say_json, table, tell};
use super::password::read_file_of;
use super::registration::usage;
use super::settings::{Settings, block_on};
use crate::clock::{Clock, Random};
use crate::config::Config;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::jose::Jwk;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::mutual_tls::Certificate;
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

/// The longest id. Thumbprints are longer, so that none can pass for another device's id.
const MAX_ID: usize = 40;
/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// What to do with devices.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Register a device by its key or certificate
    #[command(after_help = EXAMPLES)]
    Add(Box<Add>),
    /// Show all devices, revoked ones too
    List(List),
    /// Show everything about a device
    Show(Show),
    /// Trust a device no more, and end what it began and collected
    Revoke(Revoke),
    /// Say whether a device keeps to the rules of its fleet
    Compliance(SetCompliance),
}

/// The options of `device add`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("evidence").required(true).multiple(true).args(["key_file", "jkt", "certificate"]))]
pub struct Add {
    #[command(flatten)]
    settings: Settings,
    /// The client that it is an instance of
    #[arg(long, value_name = "CLIENT")]
    client: String,
    /// Its name for machines; one is drawn if none is given
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Its name for you
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// What it is: this counts, whatever it says of itself
    #[arg(long)]
    kind: Option<Kind>,
    /// File with its public key (a JWK)
    #[arg(long, value_name = "FILE", conflicts_with = "jkt")]
    key_file: Option<PathBuf>,
    /// Thumbprint of its public key (RFC 7638, SHA-256), where that is all you have
    #[arg(long, value_name = "THUMBPRINT")]
    jkt: Option<String>,
    /// File with its certificate (PEM)
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// What is known of its compliance
    #[arg(long, default_value = "unknown")]
    compliance: Status,
    /// Print JSON
    #[arg(long)]
    json: bool,
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
    id: String,
}

/// The options of `device compliance`.
#[derive(Debug, Args)]
pub struct SetCompliance {
    #[command(flatten)]
    settings: Settings,
    /// The device
    id: String,
    /// What is known
    status: Status,
}

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A television or set-top box
    Tv,
    /// A kiosk or shared screen in a public place
    Kiosk,
    /// A game console
    Console,
    /// A command line
    Terminal,
    /// A desktop or laptop computer
    Computer,
    /// Anything else
    Other,
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

impl Kind {
    const fn kind(self) -> DeviceKind {
        match self {
            Self::Tv => DeviceKind::Tv,
            Self::Kiosk => DeviceKind::Kiosk,
            Self::Console => DeviceKind::Console,
            Self::Terminal => DeviceKind::Terminal,
            Self::Computer => DeviceKind::Computer,
            Self::Other => DeviceKind::Other,
        }
    }
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
        Action::Add(arguments) => block_on(add(*arguments)),
        Action::List(arguments) => block_on(list(&arguments)),
        Action::Show(arguments) => block_on(show(&arguments)),
        Action::Revoke(arguments) => block_on(revoke(&arguments)),
        Action::Compliance(arguments) => block_on(set_compliance(&arguments)),
    }
}

async fn add(arguments: Add) -> Result<(), Failure> {
    let settings = &arguments.settings;
    let device = read(&arguments)?;
    let (config, store) = settings.open_or_create()?;
    if !is_client(&config, &store, &device.client_id).await? {
        return Err(Failure::Failed(format!("there is no client {}", plain(&device.client_id))));
    }
    if !store.add_trusted_device(device.clone()).await.map_err(Failure::of)? {
        let text = format!(
            "device {} is not registered: the id is taken, or the key or certificate was registered before",
            device.id
        );
        return Err(Failure::Failed(text));
    }
    store.record_event(event("trusted_device_added", &device, None)).await.map_err(Failure::of)?;
    store.close().await;
    if arguments.json {
        say_json(&as_json(&device));
    } else {
        tell(&format!("device {} of {} is registered", device.id, plain(&device.client_id)));
    }
    Ok(())
}

/// What the command line says of the device.
fn read(arguments: &Add) -> Result<TrustedDevice, Failure> {
    let id = match &arguments.id {
        Some(id) if !is_id(id) => {
            let text =
                format!("--id: 1 to {MAX_ID} letters, digits, dots, dashes and underscores are accepted");
            return Err(Failure::Usage(text));
        }
        Some(id) => id.clone(),
        None => URL_SAFE_NO_PAD.encode(Random.bytes::<12>()),
    };
    if arguments.name.chars().nth(MAX_NAME).is_some() || arguments.name.chars().any(char::is_control) {
        return Err(Failure::Usage(format!(
            "--name: at most {MAX_NAME} characters without control characters"
        )));
    }
    let jwk = arguments.key_file.as_deref().map(read_key).transpose()?;
    let thumbprint = arguments.jkt.as_deref().map(read_thumbprint).transpose()?;
    Ok(TrustedDevice {
        id: id.into(),
        client_id: arguments.client.as_str().into(),
        name: arguments.name.clone(),
        kind: arguments.kind.map(Kind::kind),
        jwk_thumbprint: jwk.as_ref().map(Jwk::thumbprint).or(thumbprint),
        jwk,
        certificate: arguments.certificate.as_deref().map(read_certificate).transpose()?,
        compliance: arguments.compliance.status(),
        created_at: Clock::System.now(),
        last_used_at: None,
        revoked_at: None,
    })
}

fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(fits)
}

fn read_key(file: &Path) -> Result<Jwk, Failure> {
    let text = read_file_of(file, 65_536)?;
    let json = serde_json::from_str(text.expose()).map_err(|error| usage("--key-file", &error))?;
    Jwk::parse(&json).map_err(|error| usage("--key-file", &error))
}

fn read_thumbprint(text: &str) -> Result<Digest, Failure> {
    serde_json::from_value(text.into())
        .map_err(|_| usage("--jkt", &"43 characters of base64url are accepted"))
}

fn read_certificate(file: &Path) -> Result<Digest, Failure> {
    let text = read_file_of(file, 65_536)?;
    let der = CertificateDer::from_pem_slice(text.expose().as_bytes())
        .map_err(|error| usage("--certificate", &error))?;
    Certificate::parse(&der)
        .map(|certificate| certificate.thumbprint())
        .map_err(|error| usage("--certificate", &error))
}

async fn is_client(config: &Config, store: &Store, client_id: &str) -> Result<bool, Failure> {
    let configured = config.clients.iter().any(|client| client.client_id == client_id);
    Ok(configured || store.client(client_id).await.map_err(Failure::of)?.is_some())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_passes_for_a_thumbprint() {
        assert!(is_id("kiosk-7") && is_id(&"x".repeat(MAX_ID)));
        for id in ["", "a b", "ä", "a/b", &Digest::of(b"key").to_string()] {
            assert!(!is_id(id), "{id}");
        }
    }
}
