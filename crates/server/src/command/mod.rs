//! What can `tandem` be told to do? The command line: each command has its file.

mod advise;
mod assess;
mod backchannel_registration;
mod certificate;
mod client;
mod config;
mod content_filter;
mod demo;
mod device;
mod doctor;
mod events;
mod examination;
mod explain;
mod failure;
mod finding;
mod housekeeping;
mod incident;
mod keys;
pub(crate) mod listening;
mod migrate;
pub(crate) mod output;
mod password;
mod policy;
mod probe;
mod registered;
pub(crate) mod registration;
pub mod serve;
pub(crate) mod settings;
mod ssf;
mod user;
mod user_devices;
mod user_operators;

pub use failure::Failure;
pub use settings::server_runtime;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  Try it, with two users and a TV page:
    tandem demo

  Run a server:
    tandem keys generate-encryption-key > encryption.key
    tandem config check -c tandem.toml
    tandem serve -c tandem.toml

  Register a TV and a person with it:
    tandem client add tv -c tandem.toml --public --name \"Living-room TV\" --scope \"openid profile\"
    tandem user add ada -c tandem.toml

Configuration:
  -c names a TOML file; several are read one over the other. TANDEM_CONFIG may name them instead, separated as in
  PATH. Each key can also be set as TANDEM_SECTION__KEY. `tandem config reference` prints every key with its meaning.

Exit codes:
  0 done    1 it could not be done    2 wrong command line or configuration    130 interrupted
  3 `assess --fail-on`: done, and the risk is that great";

/// A server for everything that happens between two devices when a person signs in or grants access.
#[derive(Debug, Parser)]
#[command(
    name = "tandem",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = EXAMPLES
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a server that shows how it all works, with users, clients and a TV page
    Demo(demo::Arguments),
    /// Run the server
    Serve(serve::Arguments),
    /// Bring the database to the schema of this version
    Migrate(migrate::Arguments),
    /// Look for what would keep the server from running well
    Doctor(doctor::Arguments),
    /// Check the configuration, or learn what can be configured
    #[command(subcommand)]
    Config(config::Action),
    /// Register applications in the database
    #[command(subcommand)]
    Client(client::Action),
    /// Register consumption devices that are trusted, and revoke them
    #[command(subcommand)]
    Device(device::Action),
    /// Add and remove people, and set their passwords
    #[command(subcommand)]
    User(user::Action),
    /// Look after the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::Action),
    /// Show what happened that matters for security, the newest first
    Events(events::Arguments),
    /// Look at incidents, and contain them: end everything that came of a misused request
    #[command(subcommand)]
    Incident(incident::Action),
    /// Look at the streams of shared signals, and stop and start them
    #[command(subcommand)]
    Ssf(ssf::Action),
    /// Show the settings of the mitigations in force, and what came of them for one request
    #[command(subcommand)]
    Policy(policy::Action),
    /// Try the content filter on a message
    #[command(subcommand)]
    ContentFilter(content_filter::Action),
    /// Look at messages for whoever started it
    #[command(hide = true)]
    ContentFilterWorker,
    /// Assess the risk of every client and flow, and say what would lower it
    Assess(assess::Arguments),
    /// Find the protocol and the configuration for a case
    Advise(advise::Arguments),
}

/// Does what the command line says; returns the exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked_for = !error.use_stderr();
            // A closed pipe is no reason for another exit code.
            let _ = error.print();
            return ExitCode::from(if asked_for { failure::OK } else { failure::USAGE });
        }
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::from(failure::OK),
        Err(failure) => {
            match failure {
                Failure::Told => {}
                Failure::Interrupted => output::tell(""),
                Failure::Usage(_) | Failure::Failed(_) | Failure::Reached(_) => {
                    output::tell(&format!("tandem: {failure}"));
                }
            }
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => demo::run(arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Config(action) => config::run(&action),
        Command::Client(action) => client::run(action),
        Command::Device(action) => device::run(action),
        Command::User(action) => user::run(action),
        Command::Keys(action) => keys::run(&action),
        Command::Events(arguments) => events::run(&arguments),
        Command::Incident(action) => incident::run(&action),
        Command::Ssf(action) => ssf::run(&action),
        Command::Policy(action) => policy::run(action),
        Command::ContentFilter(action) => content_filter::run(&action),
        Command::ContentFilterWorker => content_filter::work(),
        Command::Assess(arguments) => assess::run(&arguments),
        Command::Advise(arguments) => advise::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent_and_the_help_names_every_exit_code() {
        Arguments::command().debug_assert();
        let help = Arguments::command().render_help().to_string();
        for part in ["0 done", "1 it could not", "2 wrong", "130 interrupted", "tandem demo"] {
            assert!(help.contains(part), "{part}");
        }
    }

    #[test]
    fn every_argument_says_what_it_is_for() {
        fn look(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {}", argument.get_id());
            }
            command.get_subcommands().for_each(|inner| look(inner, &path));
        }
        look(&Arguments::command(), "");
    }
}
