//! How is a configuration written that was put together as JSON?

use serde_json::Value;

/// TOML with a line for each member, and everything below it inline.
pub fn written(config: &Value) -> String {
    let members = config.as_object().into_iter().flatten();
    members.map(|(name, value)| format!("{} = {}\n", key(name), inline(value))).collect::<Vec<_>>().concat()
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{} = {}", key(name), inline(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        // JSON escapes a text as TOML does, as far as the lab's own texts go.
        plain => plain.to_string(),
    }
}

fn key(name: &str) -> String {
    Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn tables_stand_in_one_line() {
        let config = json!({ "a": { "b": [1, "x"], "c": true }, "d": [{ "e": {} }] });
        let text = "\"a\" = { \"b\" = [1, \"x\"], \"c\" = true }\n\"d\" = [{ \"e\" = {  } }]\n";
        assert_eq!(super::written(&config), text);
    }
}
