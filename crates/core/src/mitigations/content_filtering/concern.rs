//! Of what concern is a code that stands in a message? (R6.5)

use crate::crossing::Crossing;
use crate::time::Timestamp;

/// Nobody sends more wrong codes than this beside a right one: somebody hides it, or guesses.
const MOST_WRONG_CODES: usize = 256;

/// How far the request is whose code is in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its code can be used, or its misuse is known.
    Open,
    /// Its device has collected. It is of concern if mail with its code was seen before: then the first of many who got it
    /// was quick, and what they gave away can be taken back.
    Collected,
}

/// A code that can still be used; or one whose misuse a filter has `reported`: that it was ended for it lets no further copy
/// through. One that was collected may be of concern; one that was denied or ran out hurts nobody.
pub fn stage(crossing: &Crossing, reported: bool, now: Timestamp) -> Option<Stage> {
    let stage = match crossing {
        Crossing::Pending(pending) => (!pending.is_over(now)).then_some(Stage::Open),
        Crossing::Approved(_) => (now < crossing.ends_at()).then_some(Stage::Open),
        Crossing::Redeemed(_) => Some(Stage::Collected),
        Crossing::Denied(_) => None,
    };
    if reported { Some(Stage::Open) } else { stage }
}

/// Among how many wrong codes a right one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// As many as in ordinary messages.
    Small,
    /// So many that somebody hides it, or guesses. Whoever guesses shall have nothing of it, so what is hit is reported. That
    /// nothing is looked up any more would be an invitation to send a crowd first, and the code behind it.
    Large,
}

impl Crowd {
    /// Of so many `wrong` codes in one message, by somebody whose wrong codes are `within` their limit or not.
    pub const fn of(wrong: usize, within: bool) -> Self {
        if within && wrong <= MOST_WRONG_CODES { Self::Small } else { Self::Large }
    }

    /// Whether a request at this stage is reported for the crowd alone.
    pub fn betrays(self, stage: Stage) -> bool {
        self == Self::Large && stage == Stage::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R6.5: ordinary mail has few letters that look like codes.
    #[test]
    fn a_crowd_is_large_by_its_size_or_by_the_habit_of_who_sends_it() {
        assert_eq!(Crowd::of(0, true), Crowd::Small);
        assert_eq!(Crowd::of(MOST_WRONG_CODES, true), Crowd::Small);
        assert_eq!(Crowd::of(MOST_WRONG_CODES + 1, true), Crowd::Large);
        assert_eq!(Crowd::of(0, false), Crowd::Large);
    }

    #[test]
    fn a_crowd_says_nothing_of_what_was_collected() {
        assert!(Crowd::Large.betrays(Stage::Open));
        assert!(!Crowd::Large.betrays(Stage::Collected));
        assert!(!Crowd::Small.betrays(Stage::Open));
    }
}
