//! Does the configuration accept and refuse what it says?

mod clients;
mod documents;
mod environment;
mod files;
mod notifications;
mod secrets;
mod settings;
mod values;

use std::path::PathBuf;

use super::{Config, ConfigErrors, Loaded, Problem, ProblemKind, load};

/// A folder with configuration files in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

const ISSUER: &str = "issuer = \"https://id.example.com\"\n";

/// Loads one file, after the line with an issuer, and the variables.
fn loaded(toml: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigErrors> {
    let folder = Folder::new();
    let path = folder.file("tandem.toml", &format!("{ISSUER}{toml}"));
    load(&[path], pairs(variables))
}

fn pairs(variables: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let owned: Vec<_> =
        variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    owned.into_iter()
}

fn config(toml: &str) -> Config {
    loaded(toml, &[]).unwrap().config
}

fn problems(toml: &str, variables: &[(&str, &str)]) -> Vec<Problem> {
    loaded(toml, variables).unwrap_err().0
}

/// The only problem of a file.
fn problem(toml: &str) -> Problem {
    let mut found = problems(toml, &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[track_caller]
fn assert_refused(toml: &str, kind: ProblemKind, key: &str) {
    let found = problem(toml);
    assert_eq!((found.kind, found.key.as_str()), (kind, key), "{found}");
}
