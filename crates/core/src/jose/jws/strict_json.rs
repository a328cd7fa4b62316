//! Does this text hold exactly one JSON object that every reader understands alike?
//!
//! RFC 7515 section 4 and RFC 7519 section 4 leave it to the reader what a repeated member name means. Two
//! readers that choose differently are an attack, so a repetition at any depth is refused.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// Objects and arrays may be nested this deep, the outermost included.
const MAX_DEPTH: u8 = 16;

/// Why a text is not the one JSON object it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Malformed,
    DuplicateMember,
    TooDeep,
}

/// The object that `json` is, without trailing text.
pub fn parse_object(json: &[u8]) -> Result<Map<String, Value>, Fault> {
    let fault = Cell::new(Fault::Malformed);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = Node { depth: 0, fault: &fault }.deserialize(&mut deserializer).map_err(|_| fault.get())?;
    deserializer.end().map_err(|_| Fault::Malformed)?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Fault::Malformed),
    }
}

#[derive(Clone, Copy)]
struct Node<'c> {
    depth: u8,
    fault: &'c Cell<Fault>,
}

impl Node<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            self.fault.set(Fault::TooDeep);
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(inner)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(inner)?;
            if members.insert(name, value).is_some() {
                self.fault.set(Fault::DuplicateMember);
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_reads_as_it_is_written() {
        let text = r#"{"a":[1,-2,2.5,true,null,"s"],"b":{"c":"\u00e9"}}"#;
        let expected: Map<String, Value> = serde_json::from_str(text).unwrap();
        assert_eq!(parse_object(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn repeated_names_are_refused_at_any_depth_and_however_they_are_spelled() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"b":2,"a":3}]}"#, r#"{"alg":1,"\u0061lg":2}"#] {
            assert_eq!(parse_object(text.as_bytes()), Err(Fault::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(parse_object(nested(15).as_bytes()).is_ok());
        assert_eq!(parse_object(nested(16).as_bytes()), Err(Fault::TooDeep));
        assert_eq!(parse_object(nested(5000).as_bytes()), Err(Fault::TooDeep));
    }

    #[test]
    fn anything_but_one_object_is_malformed() {
        for text in [
            "",
            "null",
            "[]",
            "\"a\"",
            "{}{}",
            "{} x",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":NaN}",
            "{\"a\":1e999}",
        ] {
            assert_eq!(parse_object(text.as_bytes()), Err(Fault::Malformed), "{text}");
        }
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}"), Err(Fault::Malformed));
        assert_eq!(parse_object(b"{\"a\":\"\\ud800\"}"), Err(Fault::Malformed));
        assert_eq!(parse_object(b"\xef\xbb\xbf{}"), Err(Fault::Malformed));
    }
}
