//! How does the server know its own nonces without keeping them? They are a MAC over the time. (RFC 9449, 8)

use crate::digest::MacKey;
use crate::time::Timestamp;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// A nonce is new for one step and good for one more.
pub const STEP: Duration = Duration::from_mins(2);

/// Who asks for the nonce. Nonces of the one are worth nothing to the other (RFC 9449 section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Token and device authorization endpoint.
    AuthorizationServer,
    /// Userinfo and other protected resources.
    ResourceServer,
}

/// How fresh a nonce is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Of this step.
    Current,
    /// Of the step before: still good, but the answer should carry a new one.
    Previous,
    /// Older, or never ours.
    Stale,
}

/// The nonce of this moment, 43 base64url characters.
pub fn issue(key: &MacKey, audience: Audience, now: Timestamp) -> String {
    of_step(key, audience, step(now))
}

/// How fresh `nonce` is. Takes the same time for any nonce of the right length.
pub fn check(key: &MacKey, audience: Audience, now: Timestamp, nonce: &str) -> Freshness {
    let step = step(now);
    let is_of = |step| bool::from(of_step(key, audience, step).as_bytes().ct_eq(nonce.as_bytes()));
    let (current, previous) = (is_of(step), step.checked_sub(1).is_some_and(is_of));
    match (current, previous) {
        (true, _) => Freshness::Current,
        (false, true) => Freshness::Previous,
        (false, false) => Freshness::Stale,
    }
}

const fn step(now: Timestamp) -> u64 {
    now.as_secs() / STEP.as_secs()
}

fn of_step(key: &MacKey, audience: Audience, step: u64) -> String {
    let label = match audience {
        Audience::AuthorizationServer => "dpop nonce, authorization server",
        Audience::ResourceServer => "dpop nonce, resource server",
    };
    key.mac(label, &[&step.to_be_bytes()]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Audience::{AuthorizationServer, ResourceServer};

    #[test]
    fn a_nonce_is_good_for_its_step_and_the_next() {
        let key = MacKey::new(&[1; 32]);
        let start = Timestamp::from_secs(1_800_000_000 / 120 * 120);
        let nonce = issue(&key, AuthorizationServer, start);
        assert_eq!(nonce.len(), 43);
        let after = |secs| check(&key, AuthorizationServer, start.plus(Duration::from_secs(secs)), &nonce);
        assert_eq!([after(0), after(119)], [Freshness::Current; 2]);
        assert_eq!([after(120), after(239)], [Freshness::Previous; 2]);
        assert_eq!([after(240), after(86_400)], [Freshness::Stale; 2]);
        assert_eq!(check(&key, AuthorizationServer, start.minus(STEP), &nonce), Freshness::Stale);
        let first = issue(&key, AuthorizationServer, Timestamp::from_millis(0));
        assert_eq!(check(&key, AuthorizationServer, Timestamp::from_millis(0), &first), Freshness::Current);
    }

    #[test]
    fn foreign_nonces_are_stale() {
        let (key, now) = (MacKey::new(&[1; 32]), Timestamp::from_secs(1_800_000_000));
        let nonce = issue(&key, AuthorizationServer, now);
        assert_eq!(check(&key, ResourceServer, now, &nonce), Freshness::Stale);
        assert_eq!(check(&MacKey::new(&[2; 32]), AuthorizationServer, now, &nonce), Freshness::Stale);
        let mut changed = nonce.clone().into_bytes();
        changed[42] ^= 1;
        for other in ["", "x", &nonce[..42], &format!("{nonce}A"), std::str::from_utf8(&changed).unwrap()] {
            assert_eq!(check(&key, AuthorizationServer, now, other), Freshness::Stale, "{other}");
        }
    }
}
