//! Which texts are a list of scopes?

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// Scope names separated by single spaces (RFC 6749 section 3.3), without repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeList(Vec<String>);

/// Why a text is no list of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "different scope names separated by single spaces are accepted, in printable ASCII without \" and \\"
)]
pub struct ScopeRefusal;

impl ScopeList {
    /// The names in their order.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// Whether a text may be the name of a scope (`scope-token` of RFC 6749 appendix A.4).
pub(in crate::config) fn is_scope_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

impl Default for ScopeList {
    fn default() -> Self {
        Self(vec!["openid".to_owned()])
    }
}

impl TryFrom<String> for ScopeList {
    type Error = ScopeRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut names: Vec<String> = Vec::new();
        for name in text.split(' ').filter(|_| !text.is_empty()) {
            if !is_scope_name(name) || names.iter().any(|known| known == name) {
                return Err(ScopeRefusal);
            }
            names.push(name.to_owned());
        }
        Ok(Self(names))
    }
}

impl From<ScopeList> for String {
    fn from(list: ScopeList) -> Self {
        list.0.join(" ")
    }
}

impl JsonSchema for ScopeList {
    fn schema_name() -> Cow<'static, str> {
        "ScopeList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "scope-list", "maxLength": 4096 })
    }
}
