//! What may be asked for? A set of scope tokens (RFC 6749 section 3.3).

use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;

/// The most tokens in a scope; it also bounds the mask in a sealed access token.
pub const MAX_TOKENS: usize = 64;
const MAX_LENGTH: usize = 2048;

/// A set of scope tokens, kept in the order in which they were asked for, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Scope(Arc<str>);

/// Why a text is no scope: an `invalid_scope` (RFC 6749 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is a list of up to 64 printable ASCII tokens without quotes or backslashes")]
pub struct ScopeError;

impl Scope {
    /// The empty set.
    pub fn empty() -> Self {
        Self(Arc::from(""))
    }

    /// Reads a space-separated list.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut tokens: Vec<&str> = Vec::new();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if !token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
                return Err(ScopeError);
            }
            if !tokens.contains(&token) {
                tokens.push(token);
            }
        }
        if tokens.len() > MAX_TOKENS || text.len() > MAX_LENGTH {
            return Err(ScopeError);
        }
        Ok(Self(tokens.join(" ").into()))
    }

    /// The tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    /// Whether the set has this token.
    pub fn contains(&self, token: &str) -> bool {
        // Asked several times in each flow, of a few short tokens: a search for characters takes longer than a look at each.
        let mut tokens = self.0.as_bytes().split(|byte| *byte == b' ');
        !token.is_empty() && tokens.any(|one| one == token.as_bytes())
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every token is also in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.tokens().all(|token| other.contains(token))
    }

    /// The tokens that are also in `other`, in this set's order.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let tokens: Vec<&str> = self.tokens().filter(|token| other.contains(token)).collect();
        Self(tokens.join(" ").into())
    }

    /// The tokens that `wanted` says yes to, in this set's order.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let tokens: Vec<&str> = self.tokens().filter(|token| wanted(token)).collect();
        Self(tokens.join(" ").into())
    }

    /// A bit for each token of this set that `part` has, in this set's order.
    pub fn mask_of(&self, part: &Self) -> u64 {
        self.tokens()
            .zip(0..)
            .filter(|(token, _)| part.contains(token))
            .fold(0, |mask, (_, bit)| mask | 1 << bit)
    }

    /// The tokens whose bit is set: the reverse of [`Scope::mask_of`].
    #[must_use]
    pub fn masked(&self, mask: u64) -> Self {
        let tokens: Vec<&str> = self
            .tokens()
            .zip(0..)
            .filter(|(_, bit)| mask & (1u64 << bit) != 0)
            .map(|(token, _)| token)
            .collect();
        Self(tokens.join(" ").into())
    }

    /// The space-separated text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;
    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_normalises() {
        let scope = Scope::parse(" openid  profile openid ").unwrap();
        assert_eq!(scope.as_str(), "openid profile");
        assert!(scope.contains("profile") && !scope.contains("pro"));
        assert!(!scope.contains("") && !scope.contains("openid profile") && !Scope::empty().contains(""));
        assert!(Scope::empty().is_within(&scope) && !scope.is_within(&Scope::empty()));
    }

    #[test]
    fn masks_name_a_part_of_the_set() {
        let all = Scope::parse("openid profile email").unwrap();
        let part = Scope::parse("email openid").unwrap();
        assert_eq!(all.mask_of(&part), 0b101);
        assert_eq!(all.masked(0b101).as_str(), "openid email");
        assert_eq!(all.masked(u64::MAX), all);
    }

    #[test]
    fn refuses_foreign_characters_and_floods() {
        let flood = (0..=MAX_TOKENS).map(|i| format!("s{i}")).collect::<Vec<_>>().join(" ");
        for text in ["a\"b", "a\\b", "a\tb", "電", flood.as_str(), &"x".repeat(MAX_LENGTH + 1)] {
            assert_eq!(Scope::parse(text), Err(ScopeError), "{text}");
        }
    }
}
