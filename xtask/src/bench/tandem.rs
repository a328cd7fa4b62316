//! How is Tandem itself measured? The release binary with its durable store, limits on one address lifted.
//!
//! Everything that knows of Tandem's configuration and command line is in this file.

use super::BY_DOOR;
use super::server::{Subject, another_port};
use std::path::{Path, PathBuf};
use std::process::Command;

const PERSON: &str = "alice";
const PASSWORD: &str = "bench-alice-password";
const INTROSPECTOR: (&str, &str) = ("kiosk", "bench-kiosk-secret-0123456789abcdef");
/// Guards nothing: the store is made for one run.
const ENCRYPTION_KEY: &str = "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89";

/// Where the programs are.
struct Programs {
    /// The product.
    tandem: PathBuf,
    /// The same with a side door for approvals.
    with_door: PathBuf,
}

/// Says how the release binary is started.
pub fn subject(release: &Path, work: &Path, fsync_delay_ms: u32) -> Result<Subject, String> {
    let programs =
        Programs { tandem: release.join("tandem"), with_door: release.join("tandem-bench-server") };
    let output = Command::new(&programs.tandem).arg("--version").output();
    let output = output.map_err(|error| format!("tandem: {error}"))?;
    let folder = work.join("tandem");
    Ok(Subject {
        name: "tandem",
        version: format!("{}, durable store", String::from_utf8_lossy(&output.stdout).trim()),
        log: work.join("tandem.log"),
        driver_arguments: |workload| {
            let approval = if workload == BY_DOOR { "door" } else { "tandem-pages" };
            let person = format!("{PERSON}:{PASSWORD}");
            let introspector = format!("{}:{}", INTROSPECTOR.0, INTROSPECTOR.1);
            let words = ["--approval", approval, "--person", &person, "--introspector", &introspector];
            words.map(str::to_owned).to_vec()
        },
        command: Box::new(move |workload, port| fresh(&programs, workload, &folder, port, fsync_delay_ms)),
    })
}

/// An empty store with one person, and the command that serves it.
fn fresh(
    programs: &Programs,
    workload: &str,
    folder: &Path,
    port: u16,
    fsync_delay_ms: u32,
) -> Result<Command, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    let config = folder.join("tandem.toml");
    std::fs::write(&config, configuration(folder, port, another_port()?, fsync_delay_ms)).map_err(failed)?;
    std::fs::write(folder.join("encryption.key"), ENCRYPTION_KEY).map_err(failed)?;
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).map_err(failed)?;
    let mut add = Command::new(&programs.tandem);
    add.args(["user", "add", PERSON, "--name", "Alice", "--email", "alice@example.com", "-c"]).arg(&config);
    quietly(add.arg("--password-file").arg(&password))?;
    if workload == BY_DOOR {
        let mut serve = Command::new(&programs.with_door);
        serve.arg(&config).arg(PERSON);
        return Ok(serve);
    }
    let mut serve = Command::new(&programs.tandem);
    serve.arg("serve").arg("-c").arg(&config);
    Ok(serve)
}

/// Runs a command to its good end; what it says is told only if it fails.
fn quietly(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

fn configuration(folder: &Path, port: u16, admin_port: u16, fsync_delay_ms: u32) -> String {
    let folder = folder.display();
    let (introspector, secret) = INTROSPECTOR;
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
"#
    )
}
