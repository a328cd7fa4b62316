//! What can be wrong with a configuration, and where does a value come from?

use std::path::PathBuf;

/// Where the value of a key was set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// Nowhere: the default holds.
    Default,
    /// In a TOML file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// By an environment variable of this name.
    Variable(String),
}

impl std::fmt::Display for Provenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("the defaults"),
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// The ways in which a configuration can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A file cannot be read, or is too large.
    Unreadable,
    /// A file is not TOML.
    BrokenToml,
    /// A key that does not exist.
    UnknownKey,
    /// A variable that begins with `TANDEM_` and names no key.
    UnknownVariable,
    /// A key that must be there is missing.
    Missing,
    /// A value of another type than the key's.
    WrongType,
    /// A number beyond its limits, or a text or list too short or too long.
    OutOfRange,
    /// A value of the right type that is not accepted.
    NotAccepted,
    /// Two settings that cannot both hold.
    Contradiction,
}

/// One thing wrong with a configuration. It never repeats the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which way.
    pub kind: ProblemKind,
    /// The key's path (`tokens.access_token_lifetime`, `clients[0].scope`), the variable or the file.
    pub key: String,
    /// Where the key was set, if anywhere.
    pub place: Option<Provenance>,
    /// What is accepted, or what went wrong.
    pub detail: String,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, key: &str, detail: impl Into<String>) -> Self {
        Self { kind, key: key.to_owned(), place: None, detail: detail.into() }
    }

    pub(super) fn at(mut self, place: &Provenance) -> Self {
        self.place = Some(place.clone());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, key, place, detail } = self;
        let place = place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
        match kind {
            ProblemKind::Unreadable => write!(f, "cannot read {key}{place}: {detail}"),
            ProblemKind::BrokenToml => write!(f, "broken TOML{place}: {detail}"),
            ProblemKind::UnknownKey => write!(f, "unknown key `{key}`{place}: {detail}"),
            ProblemKind::UnknownVariable => write!(f, "unknown variable `{key}`: {detail}"),
            ProblemKind::Missing => write!(f, "missing key `{key}`{place}: {detail}"),
            ProblemKind::WrongType => write!(f, "wrong type for `{key}`{place}: {detail}"),
            ProblemKind::OutOfRange => write!(f, "`{key}` is out of range{place}: {detail}"),
            ProblemKind::NotAccepted => write!(f, "`{key}` is not accepted{place}: {detail}"),
            ProblemKind::Contradiction => write!(f, "`{key}` contradicts another setting{place}: {detail}"),
        }
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct ConfigErrors(pub Vec<Problem>);

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// Something that works and should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The key's path.
    pub key: String,
    /// What may be wrong, and what would be better.
    pub detail: String,
}

impl Warning {
    pub(super) fn new(key: &str, detail: impl Into<String>) -> Self {
        Self { key: key.to_owned(), detail: detail.into() }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.key, self.detail)
    }
}
