//! How fast is the server where no page is drawn? `tandem serve` with a side door for approvals, as the peer has one.
//!
//! Everything else is the product's own: configuration, store, edge, runtime, release profile. The product itself has
//! no such door and must not get one. The same program fills a store with people before a run.

mod ciba_floor;
mod containment;
mod door;
mod families;
mod floor;
mod people;
mod rows;
mod unit_costs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tandem_server::command::serve::serve;
use tandem_server::command::{Failure, server_runtime};
use tandem_server::edge::{log, panics};
use tandem_server::{config, routes};

const USAGE: &str = "\
usage: tandem-bench-server CONFIG PERSON               serve; PERSON approves user codes
       tandem-bench-server --people COUNT CONFIG [FILE]  add people; FILE gets a session of each
       tandem-bench-server --revoked-families COUNT CONFIG  add token families that were revoked
       tandem-bench-server --containment CONFIG          contain incidents, and print how long each took
       tandem-bench-server --floor PORT                  answer forms, and do nothing else
       tandem-bench-server --ciba-floor PORT FILE KEYS   take backchannel flows of the client with these keys,
                                                         and do nothing else; rows go to the new database FILE
       tandem-bench-server --unit-costs SECONDS FOLDER   print what rows and tokens cost";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments.as_slice() {
        ["--people", count, file] => add_people(count, file, None),
        ["--people", count, file, sessions] => add_people(count, file, Some(Path::new(sessions))),
        ["--containment", file] => contain(file),
        ["--revoked-families", count, file] => add_revoked(count, file),
        ["--floor", port] => serve_floor(port),
        ["--ciba-floor", port, file, keys] => serve_ciba_floor(port, Path::new(file), Path::new(keys)),
        ["--unit-costs", seconds, folder] => measure_units(seconds, Path::new(folder)),
        [file, person] => run(PathBuf::from(file), person.to_owned()),
        _ => Err(Failure::Usage(USAGE.to_owned())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tandem-bench-server: {failure}");
            failure.exit_code()
        }
    }
}

fn add_people(count: &str, file: &str, sessions: Option<&Path>) -> Result<(), Failure> {
    let count = count.parse().map_err(|_| Failure::Usage(USAGE.to_owned()))?;
    server_runtime()?.block_on(people::add(Path::new(file), count, sessions))
}

fn add_revoked(count: &str, file: &str) -> Result<(), Failure> {
    let count = count.parse().map_err(|_| Failure::Usage(USAGE.to_owned()))?;
    server_runtime()?.block_on(families::add_revoked(Path::new(file), count))
}

fn contain(file: &str) -> Result<(), Failure> {
    server_runtime()?.block_on(containment::measure(Path::new(file)))
}

fn serve_floor(port: &str) -> Result<(), Failure> {
    let port = port.parse().map_err(|_| Failure::Usage(USAGE.to_owned()))?;
    server_runtime()?.block_on(floor::serve(port))
}

fn serve_ciba_floor(port: &str, file: &Path, keys: &Path) -> Result<(), Failure> {
    let port = port.parse().map_err(|_| Failure::Usage(USAGE.to_owned()))?;
    server_runtime()?.block_on(ciba_floor::serve(port, file, keys))
}

fn measure_units(seconds: &str, folder: &Path) -> Result<(), Failure> {
    unit_costs::measure(seconds.parse().map_err(|_| Failure::Usage(USAGE.to_owned()))?, folder)
}

fn run(file: PathBuf, person: String) -> Result<(), Failure> {
    let loaded = config::load(&[file], std::env::vars())?;
    loaded.config.check_serve()?;
    log::init(&loaded.config.log).map_err(Failure::of)?;
    panics::install_hook();
    let public = |app: &_| routes::public(app).merge(door::routes(app, person));
    server_runtime()?.block_on(serve(loaded.config, public))
}
