//! `tandem assess`: what do the cross-device flows of this server risk? (BCP section 2, R2.1)

mod html;
mod markdown;
mod report;
mod text;

use super::Failure;
use super::output::{say, say_json};
use super::registered::{self, Flow};
use super::settings::{Settings, block_on, variables};
use crate::config::{self, Config, Loaded};
use clap::{Args, ValueEnum};
use report::Report;
use std::path::{Path, PathBuf};
use tandem_core::assessment::{GeolocationDatabase, Server, Severity};

const EXAMPLES: &str = "\
Examples:
  tandem assess -c tandem.toml
  tandem assess -c tandem.toml --format html > risk.html
  tandem assess -c tandem.toml --client tv --flow device_authorization
  tandem assess --data-dir demo-data --format markdown
  tandem assess -c tandem.toml --fail-on high      in a pipeline

Exit codes:
  0 assessed    1 it could not be done    2 wrong command line or configuration
  3 assessed, and a risk is as great as --fail-on says, or greater

Nothing is changed, and a server may run meanwhile. docs/assess.md explains the rules.";

/// The file that a demo keeps in its folder.
const DEMO_CONFIGURATION: &str = "demo.toml";

/// The options of `assess`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// The folder of a demo, instead of a configuration file
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    data_dir: Option<PathBuf>,
    /// Only this client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Only this flow
    #[arg(long, value_enum)]
    flow: Option<Flow>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// End with exit code 3 if a risk is as great as this
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Threshold>,
}

/// How the assessment is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a document
    Markdown,
    /// One page with the matrix of exploits and mitigations
    Html,
    /// For programs
    Json,
}

/// A severity on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Threshold {
    /// Any risk at all
    Low,
    /// What somebody should decide about
    Medium,
    /// What should not be used
    High,
}

impl Threshold {
    const fn severity(self) -> Severity {
        match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
        }
    }
}

/// Does it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let loaded = load(arguments)?;
    let mut clients = block_on(registered::clients(&loaded.config))?;
    if let Some(name) = &arguments.client {
        registered::find(&clients, name)?;
        clients.retain(|registered| *registered.client.client_id == **name);
    }
    let report = Report::of(&loaded.config, &clients, arguments.flow.map(Flow::room))?;
    match arguments.format {
        Format::Text => say(&text::render(&report)),
        Format::Markdown => say(markdown::render(&report).trim_end()),
        Format::Html => say(html::render(&report)?.trim_end()),
        Format::Json => say_json(&serde_json::to_value(&report).map_err(Failure::of)?),
    }
    match arguments.fail_on.map(Threshold::severity) {
        Some(limit) if !report.flows.is_empty() && report.severity >= limit => Err(Failure::Reached(
            format!("the greatest risk is {}, and --fail-on is {}", report.severity.as_str(), limit.as_str()),
        )),
        _ => Ok(()),
    }
}

/// The configuration that was named, or the one in the folder of a demo.
fn load(arguments: &Arguments) -> Result<Loaded, Failure> {
    let Some(folder) = &arguments.data_dir else { return arguments.settings.load() };
    let file = folder.join(DEMO_CONFIGURATION);
    readable(&file, folder)?;
    Ok(config::load(&[file], variables()?)?)
}

fn readable(file: &Path, folder: &Path) -> Result<(), Failure> {
    match std::fs::File::open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::Usage(format!(
            "{} is not the folder of a demo: it has no {DEMO_CONFIGURATION}; name a server's configuration with -c",
            folder.display()
        ))),
        Err(error) => Err(Failure::Failed(format!("cannot read {}: {error}", file.display()))),
    }
}

/// What matters of the configuration beside policy.
fn server(config: &Config) -> Server {
    let lifted = config.rate_limits.each().into_iter().filter(|(_, limit)| limit.rate().is_none());
    Server {
        access_token_lifetime: config.tokens.access_token_lifetime,
        refresh_token_lifetime: config.tokens.refresh_token_lifetime,
        code_lifetime: config.device_authorization.code_lifetime,
        request_lifetime: config.ciba.longest_lifetime,
        geolocation: match config.geolocation.database {
            Some(_) => GeolocationDatabase::Present,
            None => GeolocationDatabase::Absent,
        },
        lifted_limits: lifted.map(|(key, _)| key.to_owned()).collect(),
    }
}
