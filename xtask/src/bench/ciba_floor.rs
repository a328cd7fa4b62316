//! How is a server started that takes a client's backchannel flows and does nothing but what they cannot do without?
//!
//! A ceiling is a sum: nobody has to meet it. This is what the same libraries come to when they are put together.

use super::server::Subject;
use super::tandem::{SIGNER, empty, make_client_key};
use super::workloads::PEOPLE;
use std::path::Path;
use std::process::Command;

/// Says how it is started; what it keeps goes to `work`.
pub fn subject(release: &Path, work: &Path) -> Subject {
    let (server, driver) = (release.join("tandem-bench-server"), release.join("bench-driver"));
    let folder = work.join("ciba-floor");
    let signer = format!("{SIGNER}:{}", folder.join("client.key").display());
    let people = PEOPLE.to_string();
    Subject {
        name: "floor",
        version: String::new(),
        log: work.join("ciba-floor.log"),
        driver_arguments: Box::new(move |_| {
            [("--approval", "door"), ("--signer", &signer), ("--people", &people)]
                .into_iter()
                .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
                .collect()
        }),
        command: Box::new(move |_, port| {
            let keys = folder.join("client.jwks.json");
            empty(&folder)?;
            make_client_key(&driver, &folder.join("client.key"), &keys)?;
            let mut serve = Command::new(&server);
            serve.args(["--ciba-floor", &port.to_string()]).args([folder.join("rows"), keys]);
            Ok(serve)
        }),
    }
}
