//! What is a phone without a phone? An authorization device on a terminal: it registers, is asked, and answers.

pub mod api;
pub mod decision;
pub mod device;
pub mod options;
pub mod pin;
pub mod request;

mod answer;
mod register;
mod watch;

use crate::console;
use crate::failure::Failure;
use crate::issuer::Transport;
use crate::keeper::{print, print_json};
use crate::secret_file;
use crate::surroundings::Surroundings;
use crate::world::RealWorld;
use api::Api;
use decision::{Decision, Given};
use device::Device;
use options::{Command, Common, Phone as Options};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use watch::Audience;

/// The environment variable with the PIN.
const PIN_VARIABLE: &str = "TANDEM_DEVICE_PIN";

/// A registered device at work.
struct Phone<'a> {
    common: &'a Common,
    path: &'a Path,
    device: Device,
    api: Api,
    world: &'a mut RealWorld,
}

/// Does what the command line says, and reports on standard output and standard error.
pub fn from_the_command_line(options: &Options) -> Result<(), Failure> {
    let outcome = run(options);
    if let Err(failure) = &outcome {
        let (kind, code) = (failure.kind(), failure.exit_code());
        console::show(&if options.common.json {
            let message = failure.to_string();
            format!("{}\n", json!({"event": "failed", "reason": kind, "message": message, "exit_code": code}))
        } else {
            format!("tandem-device: {failure}\n")
        });
    }
    outcome
}

fn run(options: &Options) -> Result<(), Failure> {
    let common = &options.common;
    let world = &mut RealWorld::new(common.ca_file.as_deref())?;
    if let Command::Register { code, issuer, name } = &options.command {
        return register::register(code, issuer.as_deref(), name, common, world);
    }
    let path = &device::file(common.file.as_deref())?;
    if let Command::Forget { local: true } = options.command {
        return remove(path, common.json);
    }
    let transport = if common.insecure { Transport::Insecure } else { Transport::Secure };
    let (device, prover) = Device::load(path, transport)?;
    let api = Api::new(device.endpoint.clone(), prover);
    let mut phone = Phone { common, path, device, api, world };
    match &options.command {
        Command::List => phone.list(),
        Command::Show { id } => phone.show(id),
        Command::Approve { id, number, binding } => {
            phone.approve(id, &Given { number: number.clone(), binding: binding.clone() })
        }
        Command::Deny { id } => phone.refuse(id, Decision::Deny),
        Command::Report { id } => phone.refuse(id, Decision::Report),
        Command::Watch if common.json => phone.watch(Audience::Script),
        Command::Watch if console::is_terminal() => phone.watch(Audience::Person),
        Command::Watch => phone.watch(Audience::Log),
        Command::Forget { .. } => {
            phone.api.forget(phone.world)?;
            remove(path, common.json)
        }
        Command::Register { .. } => Ok(()),
    }
}

impl Phone<'_> {
    fn list(&mut self) -> Result<(), Failure> {
        let requests = self.api.requests(self.world)?;
        if self.common.json {
            return print_json(&BTreeMap::from([("requests", requests)]));
        }
        if requests.is_empty() {
            return print("Nobody asks for anything.");
        }
        let now = self.world.now();
        print(&requests.iter().map(|request| request.line(now)).collect::<Vec<_>>().join("\n"))
    }

    fn show(&mut self, id: &str) -> Result<(), Failure> {
        let request = self.api.request(id, self.world)?;
        if self.common.json { print_json(&request) } else { print(&request.describe(self.world.now())) }
    }
}

fn remove(path: &Path, json: bool) -> Result<(), Failure> {
    std::fs::remove_file(path).map_err(|error| Failure::File(format!("{}: {error}", path.display())))?;
    print(&if json { json!({"forgotten": path}).to_string() } else { "Forgotten.".to_owned() })
}

/// The PIN, if it is not to be typed.
fn pin_source(common: &Common) -> Result<Option<String>, Failure> {
    match &common.pin_file {
        Some(file) => secret_file::read_private(file).map(Some),
        None => Ok(std::env::var(PIN_VARIABLE).ok().filter(|pin| !pin.is_empty())),
    }
}
