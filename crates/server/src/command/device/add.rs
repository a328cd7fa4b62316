//! `tandem device add`: what does the command line say of a device, and is it registered then?

use super::{Status, as_json, event};
use crate::clock::{Clock, Random};
use crate::command::Failure;
use crate::command::output::{plain, say_json, tell};
use crate::command::password::read_file_of;
use crate::command::registration::usage;
use crate::command::settings::Settings;
use crate::config::Config;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{ArgGroup, Args, ValueEnum};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use tandem_core::digest::Digest;
use tandem_core::jose::Jwk;
use tandem_core::mutual_tls::Certificate;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_store::{Store, TrustedDevice};

/// The longest id. Thumbprints are longer, so that none can pass for another device's id.
const MAX_ID: usize = 40;
/// The longest name, in characters.
const MAX_NAME: usize = 64;

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
    #[arg(long, value_name = "THUMBPRINT", allow_hyphen_values = true)]
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

/// Registers it.
pub(super) async fn add(arguments: Add) -> Result<(), Failure> {
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
