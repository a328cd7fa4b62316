//! How fast is a server? Drives one workload against it from one thread and prints one JSON object.

#![expect(
    clippy::disallowed_methods,
    reason = "a load driver measures real time and draws its own proof ids"
)]

mod arguments;
mod assertion;
mod blocking;
mod calibration;
mod constant_server;
mod cookies;
mod engine;
mod html;
mod http;
mod phases;
mod process;
mod proof;
mod script;
mod shared;
mod streams;
mod target;
mod workload;

use arguments::Mode;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match arguments::parse(std::env::args().skip(1)) {
        Ok(Mode::ConstantServer { port }) => constant_server::serve(port).map_err(|error| error.to_string()),
        Ok(Mode::Calibrate { seconds }) => calibration::run(seconds).map(|report| println!("{report}")),
        Ok(Mode::MakeClientKey { file }) => assertion::make_key(&file).map(|set| println!("{set}")),
        Ok(Mode::Drive(plan)) => phases::run(&plan).map(|report| println!("{report}")),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-driver: {error}");
            ExitCode::FAILURE
        }
    }
}
