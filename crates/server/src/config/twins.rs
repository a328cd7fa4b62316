//! What do the files hold that stand in for values: `encryption_key_file` for `encryption_key`?

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::layers::{Content, Node, Table, below, read_text};
use super::problem::{Problem, ProblemKind, Provenance, Warning};
use super::schema::{branches, is_secret, items, member, properties, types};

/// The largest file with a secret or with keys, in bytes.
const MAX_FILE: u64 = 262_144;

/// What came of reading the files.
#[derive(Default)]
pub(super) struct Outcome {
    pub problems: Vec<Problem>,
    pub warnings: Vec<Warning>,
}

/// Takes relative paths from the folder of the configuration file that names them, then fills in what the files hold.
pub(super) fn resolve(root: &mut Node, schema: &Value) -> Outcome {
    let mut outcome = Outcome::default();
    node(root, schema, "", &mut outcome);
    outcome
}

fn node(value: &mut Node, schema: &Value, path: &str, outcome: &mut Outcome) {
    let place = value.place.clone();
    match &mut value.content {
        Content::Table(table) => {
            for (key, inner) in table.iter_mut() {
                if let Some(inner_schema) = member(schema, key) {
                    node(inner, inner_schema, &below(path, key), outcome);
                }
            }
            pairs(table, schema, path, outcome);
        }
        Content::List(list) => {
            for (index, item) in list.iter_mut().enumerate() {
                if let Some(inner_schema) = items(schema) {
                    node(item, inner_schema, &format!("{path}[{index}]"), outcome);
                }
            }
        }
        Content::Scalar(toml::Value::String(text)) if schema.get("format") == Some(&Value::from("path")) => {
            anchor(text, &place);
        }
        Content::Scalar(_) => {}
    }
}

fn anchor(text: &mut String, place: &Provenance) {
    let Provenance::File { path, .. } = place else { return };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|_| !text.is_empty()) {
        *text = folder.join(&*text).to_string_lossy().into_owned();
    }
}

/// Reads the file of each key of this table that has one.
fn pairs(table: &mut Table, schema: &Value, path: &str, outcome: &mut Outcome) {
    let Some(known) = properties(schema) else {
        return branches(schema).iter().for_each(|branch| pairs(table, branch, path, outcome));
    };
    for (key, inner_schema) in known {
        let file_key = format!("{key}_file");
        if !known.contains_key(&file_key) {
            continue;
        }
        let Some(Node { content: Content::Scalar(toml::Value::String(file)), place }) = table.get(&file_key)
        else {
            continue;
        };
        if file.is_empty() {
            continue;
        }
        let key_path = below(path, key);
        if let Some(inline) = table.get(key) {
            let detail = format!("give `{key}` or `{file_key}`, not both");
            outcome
                .problems
                .push(Problem::new(ProblemKind::Contradiction, &key_path, detail).at(&inline.place));
            continue;
        }
        let (file, place, file_path) = (PathBuf::from(file), place.clone(), below(path, &file_key));
        let secret = is_secret(inner_schema);
        match read(&file, secret || types(inner_schema) == ["string"], &place) {
            Ok(value) => drop(table.insert(key.clone(), value)),
            Err(detail) => {
                let detail = format!("{}: {detail}", file.display());
                outcome.problems.push(Problem::new(ProblemKind::NotAccepted, &file_path, detail).at(&place));
                continue;
            }
        }
        if secret && is_open_to_others(&file) {
            let detail = format!(
                "{} can be read by others on this machine; chmod 600 keeps it private",
                file.display()
            );
            outcome.warnings.push(Warning::new(&file_path, detail));
        }
    }
}

fn read(file: &Path, text: bool, place: &Provenance) -> Result<Node, String> {
    let content = read_text(file, MAX_FILE)?;
    if text {
        let line = content.strip_suffix('\n').unwrap_or(&content);
        let line = line.strip_suffix('\r').unwrap_or(line);
        return Ok(Node::new(Content::Scalar(toml::Value::String(line.to_owned())), place));
    }
    let json: serde_json::Map<String, Value> =
        serde_json::from_str(&content).map_err(|error| format!("a JSON object is accepted: {error}"))?;
    let value = toml::Value::try_from(json).map_err(|_| "JSON without null is accepted".to_owned())?;
    Ok(Node::of_value(value, place))
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o066 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
