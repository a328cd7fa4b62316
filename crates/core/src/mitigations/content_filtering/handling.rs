//! What becomes of a message in which a filter found something? (BCP 6.1.5, R6.5)
//!
//! People do send a code to themselves or to somebody at home. So what counts is to how many different people one live code
//! went, over all messages: each answer has its number, and the strongest that is reached holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of a message, from the mildest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// It goes on as it is.
    Allow,
    /// It goes on with a mark.
    Tag,
    /// It is held back until somebody looks.
    Quarantine,
    /// It is refused.
    Reject,
}

impl Handling {
    /// All of them, the mildest first.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Tag, Self::Quarantine, Self::Reject];

    /// The word in answers, records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Tag => "tag",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

/// From how many recipients of one live code on something happens; zero is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// The message is marked.
    pub tag: u32,
    /// It is held back.
    pub quarantine: u32,
    /// It is refused.
    pub reject: u32,
    /// The misuse is reported: policy ends the request.
    pub incident: u32,
}

impl Thresholds {
    /// What becomes of a message with a live code that went to so many people by now.
    pub fn handling(&self, recipients: u32) -> Handling {
        let steps = [
            (self.reject, Handling::Reject),
            (self.quarantine, Handling::Quarantine),
            (self.tag, Handling::Tag),
        ];
        let reached = steps.into_iter().find(|(at, _)| is_reached(*at, recipients));
        reached.map_or(Handling::Allow, |(_, handling)| handling)
    }

    /// Whether so many recipients are a misuse.
    pub const fn is_incident(&self, recipients: u32) -> bool {
        is_reached(self.incident, recipients)
    }
}

const fn is_reached(at: u32, recipients: u32) -> bool {
    at > 0 && recipients >= at
}

/// What was found in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// To how many people the live code in it went that went to most; none if there is no live code.
    pub recipients: Option<u32>,
    /// Whether a link of a cross-device flow is in it, with a live code or without.
    pub link: bool,
    /// Whether some of it could not be looked at.
    pub unscanned: bool,
}

/// What becomes of messages for other reasons than a live code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Otherwise {
    /// Those with links.
    pub links: Handling,
    /// Those that could not be looked at wholly.
    pub unscanned: Handling,
}

/// The strongest of what each thing that was found calls for.
pub fn handling(found: Found, thresholds: &Thresholds, otherwise: Otherwise) -> Handling {
    let code = found.recipients.map_or(Handling::Allow, |recipients| thresholds.handling(recipients));
    let link = if found.link { otherwise.links } else { Handling::Allow };
    let unscanned = if found.unscanned { otherwise.unscanned } else { Handling::Allow };
    code.max(link).max(unscanned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Handling::{Allow, Quarantine, Reject, Tag};

    const USUAL: Thresholds = Thresholds { tag: 1, quarantine: 3, reject: 5, incident: 3 };
    const MILD: Otherwise = Otherwise { links: Allow, unscanned: Allow };

    fn code(recipients: u32) -> Found {
        Found { recipients: Some(recipients), ..Found::default() }
    }

    /// R6.5: who sends a code to themselves or to one more person is not stopped.
    #[test]
    fn what_becomes_of_a_message_follows_from_how_many_got_the_code() {
        for (recipients, expected) in [
            (0, Allow),
            (1, Tag),
            (2, Tag),
            (3, Quarantine),
            (4, Quarantine),
            (5, Reject),
            (u32::MAX, Reject),
        ] {
            assert_eq!(handling(code(recipients), &USUAL, MILD), expected, "{recipients}");
            assert_eq!(USUAL.is_incident(recipients), recipients >= 3, "{recipients}");
        }
    }

    #[test]
    fn a_threshold_of_zero_is_never_reached() {
        let never = Thresholds { tag: 0, quarantine: 0, reject: 0, incident: 0 };
        for recipients in [0, 1, u32::MAX] {
            assert_eq!(never.handling(recipients), Allow);
            assert!(!never.is_incident(recipients));
        }
        let only_reject = Thresholds { reject: 2, ..never };
        assert_eq!(only_reject.handling(1), Allow);
        assert_eq!(only_reject.handling(2), Reject);
    }

    #[test]
    fn thresholds_in_any_order_give_the_strongest_that_is_reached() {
        let odd = Thresholds { tag: 9, quarantine: 4, reject: 2, incident: 1 };
        assert_eq!(odd.handling(1), Allow);
        assert_eq!(odd.handling(3), Reject);
        assert_eq!(odd.handling(10), Reject);
    }

    #[test]
    fn nothing_found_is_always_allowed() {
        let strict = Otherwise { links: Tag, unscanned: Quarantine };
        assert_eq!(handling(Found::default(), &USUAL, strict), Allow);
    }

    #[test]
    fn the_strongest_reason_holds() {
        let strict = Otherwise { links: Tag, unscanned: Quarantine };
        for (found, expected) in [
            (Found { link: true, ..Found::default() }, Tag),
            (Found { unscanned: true, ..Found::default() }, Quarantine),
            (Found { link: true, unscanned: true, recipients: Some(1) }, Quarantine),
            (Found { link: true, unscanned: true, recipients: Some(7) }, Reject),
        ] {
            assert_eq!(handling(found, &USUAL, strict), expected, "{found:?}");
        }
    }
}
