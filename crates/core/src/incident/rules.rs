//! What follows by itself from what was found out?

use super::Cause;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What follows from a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// No incident; the security event stays.
    Off,
    /// An incident is opened and nothing else is done: what containment would end is recorded.
    Record,
    /// An incident is opened and contained at once.
    Contain,
}

impl Response {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Record => "record",
            Self::Contain => "contain",
        }
    }

    /// The response of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Off, Self::Record, Self::Contain].into_iter().find(|response| response.as_str() == word)
    }
}

/// What follows from each cause that nobody has to decide about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// A person said that they did not start a request.
    pub reported: Response,
    /// A filter found a live code in messages to as many people as `content_filter.incident_at` says.
    pub code_filtered: Response,
    /// A code was presented again after its use. Anybody who once saw the code can do that, and would end the session of
    /// whoever used it in good faith, if this were `contain`.
    pub code_repeated: Response,
    /// A second person or network opened a code. The same caution applies.
    pub code_contested: Response,
    /// A device showed another key than the one that the request began with.
    pub foreign_key: Response,
    /// A refresh token was used a second time. Its family ends in any case.
    pub refresh_token_reused: Response,
    /// Another server's signal lowered the trust in a person, a session or a device.
    pub shared_signal: Response,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            reported: Response::Contain,
            code_filtered: Response::Contain,
            code_repeated: Response::Record,
            code_contested: Response::Record,
            foreign_key: Response::Record,
            refresh_token_reused: Response::Contain,
            shared_signal: Response::Contain,
        }
    }
}

impl Rules {
    /// What follows from this cause. Operators and programs say themselves what they want: theirs are recorded.
    pub const fn response(&self, cause: Cause) -> Response {
        match cause {
            Cause::Reported => self.reported,
            Cause::CodeFiltered => self.code_filtered,
            Cause::CodeRepeated => self.code_repeated,
            Cause::CodeContested => self.code_contested,
            Cause::ForeignKey => self.foreign_key,
            Cause::RefreshTokenReused => self.refresh_token_reused,
            Cause::SharedSignal => self.shared_signal,
            Cause::Operator | Cause::Api => Response::Record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_word_and_every_rule_one_of_them() {
        for cause in Cause::ALL {
            assert_eq!(Cause::parse(cause.as_str()), Some(cause));
        }
        let rules = serde_json::to_value(Rules::default()).unwrap();
        let named: Vec<_> = rules.as_object().unwrap().keys().map(|rule| Cause::of_event(rule)).collect();
        assert!(named.iter().all(Option::is_some), "{named:?}");
        assert_eq!(named.len(), Cause::ALL.len() - 2, "operators and programs have no rule");
    }

    #[test]
    fn nobody_opens_an_operators_incident_by_an_event() {
        assert_eq!(Cause::of_event("operator"), None);
        assert_eq!(Cause::of_event("api"), None);
        assert_eq!(Cause::of_event("access_revoked"), None);
    }
}
