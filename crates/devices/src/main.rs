//! How does `tandem-device` start? Arguments in, exit code out; everything else is in the library.

use clap::Parser;
use std::process::ExitCode;
use tandem_devices::{ciba, cli, failure::Failure, login, phone};

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked_for_help = !error.use_stderr();
            // A closed pipe is no reason for another exit code.
            let _ = error.print();
            return if asked_for_help { ExitCode::SUCCESS } else { ExitCode::from(Failure::USAGE) };
        }
    };
    let outcome = match arguments.command {
        cli::Command::Login(options) => login::from_the_command_line(&options),
        cli::Command::Ciba(options) => ciba::from_the_command_line(&options),
        cli::Command::Phone(options) => phone::from_the_command_line(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.exit_code()),
    }
}
