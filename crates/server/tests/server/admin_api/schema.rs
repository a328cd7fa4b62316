//! Does a value keep to a schema? The keywords of JSON Schema 2020-12 that the description uses; any other fails the test.

use serde_json::Value;

/// What of `value` breaks `schema`, whose references lead into `document`.
pub fn breaches(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "$", &mut found);
    found
}

/// The schema that a reference names.
pub fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema.get("$ref") {
        None => schema,
        Some(name) => {
            let pointer = name.as_str().unwrap().strip_prefix('#').expect("a reference into this document");
            document.pointer(pointer).unwrap_or_else(|| panic!("{name} leads nowhere"))
        }
    }
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolve(document, schema);
    for (keyword, says) in schema.as_object().expect("a schema is an object") {
        let holds = match keyword.as_str() {
            "description" | "title" | "default" => true,
            "format" => has_format(says.as_str().unwrap(), value),
            "type" => has_type(says, value),
            "enum" => says.as_array().unwrap().contains(value),
            "const" => says == value,
            "minimum" => value.as_i64().is_none_or(|number| number >= says.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= says.as_i64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= size(says)),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() <= size(says)),
            "oneOf" => {
                let fits = |one: &&Value| breaches(document, one, value).is_empty();
                says.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "required" => value.as_object().is_none_or(|members| {
                says.as_array().unwrap().iter().all(|name| members.contains_key(name.as_str().unwrap()))
            }),
            "additionalProperties" => {
                assert_eq!(says, &Value::Bool(false));
                let known = schema.get("properties").and_then(Value::as_object);
                value.as_object().is_none_or(|members| {
                    members.keys().all(|name| known.is_some_and(|known| known.contains_key(name)))
                })
            }
            "properties" => {
                for (name, schema) in says.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        check(document, schema, value, &format!("{at}.{name}"), found);
                    }
                }
                true
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, says, value, &format!("{at}[{index}]"), found);
                }
                true
            }
            other => panic!("{at}: the keyword {other} is not known to this test"),
        };
        if !holds {
            found.push(format!("{at}: {keyword}"));
        }
    }
}

fn size(says: &Value) -> usize {
    usize::try_from(says.as_u64().unwrap()).unwrap()
}

fn has_type(says: &Value, value: &Value) -> bool {
    match says.as_str().expect("one type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        other => panic!("the type {other} is not known to this test"),
    }
}

fn has_format(says: &str, value: &Value) -> bool {
    match says {
        "int64" | "uint64" => value.is_i64() || value.is_u64(),
        // 2027-01-15T08:00:12.345Z
        "date-time" => value.as_str().is_some_and(|text| {
            let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            shape == "9999-99-99T99:99:99.999Z"
        }),
        other => panic!("the format {other} is not known to this test"),
    }
}
