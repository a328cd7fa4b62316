//! How do several sources become one tree in which every value knows where it was set?

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, ProblemKind, Provenance};

/// The largest configuration file, in bytes.
const MAX_FILE: u64 = 1_048_576;

/// A value and where it was set.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub content: Content,
    pub place: Provenance,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Table(Table),
    List(Vec<Node>),
    Scalar(toml::Value),
}

/// A table's values by key.
pub(super) type Table = BTreeMap<String, Node>;

impl Node {
    pub fn new(content: Content, place: &Provenance) -> Self {
        Self { content, place: place.clone() }
    }

    pub fn empty() -> Self {
        Self::new(Content::Table(Table::new()), &Provenance::Default)
    }

    /// The name of the JSON type.
    pub fn type_name(&self) -> &'static str {
        match &self.content {
            Content::Table(_) => "object",
            Content::List(_) => "array",
            Content::Scalar(toml::Value::String(_)) => "string",
            Content::Scalar(toml::Value::Integer(_)) => "integer",
            Content::Scalar(toml::Value::Float(_)) => "number",
            Content::Scalar(toml::Value::Boolean(_)) => "boolean",
            Content::Scalar(_) => "datetime",
        }
    }

    /// Lays `upper` over this: tables merge, everything else is replaced. A secret and the file it may be in are two
    /// ways to say one thing, so that the upper one wins over the lower other.
    pub fn overlay(&mut self, upper: Self) {
        match (&mut self.content, upper.content) {
            (Content::Table(lower), Content::Table(upper)) => {
                for key in upper.keys() {
                    if !lower.contains_key(key) {
                        lower.remove(&twin(key));
                    }
                }
                for (key, node) in upper {
                    match lower.get_mut(&key) {
                        Some(below) => below.overlay(node),
                        None => drop(lower.insert(key, node)),
                    }
                }
            }
            (content, upper_content) => {
                *content = upper_content;
                self.place = upper.place;
            }
        }
    }

    /// The value without its places.
    pub fn to_value(&self) -> toml::Value {
        match &self.content {
            Content::Table(table) => {
                toml::Value::Table(table.iter().map(|(key, node)| (key.clone(), node.to_value())).collect())
            }
            Content::List(items) => toml::Value::Array(items.iter().map(Self::to_value).collect()),
            Content::Scalar(value) => value.clone(),
        }
    }

    /// A value that was set in one place as a whole.
    pub fn of_value(value: toml::Value, place: &Provenance) -> Self {
        let content = match value {
            toml::Value::Table(table) => Content::Table(
                table.into_iter().map(|(key, value)| (key, Self::of_value(value, place))).collect(),
            ),
            toml::Value::Array(items) => {
                Content::List(items.into_iter().map(|value| Self::of_value(value, place)).collect())
            }
            scalar => Content::Scalar(scalar),
        };
        Self::new(content, place)
    }

    /// Every value below with its path and place.
    pub fn places(&self, path: &str, found: &mut BTreeMap<String, Provenance>) {
        found.insert(path.to_owned(), self.place.clone());
        match &self.content {
            Content::Table(table) => {
                for (key, node) in table {
                    node.places(&below(path, key), found);
                }
            }
            Content::List(items) => {
                for (index, node) in items.iter().enumerate() {
                    node.places(&format!("{path}[{index}]"), found);
                }
            }
            Content::Scalar(_) => {}
        }
    }
}

/// The path of a key in the table at `path`.
pub(super) fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The other name under which the same thing can be given.
fn twin(key: &str) -> String {
    key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), ToOwned::to_owned)
}

/// Reads a file as text: at most `limit` bytes of UTF-8.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(limit + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= limit) {
        return Ok(text);
    }
    Err(format!("at most {limit} bytes are accepted"))
}

/// Reads a TOML file.
pub(super) fn read_file(path: &Path) -> Result<Node, Vec<Problem>> {
    let name = path.display().to_string();
    let text = read_text(path, MAX_FILE)
        .map_err(|detail| vec![Problem::new(ProblemKind::Unreadable, &name, detail)])?;
    parse(&text, path)
}

/// Parses the text of a TOML file.
pub(super) fn parse(text: &str, path: &Path) -> Result<Node, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let locate = |span: Range<usize>| position(text, path, span.start);
    if errors.is_empty() {
        return of_table(table.into_inner(), &locate).map(|content| Node::new(content, &Provenance::Default));
    }
    let problems = errors.iter().map(|error| {
        let place = locate(error.span().unwrap_or_default());
        Problem::new(ProblemKind::BrokenToml, "", error.message()).at(&place)
    });
    Err(problems.collect())
}

/// Parses one TOML value that was set in one place as a whole.
pub(super) fn parse_value(text: &str, place: &Provenance) -> Option<Node> {
    of_value(DeValue::parse(text).ok()?, &|_| place.clone()).ok()
}

fn position(text: &str, path: &Path, offset: usize) -> Provenance {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Provenance::File {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
    }
}

fn of_table(
    table: DeTable<'_>,
    locate: &dyn Fn(Range<usize>) -> Provenance,
) -> Result<Content, Vec<Problem>> {
    let (mut found, mut problems) = (Table::new(), Vec::new());
    for (key, value) in table {
        let place = locate(key.span());
        match of_value(value, locate) {
            Ok(node) => drop(found.insert(key.into_inner().into_owned(), Node { place, ..node })),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(Content::Table(found)) } else { Err(problems) }
}

fn of_value(
    value: Spanned<DeValue<'_>>,
    locate: &dyn Fn(Range<usize>) -> Provenance,
) -> Result<Node, Vec<Problem>> {
    let place = locate(value.span());
    let too_large = || vec![Problem::new(ProblemKind::BrokenToml, "", "a number is too large").at(&place)];
    let content = match value.into_inner() {
        DeValue::Table(table) => of_table(table, locate)?,
        DeValue::Array(items) => {
            Content::List(items.into_iter().map(|item| of_value(item, locate)).collect::<Result<_, _>>()?)
        }
        DeValue::String(text) => Content::Scalar(toml::Value::String(text.into_owned())),
        DeValue::Boolean(flag) => Content::Scalar(toml::Value::Boolean(flag)),
        DeValue::Datetime(time) => Content::Scalar(toml::Value::Datetime(time)),
        DeValue::Integer(number) => Content::Scalar(toml::Value::Integer(
            i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| too_large())?,
        )),
        DeValue::Float(number) => {
            Content::Scalar(toml::Value::Float(number.as_str().parse().map_err(|_| too_large())?))
        }
    };
    Ok(Node { content, place })
}
