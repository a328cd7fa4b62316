//! Does the tree have the shape that the schema asks for: known keys, right types, values within their limits?

use serde_json::Value;

use super::formats;
use super::layers::{Content, Node, Table, below};
use super::problem::{Problem, ProblemKind};
use super::schema::{branches, is_secret, items, member, paths, properties, types, words};

/// Everything that is wrong with the shape of `node`.
pub(super) fn problems(node: &Node, schema: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    Walk { root: schema, found: &mut found }.value(node, schema, "");
    found
}

struct Walk<'w> {
    root: &'w Value,
    found: &'w mut Vec<Problem>,
}

impl Walk<'_> {
    fn report(&mut self, node: &Node, kind: ProblemKind, path: &str, detail: impl Into<String>) {
        self.found.push(Problem::new(kind, path, detail).at(&node.place));
    }

    fn value(&mut self, node: &Node, schema: &Value, path: &str) {
        let accepted = types(schema);
        let actual = node.type_name();
        let fits = |name: &&str| *name == actual || (*name == "number" && actual == "integer");
        if !accepted.is_empty() && !accepted.iter().any(fits) {
            let wanted: Vec<&str> = accepted.iter().map(|name| in_words(name)).collect();
            let detail = format!("{} is accepted, not {}", wanted.join(" or "), in_words(actual));
            return self.report(node, ProblemKind::WrongType, path, detail);
        }
        if let Some(branch) = branches(schema).iter().find(|branch| types(branch).contains(&actual)) {
            return self.value(node, branch, path);
        }
        match &node.content {
            Content::Table(table) => self.table(node, table, schema, path),
            Content::List(list) => self.list(node, list, schema, path),
            Content::Scalar(toml::Value::Integer(number)) => self.integer(node, *number, schema, path),
            Content::Scalar(toml::Value::String(text)) => self.text(node, text, schema, path),
            Content::Scalar(_) => {}
        }
    }

    fn table(&mut self, node: &Node, table: &Table, schema: &Value, path: &str) {
        for (key, inner) in table {
            let inner_path = below(path, key);
            match member(schema, key) {
                Some(inner_schema) => self.value(inner, inner_schema, &inner_path),
                None if properties(schema).is_none() => {}
                None => {
                    let detail = self.hint(schema, path, key);
                    self.report(inner, ProblemKind::UnknownKey, &inner_path, detail);
                }
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str).filter(|key| !table.contains_key(*key)) {
            let mut problem = Problem::new(ProblemKind::Missing, &below(path, key), "it has no default");
            if !path.is_empty() {
                problem = problem.at(&node.place);
            }
            self.found.push(problem);
        }
    }

    /// What may have been meant by an unknown key: a name near it in the same table, or its name in another.
    fn hint(&self, schema: &Value, path: &str, key: &str) -> String {
        let here: Vec<&str> =
            properties(schema).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        if let Some(near) = nearest(key, here.iter().copied()) {
            return format!("did you mean `{}`?", below(path, near));
        }
        let everywhere = paths(self.root);
        let last = |path: &str| path.rsplit('.').next().is_some_and(|name| name == key);
        if let Some(elsewhere) = everywhere.iter().find(|path| last(path)) {
            return format!("did you mean `{elsewhere}`?");
        }
        format!("accepted here are {}", here.join(", "))
    }

    fn list(&mut self, node: &Node, list: &[Node], schema: &Value, path: &str) {
        self.length(node, list.len(), ("minItems", "maxItems", "entries"), schema, path);
        if let Some(inner) = items(schema) {
            for (index, item) in list.iter().enumerate() {
                self.value(item, inner, &format!("{path}[{index}]"));
            }
        }
        let values: Vec<_> = list.iter().map(Node::to_value).collect();
        let repeated =
            values.iter().enumerate().any(|(index, value)| values.iter().take(index).any(|v| v == value));
        if repeated && schema.get("uniqueItems").and_then(Value::as_bool) == Some(true) {
            self.report(node, ProblemKind::NotAccepted, path, "each entry is accepted once");
        }
    }

    fn integer(&mut self, node: &Node, number: i64, schema: &Value, path: &str) {
        let limit = |name: &str| schema.get(name).and_then(Value::as_i64);
        let (least, most) = (limit("minimum"), limit("maximum"));
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            let detail = format!("{} is accepted, not {number}", range(least, most));
            self.report(node, ProblemKind::OutOfRange, path, detail);
        }
    }

    fn text(&mut self, node: &Node, text: &str, schema: &Value, path: &str) {
        self.length(node, text.chars().count(), ("minLength", "maxLength", "characters"), schema, path);
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        if let Some(detail) = formats::refusal(format, text) {
            return self.report(node, ProblemKind::NotAccepted, path, detail);
        }
        let accepted: Vec<&str> = words(schema).into_iter().map(|(word, _)| word).collect();
        if accepted.is_empty() || accepted.contains(&text) || is_secret(schema) {
            return;
        }
        let near = nearest(text, accepted.iter().copied());
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let detail = format!("one of {} is accepted, not `{text}`{hint}", accepted.join(", "));
        self.report(node, ProblemKind::NotAccepted, path, detail);
    }

    fn length(&mut self, node: &Node, length: usize, names: (&str, &str, &str), schema: &Value, path: &str) {
        let limit = |name: &str| schema.get(name).and_then(Value::as_i64);
        let (least, most) = (limit(names.0), limit(names.1));
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        if least.is_some_and(|least| length < least) || most.is_some_and(|most| length > most) {
            let detail = format!("{} {} are accepted, not {length}", range(least, most), names.2);
            self.report(node, ProblemKind::OutOfRange, path, detail);
        }
    }
}

/// A range in words.
pub(super) fn range(least: Option<i64>, most: Option<i64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "any number".to_owned(),
    }
}

/// The name that was probably meant, if one is near enough.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let far = (name.chars().count() / 3).clamp(1, 4);
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn in_words(type_name: &str) -> &str {
    match type_name {
        "object" => "a table",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "datetime" => "a date or time",
        other => other,
    }
}
