//! Where does a command get its configuration, its runtime and its store from?

use super::Failure;
use super::output::tell;
use crate::app::store_options;
use crate::clock::Clock;
use crate::config::{self, Config, ConfigErrors, Loaded, Problem};
use clap::Args;
use std::future::Future;
use std::path::PathBuf;
use tandem_store::{Open, OpenError, Store};
use tokio::runtime::{Builder, Runtime};

/// Names the configuration files, in paths as `PATH` has them.
const FILES_VARIABLE: &str = "TANDEM_CONFIG";

/// The configuration that a command works with.
#[derive(Debug, Args)]
pub struct Settings {
    /// Configuration file; give it again to lay another over it [env: TANDEM_CONFIG]
    #[arg(short, long = "config", value_name = "FILE")]
    pub config: Vec<PathBuf>,
}

impl Settings {
    /// The files: those of the command line, or else those of the environment.
    pub fn files(&self) -> Vec<PathBuf> {
        if self.config.is_empty() {
            let named = std::env::var_os(FILES_VARIABLE).unwrap_or_default();
            return std::env::split_paths(&named).filter(|file| !file.as_os_str().is_empty()).collect();
        }
        self.config.clone()
    }

    /// Reads the configuration.
    pub fn load(&self) -> Result<Loaded, Failure> {
        config::load(&self.files(), variables()?).map_err(|errors| self.explain(errors))
    }

    /// Reads the configuration, for a command that does without the encryption key if it has to: if that is all that is
    /// wrong with it, what is wrong.
    pub fn load_with_or_without_key(&self) -> Result<(Config, Option<ConfigErrors>), Failure> {
        let files = self.files();
        match config::load(&files, variables()?) {
            Ok(loaded) => Ok((loaded.config, None)),
            Err(errors) if errors.0.iter().all(concerns_encryption_key) => {
                let loaded = config::load_without_encryption_key(&files, variables()?)?;
                Ok((loaded.config, Some(errors)))
            }
            Err(errors) => Err(self.explain(errors)),
        }
    }

    /// What is wrong, and what may be the reason.
    fn explain(&self, errors: ConfigErrors) -> Failure {
        match Failure::from(errors) {
            Failure::Usage(text) if self.files().is_empty() => {
                Failure::Usage(format!("{text}\nno configuration file was named: add `-c tandem.toml`"))
            }
            failure => failure,
        }
    }

    /// Reads the configuration, and opens its store to look at it, beside a server that may be running.
    pub fn open(&self) -> Result<(Config, Store), Failure> {
        let config = self.load()?.config;
        let store = open_store(&config, Migrate::No)?;
        Ok((config, store))
    }

    /// Reads the configuration, and opens its store to write; where there is none yet it is made.
    pub fn open_or_create(&self) -> Result<(Config, Store), Failure> {
        let config = self.load()?.config;
        let store = match open_store(&config, Migrate::No) {
            Err(OpenError::OlderSchema { found: 0, .. }) => {
                tell(&format!("a new database is made in {}", config.data_dir.display()));
                open_store(&config, Migrate::Yes)?
            }
            opened => opened?,
        };
        Ok((config, store))
    }
}

fn concerns_encryption_key(problem: &Problem) -> bool {
    matches!(problem.key.as_str(), "keys.encryption_key" | "keys.encryption_key_file")
}

/// Whether a command may bring the schema up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// It may; that needs the data directory for itself.
    Yes,
    /// It takes the schema as it is.
    No,
}

/// Opens the store beside a server that may be running.
pub fn open_store(config: &Config, migrate: Migrate) -> Result<Store, OpenError> {
    let open = Open::Tool { migrate: migrate == Migrate::Yes };
    Store::open(store_options(config, open), Clock::System.now())
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::of(error)
    }
}

/// The variables of the environment; those of ours must be texts.
pub fn variables() -> Result<impl Iterator<Item = (String, String)>, Failure> {
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => variables.push((name, value)),
            (Ok(name), Err(_)) if name.starts_with("TANDEM_") => {
                return Err(Failure::Usage(format!("the variable {name} is not UTF-8")));
            }
            _ => {}
        }
    }
    Ok(variables.into_iter())
}

/// Says what works and should be looked at.
pub fn tell_warnings(loaded: &Loaded) {
    for warning in &loaded.warnings {
        tell(&format!("warning: {warning}"));
    }
}

/// Runs a command that works on the store; a single thread is enough for it.
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Failed(format!("cannot start: {error}")))?.block_on(work)
}

/// The runtime of a server: more threads only where there are more processors.
pub fn server_runtime() -> Result<Runtime, Failure> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder =
        if processors == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build().map_err(|error| Failure::Failed(format!("cannot start: {error}")))
}
