//! How does a configuration come together, and how is it shown?

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize as _;
use serde_json::Value;

use super::layers::{Content, Node, below, read_file};
use super::problem::{ConfigErrors, Problem, ProblemKind, Provenance, Warning};
use super::{Config, environment, schema, structure, twins};

/// A configuration, with where each value was set.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Where each key was set, by its path (`tokens.access_token_lifetime`, `clients[0].scope`).
    pub provenance: BTreeMap<String, Provenance>,
    /// What works and should be looked at.
    pub warnings: Vec<Warning>,
}

/// One key of a configuration, to be shown. Secrets are `***` already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key's path.
    pub key: String,
    /// The value in TOML.
    pub value: String,
    /// Where it was set.
    pub provenance: Provenance,
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.provenance)
    }
}

/// Reads the defaults, the files in their order and the environment, each over the one before. Reports all problems
/// that it can find at once.
pub fn load(files: &[PathBuf], env: impl Iterator<Item = (String, String)>) -> Result<Loaded, ConfigErrors> {
    let schema = schema();
    let (root, problems) = layers(files, env, &schema)?;
    assemble(root, problems, &schema)
}

/// The same for whoever only looks and needs no encryption key: what is set of it counts as not set.
pub fn load_without_encryption_key(
    files: &[PathBuf],
    env: impl Iterator<Item = (String, String)>,
) -> Result<Loaded, ConfigErrors> {
    let schema = schema();
    let (mut root, problems) = layers(files, env, &schema)?;
    if let Content::Table(table) = &mut root.content
        && let Some(Node { content: Content::Table(keys), .. }) = table.get_mut("keys")
    {
        keys.retain(|key, _| !matches!(key.as_str(), "encryption_key" | "encryption_key_file"));
    }
    assemble(root, problems, &schema)
}

/// The defaults, the files and the environment laid over each other, and the problems that do not hinder that.
fn layers(
    files: &[PathBuf],
    env: impl Iterator<Item = (String, String)>,
    schema: &Value,
) -> Result<(Node, Vec<Problem>), ConfigErrors> {
    let mut root = defaults()?;
    let mut broken = Vec::new();
    for file in files {
        match read_file(file) {
            Ok(layer) => root.overlay(layer),
            Err(problems) => broken.extend(problems),
        }
    }
    let (layer, unknown) = environment::read(env, schema);
    if !broken.is_empty() {
        broken.extend(unknown);
        return Err(ConfigErrors(broken));
    }
    root.overlay(layer);
    Ok((root, unknown))
}

fn assemble(mut root: Node, mut problems: Vec<Problem>, schema: &Value) -> Result<Loaded, ConfigErrors> {
    let outcome = twins::resolve(&mut root, schema);
    problems.extend(structure::problems(&root, schema));
    problems.extend(outcome.problems);
    if !problems.is_empty() {
        return Err(ConfigErrors(problems));
    }
    let config = Config::deserialize(root.to_value()).map_err(|error| not_accepted(error.message()))?;
    let mut provenance = BTreeMap::new();
    root.places("", &mut provenance);
    provenance.remove("");
    if let Err(ConfigErrors(mut problems)) = config.check() {
        for problem in &mut problems {
            problem.place =
                provenance.get(&problem.key).filter(|place| **place != Provenance::Default).cloned();
        }
        return Err(ConfigErrors(problems));
    }
    let warnings = outcome.warnings.into_iter().chain(config.warnings()).collect();
    Ok(Loaded { config, provenance, warnings })
}

/// The default of every key that has one; the issuer has none.
fn defaults() -> Result<Node, ConfigErrors> {
    let mut table =
        toml::Table::try_from(Config::default()).map_err(|error| not_accepted(&error.to_string()))?;
    table.remove("issuer");
    Ok(Node::of_value(toml::Value::Table(table), &Provenance::Default))
}

fn not_accepted(detail: &str) -> ConfigErrors {
    ConfigErrors(vec![Problem::new(ProblemKind::NotAccepted, "configuration", detail)])
}

impl Loaded {
    /// Every key that has a value, with its value and where it was set.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if let Ok(value) = toml::Value::try_from(&self.config) {
            self.collect(&Node::of_value(value, &Provenance::Default), "", &mut entries);
        }
        entries
    }

    fn collect(&self, node: &Node, path: &str, entries: &mut Vec<Entry>) {
        match &node.content {
            Content::Table(table) if !table.is_empty() => {
                for (key, inner) in table {
                    self.collect(inner, &below(path, key), entries);
                }
            }
            Content::List(list) if list.iter().any(|item| matches!(item.content, Content::Table(_))) => {
                for (index, item) in list.iter().enumerate() {
                    self.collect(item, &format!("{path}[{index}]"), entries);
                }
            }
            _ => {
                let provenance = self.provenance.get(path).cloned().unwrap_or(Provenance::Default);
                entries.push(Entry { key: path.to_owned(), value: node.to_value().to_string(), provenance });
            }
        }
    }
}
