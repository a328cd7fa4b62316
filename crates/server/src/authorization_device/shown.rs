//! What exactly is a person shown, and was it this that the app signed?

use serde::Serialize;
use serde_json::{Number, Value};
use std::sync::Arc;
use tandem_core::crossing::{Binding, CrossingId, Request};
use tandem_core::mitigations::request_binding::BindingAnswer;
use tandem_core::oauth::authorization_details::AuthorizationDetails;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::scope::Scope;

/// Numbers up to here are the same whether they are read as integers or as floating point.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What an app shows of a request, and signs. Members are only ever added: a decision is kept as its proof.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown {
    crossing: CrossingId,
    client_id: String,
    client_name: String,
    binding_message: Option<String>,
    authorization_details: Option<AuthorizationDetails>,
    scope: Scope,
    /// Only of requests into which data is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<ShownBinding>,
}

/// What was typed on the consumption device, as far as the person is shown it.
#[derive(Debug, Clone, Serialize)]
struct ShownBinding {
    label: String,
    /// Only where they confirm it; who types it is not shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl ShownBinding {
    fn of(binding: &Binding) -> Self {
        let shown = binding.answer == BindingAnswer::Confirm;
        Self { label: binding.label.to_string(), text: shown.then(|| binding.text.to_string()) }
    }
}

impl Shown {
    /// Of a request by this client.
    pub fn of(id: CrossingId, request: &Request, client: &Arc<Client>) -> Self {
        let backchannel = request.backchannel.as_ref();
        Self {
            crossing: id,
            client_id: client.client_id.to_string(),
            client_name: client.client_name.clone(),
            binding_message: backchannel
                .and_then(|asked| asked.binding_message.as_deref())
                .map(str::to_owned),
            authorization_details: backchannel.and_then(|asked| asked.authorization_details.clone()),
            scope: request.scope.clone(),
            binding: request.binding().map(ShownBinding::of),
        }
    }

    /// Whether a signed value is this one: the same JSON, in whatever order and spelling an app's library writes it.
    pub fn is(&self, signed: &Value) -> bool {
        serde_json::to_value(self).is_ok_and(|shown| same(&shown, signed))
    }
}

fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(name, value)| two.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Number(one), Value::Number(two)) => one == two || same_number(one, two),
        _ => one == two,
    }
}

/// `34.0` and `34` are one number, and JavaScript writes the one as the other. Only where no digit can get lost.
fn same_number(one: &Number, two: &Number) -> bool {
    let exact = |number: &Number| number.as_f64().filter(|value| value.abs() < EXACT).map(f64::to_bits);
    one.is_f64() != two.is_f64() && exact(one).is_some() && exact(one) == exact(two)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn order_and_spelling_do_not_matter() {
        for (one, two) in [
            (r#"{"a":1,"b":[null,"\u00e9"]}"#, r#"{"b":[null,"é"],"a":1}"#),
            ("34.0", "34"),
            ("[0.1]", "[1e-1]"),
            ("0", "0.0"),
        ] {
            assert!(same(&json(one), &json(two)) && same(&json(two), &json(one)), "{one} {two}");
        }
    }

    #[test]
    fn everything_else_does() {
        for (one, two) in [
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
            (r#"{"a":null}"#, r#"{"b":null}"#),
            ("[1,2]", "[2,1]"),
            ("[1]", "[1,1]"),
            ("1", r#""1""#),
            ("34", "34.5"),
            ("1", "true"),
            ("null", "0"),
            ("[]", "{}"),
            (r#""a""#, r#""A""#),
            // The second is the floating point number next to the first.
            ("9007199254740993", "9007199254740992.0"),
            ("9007199254740993", "9007199254740992"),
        ] {
            assert!(!same(&json(one), &json(two)) && !same(&json(two), &json(one)), "{one} {two}");
        }
    }
}
