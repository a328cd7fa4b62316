//! Which keys do the environment variables set?
//!
//! `TANDEM_SECTION__KEY` sets `key` in `[section]`, `TANDEM_ISSUER` a key at the top. The value is read as TOML where
//! the key is not a text, and as it stands otherwise.

use serde_json::Value;

use super::layers::{Content, Node, Table, parse_value};
use super::problem::{Problem, ProblemKind, Provenance};
use super::schema::{is_secret, member, paths, types};
use super::structure::nearest;

const PREFIX: &str = "TANDEM_";

/// Variables that begin like ours and are no keys: they steer the commands and the tests.
const OTHERS: [&str; 6] =
    ["TANDEM_CONFIG", "TANDEM_LOG", "TANDEM_BIN", "TANDEM_DEVICE_BIN", "TANDEM_OUTPUT", "TANDEM_PREVIEW_DIR"];

/// The tree that the variables describe, and the variables that describe nothing.
pub(super) fn read(env: impl Iterator<Item = (String, String)>, schema: &Value) -> (Node, Vec<Problem>) {
    let mut variables: Vec<(String, String)> = env.filter(|(name, text)| is_ours(name, text)).collect();
    variables.sort();
    let (mut root, mut problems) = (Node::empty(), Vec::new());
    for (name, text) in variables {
        let place = Provenance::Variable(name.clone());
        match locate(&name, schema) {
            Ok((path, found)) => insert(&mut root, &path, value(&text, found, &place)),
            Err(detail) => problems.push(Problem::new(ProblemKind::UnknownVariable, &name, detail)),
        }
    }
    (root, problems)
}

fn is_ours(name: &str, text: &str) -> bool {
    name.starts_with(PREFIX) && !OTHERS.contains(&name) && !announces_service(name, text)
}

/// Kubernetes tells every container about a service called `tandem` in variables such as `TANDEM_SERVICE_HOST`,
/// `TANDEM_PORT=tcp://...` and `TANDEM_PORT_8080_TCP_ADDR`; they are not meant for us.
fn announces_service(name: &str, text: &str) -> bool {
    let numbered = |(_, rest): (&str, &str)| rest.starts_with(|first: char| first.is_ascii_digit());
    !name.contains("__")
        && (name.ends_with("_SERVICE_HOST")
            || name.contains("_SERVICE_PORT")
            || name.split_once("_PORT_").is_some_and(numbered)
            || (name.ends_with("_PORT") && text.contains("://")))
}

/// The path and the schema of the key that a variable sets.
fn locate<'s>(name: &str, root: &'s Value) -> Result<(Vec<String>, &'s Value), String> {
    let tail = name.get(PREFIX.len()..).unwrap_or_default();
    let path: Vec<String> = tail.split("__").map(str::to_ascii_lowercase).collect();
    let mut schema = root;
    for key in &path {
        if types(schema) == ["array"] {
            return Err(
                "entries of a list cannot be set one by one: set the whole list, or use a file".to_owned()
            );
        }
        schema = member(schema, key).ok_or_else(|| hint(name, root))?;
    }
    if tail.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err(format!("did you mean `{}`?", name.to_ascii_uppercase()));
    }
    Ok((path, schema))
}

fn hint(name: &str, root: &Value) -> String {
    let known: Vec<String> = paths(root).iter().map(|path| variable(path)).collect();
    match nearest(&name.to_ascii_uppercase(), known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "TANDEM_SECTION__KEY sets a key of a section, TANDEM_KEY one at the top".to_owned(),
    }
}

/// The variable that sets the key at a path.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

fn value(text: &str, schema: &Value, place: &Provenance) -> Node {
    let accepted = types(schema);
    let raw = || Node::new(Content::Scalar(toml::Value::String(text.to_owned())), place);
    if is_secret(schema) {
        return raw();
    }
    let parsed = parse_value(text, place).filter(|node| accepted.contains(&node.type_name()));
    match parsed {
        Some(node) => node,
        None if accepted == ["array"] => split(text, place),
        None => raw(),
    }
}

/// A list of texts separated by commas, for those who do not want to quote TOML in a shell.
fn split(text: &str, place: &Provenance) -> Node {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let texts = entries.map(|entry| Node::new(Content::Scalar(toml::Value::String(entry.to_owned())), place));
    Node::new(Content::List(texts.collect()), place)
}

fn insert(root: &mut Node, path: &[String], node: Node) {
    let Some((first, rest)) = path.split_first() else {
        *root = node;
        return;
    };
    if !matches!(root.content, Content::Table(_)) {
        *root = Node::new(Content::Table(Table::new()), &node.place);
    }
    if let Content::Table(table) = &mut root.content {
        let below = table
            .entry(first.clone())
            .or_insert_with(|| Node::new(Content::Table(Table::new()), &node.place));
        insert(below, rest, node);
    }
}
