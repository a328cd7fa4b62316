//! How long do keys hold that a party publishes at an address of its own, and when is it asked for them again?
//! (`jwks_uri`: RFC 7591 section 2; changing keys: OpenID Connect Core section 10.1.1)

use super::{JwkError, JwkSet};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Keys are read again after this time, while the ones that were read still hold. As long does a key go on to count that its
/// party has taken away.
pub const FRESH: Duration = Duration::from_mins(5);
/// So long do keys hold that cannot be read again; then nothing is theirs.
pub const HOLD: Duration = Duration::from_hours(1);
/// After an answer the address is left alone for so long, whoever comes with a key that it did not name. After a failure
/// too, once it failed a few times in a row.
pub const PAUSE: Duration = Duration::from_secs(30);
/// The largest set that is read, in bytes.
pub const MAX_LEN: usize = 64 * 1024;

/// What is known of the keys at one address.
#[derive(Debug, Clone, Default)]
pub struct PublishedKeys {
    read: Option<(Arc<JwkSet>, Timestamp)>,
    tried_at: Option<Timestamp>,
    /// How often in a row they could not be read.
    failures: u8,
}

/// Whether somebody who needs the keys now should ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// No: what is known will do, or there is nothing new to be known so soon.
    No,
    /// Yes, but what is known will do meanwhile.
    Meanwhile,
    /// Yes, before anything else.
    First,
}

impl PublishedKeys {
    /// The keys that hold.
    pub fn holding(&self, now: Timestamp) -> Option<&Arc<JwkSet>> {
        let (keys, read_at) = self.read.as_ref()?;
        (now.since(*read_at) < HOLD).then_some(keys)
    }

    /// Whether to ask, for somebody who looks for a key that `has` finds in a set.
    pub fn look(&self, now: Timestamp, has: impl FnOnce(&JwkSet) -> bool) -> Look {
        // A try that lies ahead was one before the clock was set back.
        if self.tried_at.is_some_and(|at| at <= now && now.since(at) < self.pause()) {
            return Look::No;
        }
        match (self.holding(now), &self.read) {
            (Some(keys), Some((_, read_at))) if has(keys) => {
                if now.since(*read_at) < FRESH {
                    Look::No
                } else {
                    Look::Meanwhile
                }
            }
            _ => Look::First,
        }
    }

    /// They were read. An empty set is a set: whoever takes all keys away means it.
    pub fn found(&mut self, keys: JwkSet, now: Timestamp) {
        *self = Self { read: Some((Arc::new(keys), now)), tried_at: Some(now), failures: 0 };
    }

    /// They could not be read. Says whether they could the time before.
    pub fn failed(&mut self, now: Timestamp) -> bool {
        self.tried_at = Some(now);
        self.failures = self.failures.saturating_add(1);
        self.failures == 1
    }

    /// 1, 2, 4 … seconds after failures, so that a short one is soon over.
    fn pause(&self) -> Duration {
        match self.failures {
            0 => PAUSE,
            failures => PAUSE.min(Duration::from_secs(1 << (failures - 1).min(5))),
        }
    }
}

/// Reads what came from the address. The rules are those of [`JwkSet::parse`].
pub fn parse(body: &[u8]) -> Result<JwkSet, JwkError> {
    if body.len() > MAX_LEN {
        return Err(JwkError::SetMalformed);
    }
    JwkSet::parse(&serde_json::from_slice(body).map_err(|_| JwkError::SetMalformed)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    /// A moment before that has passed.
    fn just_before(from: Timestamp, passed: Duration) -> Timestamp {
        Timestamp::from_millis(from.plus(passed).as_millis() - 1)
    }

    fn has(_: &JwkSet) -> bool {
        true
    }

    fn has_not(_: &JwkSet) -> bool {
        false
    }

    fn read_at(at: Timestamp) -> PublishedKeys {
        let mut keys = PublishedKeys::default();
        keys.found(JwkSet::default(), at);
        keys
    }

    #[test]
    fn nothing_holds_before_it_was_read() {
        let keys = PublishedKeys::default();
        assert!(keys.holding(START).is_none());
        assert_eq!(keys.look(START, has), Look::First);
    }

    #[test]
    fn what_was_read_is_read_again_behind_whoever_needs_it() {
        let keys = read_at(START);
        assert_eq!(keys.look(just_before(START, FRESH), has), Look::No);
        assert_eq!(keys.look(START.plus(FRESH), has), Look::Meanwhile);
        assert!(keys.holding(START.plus(FRESH)).is_some());
    }

    #[test]
    fn an_unknown_key_is_asked_for_but_not_at_once_again() {
        let keys = read_at(START);
        assert_eq!(keys.look(just_before(START, PAUSE), has_not), Look::No);
        assert_eq!(keys.look(START.plus(PAUSE), has_not), Look::First);
    }

    #[test]
    fn keys_that_cannot_be_read_again_end() {
        let mut keys = read_at(START);
        keys.failed(START.plus(FRESH));
        let last = just_before(START, HOLD);
        assert!(keys.holding(last).is_some());
        assert_eq!(keys.look(last, has), Look::Meanwhile);
        assert!(keys.holding(START.plus(HOLD)).is_none());
        assert_eq!(keys.look(START.plus(HOLD), has), Look::First);
    }

    #[test]
    fn failures_make_the_pauses_longer_up_to_an_end() {
        let mut keys = PublishedKeys::default();
        let mut now = START;
        for pause in [1, 2, 4, 8, 16, 30, 30, 30] {
            keys.failed(now);
            let pause = Duration::from_secs(pause);
            assert_eq!(keys.look(just_before(now, pause), has), Look::No, "{pause:?}");
            now = now.plus(pause);
            assert_eq!(keys.look(now, has), Look::First, "{pause:?}");
        }
        for _ in 0..300 {
            keys.failed(now);
        }
        assert_eq!(keys.look(now.plus(PAUSE), has), Look::First);
    }

    #[test]
    fn only_the_first_failure_in_a_row_is_news() {
        let mut keys = PublishedKeys::default();
        assert!(keys.failed(START));
        assert!(!keys.failed(START));
        keys.found(JwkSet::default(), START);
        assert!(keys.failed(START));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_make_keys_hold_longer_than_it_was_set_back() {
        let keys = read_at(START);
        let before = Timestamp::from_secs(1_799_999_000);
        assert!(keys.holding(before).is_some());
        assert!(keys.holding(START.plus(HOLD)).is_none());
    }

    #[test]
    fn what_is_no_set_of_public_keys_is_refused() {
        let private = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}]}"#;
        let long = format!("{{\"keys\":[]}}{}", " ".repeat(MAX_LEN));
        for body in ["", "[]", "{}", "<html>", r#"{"keys":{}}"#, r#"{"keys":[1]}"#, private, &long] {
            assert!(parse(body.as_bytes()).is_err(), "{body:.40}");
        }
        assert!(parse(&[0xff]).is_err());
        assert_eq!(parse(b"{\"keys\":[]}").unwrap(), JwkSet::default());
    }
}
