//! `tandem-lab`: which exploits get through, told on standard output?

use std::path::PathBuf;
use std::process::ExitCode;
use tandem_lab::matrix::Matrix;
use tandem_lab::outcome::Trouble;
use tandem_lab::plays::Play;

const USAGE: &str = "\
usage: tandem-lab [--list] [--play NAME]

Plays the exploits of the BCP against servers of its own, and prints the matrix.
  --list       name the plays
  --play NAME  this one only";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments.as_slice() {
        [] => run(None),
        ["--list"] => {
            for play in Play::ALL {
                println!("{:13} {}", play.as_str(), play.script());
            }
            return ExitCode::SUCCESS;
        }
        ["--play", name] => match Play::ALL.into_iter().find(|play| play.as_str() == name) {
            Some(play) => run(Some(play)),
            None => Err(Trouble::new(format!("there is no play {name}; --list names them"))),
        },
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("tandem-lab: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(only: Option<Play>) -> Result<ExitCode, Trouble> {
    let matrix = Matrix::measure(&server()?, only)?;
    print!("{}", matrix.rendered());
    let failures = matrix.failures();
    for failure in &failures {
        eprintln!("{failure}");
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The server under test, beside this program.
fn server() -> Result<PathBuf, Trouble> {
    let server =
        std::env::current_exe()?.with_file_name(format!("tandem-lab-server{}", std::env::consts::EXE_SUFFIX));
    if server.exists() {
        Ok(server)
    } else {
        Err(Trouble::new("build tandem-lab-server first, beside this program"))
    }
}
