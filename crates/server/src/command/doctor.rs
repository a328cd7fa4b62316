//! `tandem doctor`: what would keep the server from running well, and what can be done about it?

use super::Failure;
use super::examination;
use super::finding::Finding;
use super::output::{say, say_json};
use super::probe;
use super::settings::{Settings, block_on};
use crate::config::Config;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  tandem doctor -c tandem.toml
  tandem doctor -c tandem.toml --live      for a container's health check: does the server answer?

Nothing is changed. Exit code 1 if anything is wrong; what is only to be looked at (!) does not count.";

/// The options of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Only ask the admin listener of a running server whether it lives
    #[arg(long)]
    live: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "live")]
    json: bool,
}

/// Does it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.live {
        return live(&arguments.settings.load()?.config);
    }
    let findings = match arguments.settings.load() {
        Ok(loaded) => block_on(async { Ok(examination::examine(&loaded).await) })?,
        Err(failure) => vec![Finding::wrong("configuration", failure.to_string())],
    };
    if arguments.json {
        say_json(&findings.iter().map(Finding::as_json).collect());
    } else {
        for finding in &findings {
            say(&finding.to_string());
        }
    }
    if findings.iter().any(Finding::is_wrong) { Err(Failure::Told) } else { Ok(()) }
}

fn live(config: &Config) -> Result<(), Failure> {
    let Some(address) = config.listeners.admin.address() else {
        return Err(Failure::Usage("listeners.admin is off: there is nobody to ask".to_owned()));
    };
    match probe::get(address, &address.to_string(), "/health/live") {
        Ok(answer) if answer.status == 200 => {
            say("live");
            Ok(())
        }
        Ok(answer) => Err(Failure::Failed(format!("{address} answers with status {}", answer.status))),
        Err(error) => Err(Failure::Failed(format!("{address} does not answer: {error}"))),
    }
}
