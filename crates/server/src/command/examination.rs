//! Which things does the doctor look at? Each finding is one line, and says what to do where something is wrong.

use super::certificate;
use super::finding::Finding;
use super::output::moment;
use super::probe;
use super::settings::{self, Migrate};
use crate::clients::Clients;
use crate::clock::{Clock, Random};
use crate::config::{Config, Loaded};
use crate::edge::tls::{self, TlsFiles};
use crate::geolocation::Geolocation;
use crate::keys::KeyRing;
use crate::pages::{Pages, Site};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_store::{OpenError, Store};
use url::{Host, Url};

/// A certificate that ends sooner than this should have been renewed.
const RENEW: Duration = Duration::from_hours(14 * 24);
/// 2025-01-01: no clock shows less, unless it was never set.
const LATELY: Timestamp = Timestamp::from_secs(1_735_689_600);
/// Free space on the disk below which the server will soon stop, and below which somebody should look, in KiB.
const TOO_LITTLE: u64 = 100 * 1024;
const LITTLE: u64 = 1024 * 1024;

/// Looks at everything; changes nothing.
pub async fn examine(loaded: &Loaded) -> Vec<Finding> {
    let config = &loaded.config;
    let now = Clock::System.now();
    let mut findings = configuration(loaded);
    findings.extend(secret_files(config));
    findings.push(data_dir(config));
    findings.push(certificate(config, now));
    findings.push(templates(config));
    findings.extend(places(config, now));
    findings.push(clock(now));
    findings.extend(free_disk(config));
    match settings::open_store(config, Migrate::No) {
        Ok(store) => {
            findings.push(Finding::right("database", "opens, with the schema of this version"));
            findings.push(keys(config, &store, now).await);
            findings.push(clients(config, &store).await);
            findings.push(past(&store, now).await);
            store.close().await;
        }
        Err(OpenError::OlderSchema { found: 0, .. }) => {
            findings.push(Finding::look("database", "there is none yet: the first start makes it"));
        }
        Err(error) => findings.push(Finding::wrong("database", error.to_string())),
    }
    findings.push(issuer(config));
    findings
}

fn configuration(loaded: &Loaded) -> Vec<Finding> {
    let first = match loaded.config.check_serve() {
        Ok(()) => Finding::right("configuration", "complete"),
        Err(errors) => Finding::wrong("configuration", errors.to_string()),
    };
    let warnings = loaded.warnings.iter().map(|warning| Finding::look("configuration", warning.to_string()));
    std::iter::once(first).chain(warnings).collect()
}

/// Who may read the files in which secrets are?
fn secret_files(config: &Config) -> Vec<Finding> {
    let of_clients = config.clients.iter().filter_map(|client| client.client_secret_file.as_deref());
    let own = [config.keys.encryption_key_file.as_deref(), config.tls.private_key_file.as_deref()];
    let mut findings: Vec<_> = own.into_iter().flatten().chain(of_clients).map(secret_file).collect();
    let inside = |file: &Path| file.canonicalize().ok().zip(config.data_dir.canonicalize().ok());
    if let Some((file, dir)) = config.keys.encryption_key_file.as_deref().and_then(inside)
        && file.starts_with(&dir)
    {
        let text = "the encryption key lies beside what it encrypts: a copy of the data directory opens everything; \
                    move it elsewhere";
        findings.push(Finding::look("secrets", text));
    }
    findings
}

fn secret_file(file: &Path) -> Finding {
    let name = file.display();
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.permissions().mode() & 0o007 != 0 => {
            Finding::wrong("secrets", format!("everybody on this machine may open {name}: chmod o= {name}"))
        }
        Ok(_) => Finding::right("secrets", format!("{name} is closed to others")),
        Err(error) => Finding::wrong("secrets", format!("cannot look at {name}: {error}")),
    }
}

fn data_dir(config: &Config) -> Finding {
    let name = config.data_dir.display();
    match std::fs::metadata(&config.data_dir) {
        Ok(metadata) if !metadata.is_dir() => {
            Finding::wrong("data directory", format!("{name} is no folder"))
        }
        Ok(metadata) if metadata.permissions().mode() & 0o007 != 0 => Finding::wrong(
            "data directory",
            format!("everybody on this machine may enter {name}: chmod o= {name}"),
        ),
        // Only trying tells whether one may write: modes do not know of read-only disks.
        Ok(_) => match tempfile::Builder::new().prefix(".doctor-").tempfile_in(&config.data_dir) {
            Ok(_) => {
                Finding::right("data directory", format!("{name} can be written, and is closed to others"))
            }
            Err(error) => Finding::wrong("data directory", format!("cannot write into {name}: {error}")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Finding::look("data directory", format!("{name} does not exist yet: the first start makes it"))
        }
        Err(error) => Finding::wrong("data directory", format!("cannot look at {name}: {error}")),
    }
}

fn certificate(config: &Config, now: Timestamp) -> Finding {
    let Some((certificate, private_key)) =
        config.tls.certificate_file.clone().zip(config.tls.private_key_file.clone())
    else {
        return Finding::skipped("TLS", "not by this server");
    };
    let files = TlsFiles { certificate, private_key };
    if let Err(error) = tls::load_all(&files, &tls::Asking::new(config)) {
        return Finding::wrong("TLS", error.to_string());
    }
    let first = CertificateDer::pem_file_iter(&files.certificate).ok().and_then(|mut chain| chain.next());
    match first.and_then(Result::ok).and_then(|der| certificate::not_after(&der)) {
        None => Finding::look("TLS", "the certificate works, but its end could not be read"),
        Some(end) if end <= now => {
            Finding::wrong("TLS", format!("the certificate ended at {}: renew it", moment(end)))
        }
        Some(end) if end.since(now) < RENEW => {
            Finding::look("TLS", format!("the certificate ends soon, at {}: renew it", moment(end)))
        }
        Some(end) => Finding::right("TLS", format!("the certificate is good until {}", moment(end))),
    }
}

fn templates(config: &Config) -> Finding {
    let site = Site { operator: String::new(), address: config.issuer.as_str().to_owned() };
    match Pages::new(config.pages.template_dir.as_deref(), site) {
        Ok(_) if config.pages.template_dir.is_none() => Finding::right("pages", "the shipped ones"),
        Ok(_) => Finding::right("pages", "every page can be drawn with your templates"),
        Err(error) => Finding::wrong("pages", error.to_string()),
    }
}

fn places(config: &Config, now: Timestamp) -> Option<Finding> {
    let finding = match Geolocation::open(&config.geolocation) {
        Err(error) => Finding::wrong("geolocation", error.to_string()),
        Ok(geolocation) => {
            let built = moment(geolocation.built_at()?);
            if geolocation.is_believed(now) {
                Finding::right("geolocation", format!("the database was built at {built}"))
            } else {
                let text =
                    format!("the database was built at {built}, too long ago to believe: get a new one");
                Finding::look("geolocation", text)
            }
        }
    };
    Some(finding)
}

fn clock(now: Timestamp) -> Finding {
    if now < LATELY {
        return Finding::wrong("clock", format!("it shows {}: set it, and keep it with NTP", moment(now)));
    }
    Finding::right("clock", format!("it shows {}", moment(now)))
}

/// Nothing can have happened later than now.
async fn past(store: &Store, now: Timestamp) -> Finding {
    let keys = store.list_keys().await.unwrap_or_default().into_iter().map(|key| key.created_at);
    let events =
        store.events(1, None).await.unwrap_or_default().into_iter().map(|recorded| recorded.event.at);
    match keys.chain(events).max() {
        Some(last) if last > now.plus(Duration::from_mins(1)) => {
            let text = format!(
                "something was recorded at {}, which is yet to come: the clock went back",
                moment(last)
            );
            Finding::wrong("clock", text)
        }
        _ => Finding::right("clock", "it has not gone back"),
    }
}

async fn keys(config: &Config, store: &Store, now: Timestamp) -> Finding {
    let stored = match store.list_keys().await {
        Ok(stored) => stored,
        Err(error) => return Finding::wrong("keys", error.to_string()),
    };
    let Some(encryption_key) = &config.keys.encryption_key else {
        return Finding::skipped("keys", "there is no encryption key to open them with");
    };
    if !stored.iter().any(|key| key.purpose == "root") {
        return Finding::look("keys", "there are none yet: the first start makes them");
    }
    if !stored.iter().any(|key| key.purpose == "vapid") {
        return Finding::look("keys", "the one for Web Push is missing: the next start makes it");
    }
    // Without algorithms to make keys for, opening changes nothing.
    match KeyRing::open(store, encryption_key.expose(), &[], Random, now).await {
        Ok(_) => Finding::right("keys", format!("all {} open", stored.len())),
        Err(error) => Finding::wrong("keys", error.to_string()),
    }
}

async fn clients(config: &Config, store: &Store) -> Finding {
    match Clients::load(config, store).await {
        Ok(clients) if clients.all().is_empty() => {
            Finding::look("clients", "there are none: `tandem client add` registers one")
        }
        Ok(clients) => Finding::right("clients", format!("{} registered", clients.all().len())),
        Err(error) => Finding::wrong("clients", error.to_string()),
    }
}

/// Does the issuer lead to a server of this name? Asked on this machine only.
fn issuer(config: &Config) -> Finding {
    let url = Url::parse(config.issuer.as_str()).ok().filter(|url| url.scheme() == "http");
    let address = url.as_ref().and_then(|url| {
        let ip = match url.host()? {
            Host::Domain(_) => Ipv4Addr::LOCALHOST.into(),
            Host::Ipv4(ip) => ip.into(),
            Host::Ipv6(ip) => ip.into(),
        };
        Some(SocketAddr::new(ip, url.port_or_known_default()?))
    });
    let Some(address) = address else {
        return Finding::skipped(
            "issuer",
            "it is not asked for over TLS; see for yourself that it leads here",
        );
    };
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("localhost");
    let own = format!("\"issuer\":\"{}\"", config.issuer.as_str());
    match probe::get(address, &format!("{host}:{}", address.port()), "/.well-known/openid-configuration") {
        Ok(answer) if answer.status == 200 && answer.body.replace(' ', "").contains(&own) => {
            Finding::right("issuer", format!("a server answers at {}", config.issuer))
        }
        Ok(_) => Finding::wrong("issuer", format!("something else answers at {}", config.issuer)),
        Err(_) => Finding::skipped("issuer", "no server runs there now"),
    }
}

fn free_disk(config: &Config) -> Option<Finding> {
    let there = config.data_dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("."));
    // The one portable way to ask without a library of the system.
    let output = Command::new("df").arg("-Pk").arg(there).output().ok()?;
    let free = free_kib(&String::from_utf8_lossy(&output.stdout))?;
    let text = format!("{} MiB free", free / 1024);
    Some(match free {
        _ if free < TOO_LITTLE => {
            Finding::wrong("disk", format!("{text}: make room before the server stops writing"))
        }
        _ if free < LITTLE => Finding::look("disk", text),
        _ => Finding::right("disk", text),
    })
}

/// The fourth column of the second line (POSIX `df -P`).
fn free_kib(text: &str) -> Option<u64> {
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_read_from_the_table() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 60 40 60% /\n";
        assert_eq!(free_kib(text), Some(40));
        assert_eq!(free_kib("df: no such file\n"), None);
    }

    #[test]
    fn a_clock_that_was_never_set_is_noticed() {
        assert!(clock(Timestamp::from_secs(0)).is_wrong());
        assert!(!clock(Timestamp::from_secs(1_800_000_000)).is_wrong());
    }

    #[test]
    fn a_secret_that_others_may_read_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let set =
            |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o604);
        assert!(secret_file(file.path()).is_wrong());
        set(0o640);
        assert!(!secret_file(file.path()).is_wrong());
        assert!(secret_file(Path::new("/nonexistent/key")).is_wrong());
    }
}
