//! Where do tokens and their key go? Into private files or to standard output; whether they can is known beforehand.

use crate::dpop::Prover;
use crate::failure::Failure;
use crate::secret_file;
use crate::surroundings::Surroundings;
use crate::token_response::Tokens;
use crate::world::unguessable;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Keeps the tokens of one grant.
pub struct Keeper {
    output: Option<PathBuf>,
    key: KeyPlace,
}

/// Where the private key is found afterwards.
enum KeyPlace {
    /// There is none, or it is in the file that it came from.
    WhereItWas,
    /// In a file that is yet to be written.
    NewFile(PathBuf),
    /// Beside the tokens on standard output.
    WithTheTokens,
}

impl Keeper {
    /// Finds or makes the key, if tokens shall be bound to one, and refuses files that could not be written later.
    pub fn new(
        dpop: bool,
        key_file: Option<&Path>,
        output: Option<&Path>,
    ) -> Result<(Option<Prover>, Self), Failure> {
        if output.is_some() && output == key_file {
            return Err(Failure::Usage("--output and --dpop-key name the same file".to_owned()));
        }
        let (prover, key) = match (dpop, key_file, output) {
            (false, _, _) => (None, KeyPlace::WhereItWas),
            (true, Some(file), _) if file.exists() => (Some(Prover::load(file)?), KeyPlace::WhereItWas),
            (true, Some(file), _) => (Some(Prover::generate()?), KeyPlace::NewFile(file.to_owned())),
            (true, None, Some(output)) => {
                let mut name = output.to_owned().into_os_string();
                name.push(".dpop-key.pem");
                (Some(Prover::generate()?), KeyPlace::NewFile(name.into()))
            }
            (true, None, None) => (Some(Prover::generate()?), KeyPlace::WithTheTokens),
        };
        if let KeyPlace::NewFile(file) = &key {
            secret_file::check_writable(file)?;
        }
        output.map_or(Ok(()), secret_file::check_writable)?;
        Ok((prover, Self { output: output.map(Path::to_owned), key }))
    }

    /// Writes the key first: tokens without their key would be of no use.
    pub fn keep(
        &self,
        Tokens(mut tokens): Tokens,
        prover: Option<&Prover>,
        world: &mut impl Surroundings,
    ) -> Result<(), Failure> {
        match (prover, &self.key) {
            (Some(prover), KeyPlace::NewFile(file)) => {
                secret_file::write(file, prover.to_pem()?.as_bytes(), &unguessable(world)?)?;
            }
            (Some(prover), KeyPlace::WithTheTokens) => {
                tokens.insert("dpop_key".to_owned(), Value::from(prover.to_pem()?));
            }
            _ => {}
        }
        let text = serde_json::to_string_pretty(&tokens)
            .map_err(|error| Failure::Server(format!("the tokens cannot be written as JSON: {error}")))?;
        match &self.output {
            Some(file) => secret_file::write(file, format!("{text}\n").as_bytes(), &unguessable(world)?),
            None => print(&text),
        }
    }
}

/// Puts `value` on standard output as one line of JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value)
        .map_err(|error| Failure::Server(format!("the answer cannot be written as JSON: {error}")))?;
    // A line end in JSON is blank space: strings cannot have one. It comes with what is passed on as it was received.
    print(&text.replace(['\n', '\r'], " "))
}

/// Puts `text` on standard output as lines.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    written.map_err(|error| Failure::File(format!("standard output: {error}")))
}
