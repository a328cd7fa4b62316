//! How fast is the server where no page is drawn? `tandem serve` with a side door for approvals, as the peer has one.
//!
//! Everything else is the product's own: configuration, store, edge, runtime, release profile. The product itself has
//! no such door and must not get one.

mod door;

use std::path::PathBuf;
use std::process::ExitCode;
use tandem_server::command::serve::serve;
use tandem_server::command::{Failure, server_runtime};
use tandem_server::edge::{log, panics};
use tandem_server::{config, routes};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(person), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: tandem-bench-server CONFIG PERSON");
        return ExitCode::from(2);
    };
    match run(PathBuf::from(file), person) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tandem-bench-server: {failure}");
            failure.exit_code()
        }
    }
}

fn run(file: PathBuf, person: String) -> Result<(), Failure> {
    let loaded = config::load(&[file], std::env::vars())?;
    loaded.config.check_serve()?;
    log::init(&loaded.config.log).map_err(Failure::of)?;
    panics::install_hook();
    let public = |app: &_| routes::public(app).merge(door::routes(app, person));
    server_runtime()?.block_on(serve(loaded.config, public))
}
