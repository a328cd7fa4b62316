//! Which authorization details does the operator know, and in which words? (RFC 9396)

use crate::app::App;
use crate::config::Config;
use std::collections::HashMap;
use tandem_core::oauth::authorization_details::{AuthorizationDetails, DetailsType};

/// The types of `[authorization_details]`.
#[derive(Debug, Default)]
pub struct DetailsTypes(HashMap<String, DetailsType>);

impl DetailsTypes {
    /// As the configuration has them.
    pub fn of(config: &Config) -> Self {
        let types = config.authorization_details.iter();
        Self(types.map(|(name, words)| (name.clone(), DetailsType::new(words.clone()))).collect())
    }

    /// A type.
    pub fn get(&self, name: &str) -> Option<&DetailsType> {
        self.0.get(name)
    }

    /// The names, for the metadata.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.keys().cloned().collect();
        names.sort_unstable();
        names
    }
}

/// Each entry in words; one whose type the operator has removed meanwhile is told by its name.
pub fn in_words(app: &App, details: &AuthorizationDetails, language: &str) -> Vec<String> {
    let fallback = app.config.pages.default_language.as_str();
    let say = |entry: &serde_json::Map<String, serde_json::Value>| {
        let name = entry.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
        let said = app.details_types.0.get(name).and_then(|known| known.say(entry, language, fallback));
        said.unwrap_or_else(|| name.to_owned())
    };
    details.entries().iter().map(say).collect()
}
