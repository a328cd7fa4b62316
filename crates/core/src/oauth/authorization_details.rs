//! What exactly is to be authorized? (RFC 9396)

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest `authorization_details`, in bytes of JSON.
pub const MAX_LEN: usize = 8 * 1024;
/// The most entries.
pub const MAX_ENTRIES: usize = 8;
/// The longest value that is put into words, in characters.
pub const MAX_WORD: usize = 100;
/// Members that RFC 9396 section 2.2 defines for every type: texts, or lists of texts.
const COMMON: [&str; 5] = ["locations", "actions", "datatypes", "identifier", "privileges"];

/// Checked `authorization_details`: each entry's type is known, and every member is one that its type has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationDetails(Arc<Vec<Map<String, Value>>>);

/// What the operator says of one type of details.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DetailsType {
    /// The words for people, by language, with `{member}` where a member's value stands.
    words: BTreeMap<String, String>,
    members: Vec<String>,
}

/// Why details are refused: `invalid_authorization_details` (RFC 9396 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DetailsRefusal {
    /// No JSON array of objects with a `type` each, or too long.
    #[error(
        "authorization_details must be a JSON array of at most 8 objects, each with a type, within 8 KiB"
    )]
    Malformed,
    /// The type is unknown, or not this client's.
    #[error("authorization_details has a type that this client may not use")]
    TypeUnknown,
    /// A member that the type does not have.
    #[error("authorization_details has a member that its type does not have")]
    MemberUnknown,
    /// A member is missing that the person must be shown.
    #[error("authorization_details lacks a member that its type must have")]
    MemberMissing,
    /// A member that people are shown is neither a short plain text nor a number.
    #[error(
        "authorization_details has a member that cannot be shown: a plain text of at most 100 characters or a number is accepted"
    )]
    MemberUnfit,
}

impl DetailsType {
    /// A type with these words. Whatever stands in `{}` in them must be in every entry: what is not shown is not asked.
    pub fn new(words: BTreeMap<String, String>) -> Self {
        let mut members: Vec<String> =
            words.values().flat_map(|text| places(text)).map(ToOwned::to_owned).collect();
        members.sort_unstable();
        members.dedup();
        Self { words, members }
    }

    /// The members that every entry must have.
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// The words in a language, or in another one, for an entry.
    pub fn say(&self, entry: &Map<String, Value>, language: &str, fallback: &str) -> Option<String> {
        let words = self.words.get(language).or_else(|| self.words.get(fallback));
        let words = words.or_else(|| self.words.values().next())?;
        let mut said = String::new();
        let mut rest = words.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let (name, after) = after.split_once('}')?;
            said.push_str(&shown(entry.get(name)?)?);
            rest = after;
        }
        said.push_str(rest);
        Some(said)
    }

    fn check(&self, entry: &Map<String, Value>) -> Result<(), DetailsRefusal> {
        for (name, value) in entry {
            if self.members.iter().any(|known| known == name) {
                shown(value).ok_or(DetailsRefusal::MemberUnfit)?;
            } else if COMMON.contains(&name.as_str()) {
                if !is_common(value) {
                    return Err(DetailsRefusal::MemberUnfit);
                }
            } else if name != "type" {
                return Err(DetailsRefusal::MemberUnknown);
            }
        }
        let missing = self.members.iter().any(|name| !entry.contains_key(name));
        if missing { Err(DetailsRefusal::MemberMissing) } else { Ok(()) }
    }
}

impl AuthorizationDetails {
    /// Reads the parameter. `type_of` knows the types that this client may use.
    pub fn parse<'t>(
        text: &str,
        type_of: impl Fn(&str) -> Option<&'t DetailsType>,
    ) -> Result<Self, DetailsRefusal> {
        if text.len() > MAX_LEN {
            return Err(DetailsRefusal::Malformed);
        }
        Self::check(serde_json::from_str(text).map_err(|_| DetailsRefusal::Malformed)?, type_of)
    }

    /// Takes a JSON value that a signed request carried.
    pub fn check<'t>(
        value: Value,
        type_of: impl Fn(&str) -> Option<&'t DetailsType>,
    ) -> Result<Self, DetailsRefusal> {
        let Value::Array(entries) = value else { return Err(DetailsRefusal::Malformed) };
        if entries.is_empty() || entries.len() > MAX_ENTRIES {
            return Err(DetailsRefusal::Malformed);
        }
        let mut checked = Vec::with_capacity(entries.len());
        for entry in entries {
            let Value::Object(entry) = entry else { return Err(DetailsRefusal::Malformed) };
            let name = entry.get("type").and_then(Value::as_str).ok_or(DetailsRefusal::Malformed)?;
            type_of(name).ok_or(DetailsRefusal::TypeUnknown)?.check(&entry)?;
            checked.push(entry);
        }
        Ok(Self(Arc::new(checked)))
    }

    /// The entries.
    pub fn entries(&self) -> &[Map<String, Value>] {
        &self.0
    }
}

/// The names in `{}`.
pub fn places(words: &str) -> impl Iterator<Item = &str> {
    words.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// How a value stands in a sentence, if it can.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => {
            let fit = !text.trim().is_empty()
                && text.chars().count() <= MAX_WORD
                && !text.chars().any(|c| c.is_control() || is_invisible(c));
            fit.then(|| text.clone())
        }
        _ => None,
    }
}

fn is_common(value: &Value) -> bool {
    let text = |value: &Value| value.as_str().is_some_and(|text| text.len() <= 512);
    text(value) || value.as_array().is_some_and(|all| all.len() <= 16 && all.iter().all(text))
}

/// Characters that turn or hide what stands beside them.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{061C}' | '\u{00AD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment() -> DetailsType {
        let words = [("en", "Pay {amount} to {payee}"), ("ja", "{payee} に {amount} を支払う")];
        DetailsType::new(words.map(|(l, w)| (l.to_owned(), w.to_owned())).into())
    }

    fn parse(text: &str) -> Result<AuthorizationDetails, DetailsRefusal> {
        let payment = payment();
        AuthorizationDetails::parse(text, |name| (name == "payment").then_some(&payment))
    }

    #[test]
    fn says_what_is_asked() {
        let details =
            parse(r#"[{"type":"payment","amount":"34.50 €","payee":"Cellar","actions":["pay"]}]"#).unwrap();
        let say = |language| payment().say(&details.entries()[0], language, "en").unwrap();
        assert_eq!(say("en"), "Pay 34.50 € to Cellar");
        assert_eq!(say("ja"), "Cellar に 34.50 € を支払う");
        assert_eq!(say("fr"), "Pay 34.50 € to Cellar");
    }

    #[test]
    fn refuses_what_cannot_be_shown() {
        let long = format!(r#"[{{"type":"payment","amount":1,"payee":"{}"}}]"#, "x".repeat(101));
        for (text, refusal) in [
            ("{}", DetailsRefusal::Malformed),
            ("[]", DetailsRefusal::Malformed),
            ("[1]", DetailsRefusal::Malformed),
            (r#"[{"amount":1}]"#, DetailsRefusal::Malformed),
            (r#"[{"type":"transfer"}]"#, DetailsRefusal::TypeUnknown),
            (r#"[{"type":"payment","amount":1}]"#, DetailsRefusal::MemberMissing),
            (r#"[{"type":"payment","amount":1,"payee":"x","hidden":true}]"#, DetailsRefusal::MemberUnknown),
            (r#"[{"type":"payment","amount":[1],"payee":"x"}]"#, DetailsRefusal::MemberUnfit),
            (r#"[{"type":"payment","amount":1,"payee":"a\u202eb"}]"#, DetailsRefusal::MemberUnfit),
            (r#"[{"type":"payment","amount":1,"payee":"a\nb"}]"#, DetailsRefusal::MemberUnfit),
            (&long, DetailsRefusal::MemberUnfit),
        ] {
            assert_eq!(parse(text).unwrap_err(), refusal, "{text}");
        }
    }
}
