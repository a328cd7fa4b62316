//! Why did a command fail, and with which exit code does it say so?

use crate::app::StartError;
use crate::config::ConfigErrors;
use std::process::ExitCode;

/// Everything went well.
pub const OK: u8 = 0;
/// The command was understood and could not be carried out.
pub const FAILED: u8 = 1;
/// The command line or the configuration is wrong; nothing was tried.
pub const USAGE: u8 = 2;
/// It was done, and the result is one that the caller wanted to fail on.
pub const REACHED: u8 = 3;
/// Ctrl-C, in the way of shells.
pub const INTERRUPTED: u8 = 130;

/// Why a command ended without doing what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// It could not be done.
    #[error("{0}")]
    Failed(String),
    /// It was done, and the result is one that the caller wanted to fail on.
    #[error("{0}")]
    Reached(String),
    /// It was said already what is wrong.
    #[error("see above")]
    Told,
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The failure that an error stands for.
    pub fn of(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => USAGE,
            Self::Failed(_) | Self::Told => FAILED,
            Self::Reached(_) => REACHED,
            Self::Interrupted => INTERRUPTED,
        })
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let count = errors.0.len();
        let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
        Self::Usage(format!("the configuration has {problems}:\n{}", indented(&errors.to_string())))
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NoEncryptionKey => Self::Usage(error.to_string()),
            other => Self::of(other),
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
