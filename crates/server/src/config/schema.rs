//! Which keys exist, as a JSON schema and for the parts that walk it?

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Config;

/// The JSON schema (2020-12) of the configuration file. Without references, and without `null`, which TOML lacks.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Config>().to_value();
    without_null(&mut schema);
    schema
}

fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            without_null_here(members);
            members.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

fn without_null_here(members: &mut Map<String, Value>) {
    if members.get("default").is_some_and(Value::is_null) {
        members.remove("default");
    }
    if let Some(default) = members.get_mut("default") {
        without_null_members(default);
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(branches)) = members.get_mut("anyOf") else { return };
    branches.retain(|branch| branch.get("type") != Some(&Value::from("null")));
    if let [Value::Object(only)] = branches.as_slice() {
        let only = only.clone();
        members.remove("anyOf");
        for (name, value) in only {
            members.entry(name).or_insert(value);
        }
    }
}

/// A default of tables in tables, without what is not set.
fn without_null_members(default: &mut Value) {
    if let Value::Object(members) = default {
        members.retain(|_, value| !value.is_null());
        members.values_mut().for_each(without_null_members);
    }
}

/// The keys of a table, unless the schema is of something else or of a table with free keys.
pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// The schema of one key of a table, or of a free key.
pub(super) fn member<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    if let Some(found) = properties(schema).and_then(|known| known.get(key)) {
        return Some(found);
    }
    if let Some(found) = branches(schema).iter().find_map(|branch| member(branch, key)) {
        return Some(found);
    }
    schema.get("additionalProperties").filter(|free| free.as_bool() != Some(false))
}

/// The schema of a list's items.
pub(super) fn items(schema: &Value) -> Option<&Value> {
    schema.get("items")
}

/// The alternatives of a schema that has some.
pub(super) fn branches(schema: &Value) -> &[Value] {
    schema.get("anyOf").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The JSON types that a schema accepts; none means any.
pub(super) fn types(schema: &Value) -> Vec<&str> {
    let nested = |name: &str| schema.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut found: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => nested("anyOf").chain(nested("oneOf")).flat_map(types).collect(),
    };
    found.dedup();
    found
}

/// The words that a schema accepts, with what they mean; none means any.
pub(super) fn words(schema: &Value) -> Vec<(&str, Option<&str>)> {
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().filter_map(|value| Some((value.as_str()?, None))).collect();
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return vec![(word, schema.get("description").and_then(Value::as_str))];
    }
    schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().flat_map(words).collect()
}

/// Whether values of the key must never be shown.
pub(super) fn is_secret(schema: &Value) -> bool {
    schema.get("writeOnly").and_then(Value::as_bool) == Some(true)
}

/// The paths of all keys that hold values, tables with free keys and lists included.
pub(super) fn paths(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (key, inner) in properties(schema).into_iter().flatten() {
        if properties(inner).is_some() {
            found.extend(paths(inner).into_iter().map(|below| format!("{key}.{below}")));
        } else {
            found.push(key.clone());
            let below = branches(inner).iter().flat_map(paths);
            found.extend(below.map(|below| format!("{key}.{below}")));
        }
    }
    found
}
