//! What holds for people and the pages they see: `[sessions]`, `[users]`, `[pages]`, `[scopes]`?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use url::Url;

/// `[sessions]`: how long a person stays signed in on an authorization device.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Seconds after signing in at which a session ends in any case.
    #[schemars(range(min = 300, max = 2_592_000))]
    pub lifetime: u32,
    /// Seconds without a request after which a session ends.
    #[schemars(range(min = 60, max = 2_592_000))]
    pub idle_timeout: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { lifetime: 43_200, idle_timeout: 3600 }
    }
}

/// `[users]`: passwords and how they are hashed (Argon2id).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Users {
    /// Fewest characters of a new password.
    #[schemars(range(min = 8, max = 128))]
    pub password_min_length: u32,
    /// Memory to hash one password, in KiB.
    #[schemars(range(min = 8192, max = 1_048_576))]
    pub password_hash_memory: u32,
    /// Passes over that memory.
    #[schemars(range(min = 1, max = 20))]
    pub password_hash_iterations: u32,
    /// How many passwords may be hashed at once; further sign-ins wait. It bounds memory and processors.
    #[schemars(range(min = 1, max = 64))]
    pub password_hash_concurrency: u32,
}

impl Default for Users {
    fn default() -> Self {
        Self {
            password_min_length: 12,
            password_hash_memory: 19_456,
            password_hash_iterations: 2,
            password_hash_concurrency: 2,
        }
    }
}

/// `[pages]`: what people read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pages {
    /// Who runs this server, as people know them: stands in "verified by ...".
    #[schemars(length(min = 1, max = 100), example = "Example Ltd")]
    pub operator_name: Option<String>,
    /// Language of people whose browser asks for none that there is; a language tag such as `en` or `ja`.
    pub default_language: Language,
    /// Folder with templates that replace the built-in ones of the same name.
    #[schemars(extend("format" = "path"), example = "/etc/tandem/templates")]
    pub template_dir: Option<PathBuf>,
    /// One sentence on every error page: where people find help.
    #[schemars(length(min = 1, max = 300), example = "Call the front desk on extension 100.")]
    pub support_text: Option<String>,
    /// Address of a help page (http, https) or mailbox (mailto), linked from every error page.
    #[schemars(with = "Option<String>", extend("format" = "support-url"), example = "https://www.example.com/help")]
    pub support_url: Option<Url>,
}

/// `[scopes]`: scopes beyond `openid`, `profile`, `email` and `offline_access`. Each has the words in which people
/// are asked for it, by language; a missing language falls back to `pages.default_language`.
pub type Scopes = BTreeMap<String, BTreeMap<String, String>>;

/// The scopes that need no description in the configuration.
pub const BUILT_IN_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A language tag (RFC 5646): letters, digits and hyphens, at most 35.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// Why a text is no language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language tag is accepted, such as en, ja or pt-BR")]
pub struct LanguageRefusal;

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() <= 35 && text.parse::<unic_langid::LanguageIdentifier>().is_ok() {
            return Ok(Self(text));
        }
        Err(LanguageRefusal)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl JsonSchema for Language {
    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "language-tag" })
    }
}
