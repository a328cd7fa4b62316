//! How is Tandem itself measured? The release binary with its durable store, limits on one address lifted.
//!
//! Everything that knows of Tandem's configuration and command line is in this file.

use super::driver::OPEN_FILES;
use super::server::{Subject, another_port, with_open_files};
use super::workloads::{
    BY_DOOR, CIBA, CIBA_BY_KEY, CONTAINMENT, INBOX_STREAMS, PEOPLE, REVOKED, REVOKED_FAMILIES, SENSITIVE,
    STREAMING_PEOPLE,
};
use std::path::{Path, PathBuf};
use std::process::Command;

const PERSON: &str = "alice";
const PASSWORD: &str = "bench-alice-password";
const INTROSPECTOR: (&str, &str) = ("kiosk", "bench-kiosk-secret-0123456789abcdef");
/// The client that asks people.
const ASKER: (&str, &str) = ("ciba", "bench-ciba-secret-0123456789abcdef");
/// The same, authenticating by key.
pub(super) const SIGNER: &str = "ciba-jwt";
/// What both clients that ask people have; the peer's access tokens are opaque too.
const BACKCHANNEL: &str = r#"grant_types = ["urn:openid:params:grant-type:ciba", "refresh_token"]
scope = "openid offline_access"
backchannel_token_delivery_mode = "poll"
tandem_access_token_format = "opaque"
"#;
/// Guards nothing: the store is made for one run.
const ENCRYPTION_KEY: &str = "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89";

/// Where the programs are.
struct Programs {
    /// The product.
    tandem: PathBuf,
    /// The same with a side door for approvals; it also adds people to a store.
    with_door: PathBuf,
    /// The load driver, which makes the key of the client that signs.
    driver: PathBuf,
}

/// What lies in the folder of a run.
struct Folder(PathBuf);

impl Folder {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The private key of the client that signs; its public half is `client.jwks.json`.
    fn client_key(&self) -> PathBuf {
        self.file("client.key")
    }

    /// Sessions of people.
    fn sessions(&self) -> PathBuf {
        self.file("sessions")
    }
}

/// Says how the release binary is started.
pub fn subject(release: &Path, work: &Path, fsync_delay_ms: u32) -> Result<Subject, String> {
    let programs = Programs {
        tandem: release.join("tandem"),
        with_door: release.join("tandem-bench-server"),
        driver: release.join("bench-driver"),
    };
    let output = Command::new(&programs.tandem).arg("--version").output();
    let output = output.map_err(|error| format!("tandem: {error}"))?;
    let folder = Folder(work.join("tandem"));
    let (client_key, sessions) = (folder.client_key(), folder.sessions());
    Ok(Subject {
        name: "tandem",
        version: format!("{}, durable store", String::from_utf8_lossy(&output.stdout).trim()),
        log: work.join("tandem.log"),
        driver_arguments: Box::new(move |workload| driver_arguments(workload, &client_key, &sessions)),
        command: Box::new(move |workload, port| fresh(&programs, workload, &folder, port, fsync_delay_ms)),
    })
}

fn driver_arguments(workload: &str, client_key: &Path, sessions: &Path) -> Vec<String> {
    let approval = if has_door(workload) { "door" } else { "tandem-pages" };
    let pair = |(id, secret): (&str, &str)| format!("{id}:{secret}");
    [
        ("--approval", approval.to_owned()),
        ("--person", pair((PERSON, PASSWORD))),
        ("--introspector", pair(INTROSPECTOR)),
        ("--asker", pair(ASKER)),
        ("--signer", format!("{SIGNER}:{}", client_key.display())),
        ("--people", PEOPLE.to_string()),
        ("--sessions", sessions.display().to_string()),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value])
    .collect()
}

/// Whether a person's yes comes in by the side door.
fn has_door(workload: &str) -> bool {
    matches!(workload, BY_DOOR | SENSITIVE | CIBA | CIBA_BY_KEY)
}

/// An empty store with one person, or many where people are asked, and the command that serves it.
fn fresh(
    programs: &Programs,
    workload: &str,
    folder: &Folder,
    port: u16,
    fsync_delay_ms: u32,
) -> Result<Command, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.0.display());
    empty(&folder.0)?;
    let config = folder.file("tandem.toml");
    let mut text = configuration(&folder.0, port, another_port()?, fsync_delay_ms);
    if workload == SENSITIVE {
        text += "\n[policy]\nprofile = \"sensitive\"\n";
    }
    if workload == CONTAINMENT {
        text += "\n[ssf]\nenabled = true\n";
    }
    if workload == CIBA_BY_KEY {
        let keys = folder.file("client.jwks.json");
        make_client_key(&programs.driver, &folder.client_key(), &keys)?;
        text += &signer(&keys);
    }
    std::fs::write(&config, text).map_err(failed)?;
    std::fs::write(folder.file("encryption.key"), ENCRYPTION_KEY).map_err(failed)?;
    let password = folder.file("password");
    std::fs::write(&password, PASSWORD).map_err(failed)?;
    let mut add = Command::new(&programs.tandem);
    add.args(["user", "add", PERSON, "--name", "Alice", "--email", "alice@example.com", "-c"]).arg(&config);
    quietly(add.arg("--password-file").arg(&password))?;
    let mut people = Command::new(&programs.with_door);
    people.arg("--people");
    match workload {
        CIBA | CIBA_BY_KEY => quietly(people.arg(PEOPLE.to_string()).arg(&config)).map(drop)?,
        INBOX_STREAMS => {
            people.arg(STREAMING_PEOPLE.to_string()).arg(&config).arg(folder.sessions());
            quietly(&mut people).map(drop)?;
        }
        REVOKED => {
            let mut revoked = Command::new(&programs.with_door);
            quietly(revoked.arg("--revoked-families").arg(REVOKED_FAMILIES.to_string()).arg(&config))
                .map(drop)?;
        }
        _ => {}
    }
    if workload == CONTAINMENT {
        let mut contain = Command::new(&programs.with_door);
        contain.arg("--containment").arg(&config);
        return Ok(contain);
    }
    if has_door(workload) {
        let mut serve = Command::new(&programs.with_door);
        serve.arg(&config).arg(PERSON);
        return Ok(serve);
    }
    let mut serve = Command::new(&programs.tandem);
    serve.arg("serve").arg("-c").arg(&config);
    if workload == INBOX_STREAMS { with_open_files(OPEN_FILES, &serve) } else { Ok(serve) }
}

/// Makes a folder that has nothing in it.
pub(super) fn empty(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)
}

/// Has the driver make the key of the client that signs; its public half goes to `keys`.
pub(super) fn make_client_key(driver: &Path, key: &Path, keys: &Path) -> Result<(), String> {
    let set = quietly(Command::new(driver).arg("--make-client-key").arg(key))?;
    std::fs::write(keys, set).map_err(|error| format!("{}: {error}", keys.display()))
}

/// Runs a command to its good end, and returns its output; what else it says is told only if it fails.
fn quietly(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

fn configuration(folder: &Path, port: u16, admin_port: u16, fsync_delay_ms: u32) -> String {
    let folder = folder.display();
    let (introspector, secret) = INTROSPECTOR;
    let (asker, asker_secret) = ASKER;
    format!(
        r#"issuer = "http://127.0.0.1:{port}"
data_dir = "{folder}/data"

[listeners]
public = "127.0.0.1:{port}"
admin = "127.0.0.1:{admin_port}"

[keys]
encryption_key_file = "{folder}/encryption.key"
signing_algorithms = ["ES256"]

[device_authorization]
max_pending = 10000000

[rate_limits]
initiate_client = "off"
initiate_address = "off"
ask_client = "off"
ask_person = "off"
ask_address = "off"
present_address = "off"
present_person = "off"
poll_client = "off"
poll_address = "off"
callback_client = "off"

[policy.rate_limits]
open_requests = 50

[limits]
max_connections = {OPEN_FILES}

[store]
fsync_delay = {fsync_delay_ms}

[log]
level = "warn"

[[clients]]
client_id = "tv"
client_name = "Bench TV"
token_endpoint_auth_method = "none"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
scope = "openid profile email offline_access"
# The peer's access tokens are opaque too.
tandem_access_token_format = "opaque"

[[clients]]
client_id = "{introspector}"
client_secret = "{secret}"
tandem_introspection = true

[[clients]]
client_id = "{asker}"
client_name = "Bench desk"
client_secret = "{asker_secret}"
{BACKCHANNEL}"#
    )
}

/// The client that authenticates by key.
fn signer(jwks_file: &Path) -> String {
    format!(
        r#"
[[clients]]
client_id = "{SIGNER}"
client_name = "Bench desk"
token_endpoint_auth_method = "private_key_jwt"
jwks_file = "{}"
{BACKCHANNEL}"#,
        jwks_file.display()
    )
}
