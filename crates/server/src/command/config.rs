//! `tandem config`: is the configuration right, and what can be configured?

use super::Failure;
use super::output::{say, say_json, tell};
use super::settings::{Settings, tell_warnings};
use crate::config;
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  tandem config check -c tandem.toml
  tandem config check -c base.toml -c site.toml --json
  TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME=300 tandem config check -c tandem.toml";

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Say every value in force and where it was set, or everything that is wrong
    #[command(after_help = EXAMPLES)]
    Check(Check),
    /// Print the JSON Schema of the configuration, for editors
    Schema(Nothing),
    /// Print a commented file with every key and its default
    Reference(Nothing),
}

/// The options of `config check`.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    settings: Settings,
    /// Also ask for what only `serve` needs, such as the encryption key
    #[arg(long)]
    serve: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The configuration does not matter, but naming it is no mistake.
#[derive(Debug, Args)]
pub struct Nothing {
    #[command(flatten)]
    settings: Settings,
}

/// Does it.
pub fn run(action: &Action) -> Result<(), Failure> {
    match action {
        Action::Check(arguments) => check(arguments),
        Action::Schema(_) => {
            say_json(&config::schema());
            Ok(())
        }
        Action::Reference(_) => {
            say(config::reference().trim_end());
            Ok(())
        }
    }
}

fn check(arguments: &Check) -> Result<(), Failure> {
    let loaded = arguments.settings.load()?;
    if arguments.serve {
        loaded.config.check_serve()?;
    }
    let entries = loaded.entries();
    if arguments.json {
        let values = entries.iter().map(|entry| {
            serde_json::json!({ "key": entry.key, "value": entry.value, "from": entry.provenance.to_string() })
        });
        let warnings = loaded
            .warnings
            .iter()
            .map(|warning| serde_json::json!({ "key": warning.key, "detail": warning.detail }));
        say_json(&serde_json::json!({
            "values": values.collect::<Vec<_>>(),
            "warnings": warnings.collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    for entry in &entries {
        say(&entry.to_string());
    }
    tell_warnings(&loaded);
    tell("the configuration is right");
    Ok(())
}
