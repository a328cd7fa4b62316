//! Which passkey ceremonies are under way? Each ends at its first answer, and after five minutes at the latest.

use crate::clock::Random;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use webauthn_rs_core::proto::{AuthenticationState, RegistrationState};

/// How long an authenticator has to answer.
pub const LIFETIME: Duration = Duration::from_mins(5);
/// How many are kept in all.
const MOST: usize = 10_000;
/// How many are kept of one address: who opens more closes their own oldest, not those of others.
const MOST_OF_AN_ADDRESS: usize = 1_000;

/// What an authenticator was asked to do.
#[derive(Debug)]
pub enum Ceremony {
    /// To sign somebody in.
    SignIn(AuthenticationState),
    /// To make a passkey for this subject.
    Register(Arc<str>, RegistrationState),
}

/// The ceremonies under way, in memory: a restart asks people to try again.
#[derive(Debug, Default)]
pub struct Ceremonies(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    next: u64,
    entries: HashMap<Digest, Entry>,
}

#[derive(Debug)]
struct Entry {
    order: u64,
    expires_at: Timestamp,
    browser: Digest,
    address: IpAddr,
    ceremony: Ceremony,
}

impl Ceremonies {
    /// Keeps a ceremony of this browser. Returns its name, which the browser sends back.
    pub fn begin(&self, ceremony: Ceremony, browser: Digest, address: IpAddr, now: Timestamp) -> String {
        let name = URL_SAFE_NO_PAD.encode(Random.bytes::<32>());
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.make_room(address, now);
        let order = open.next;
        open.next += 1;
        let entry = Entry { order, expires_at: now.plus(LIFETIME), browser, address, ceremony };
        open.entries.insert(Digest::of(name.as_bytes()), entry);
        name
    }

    /// Ends a ceremony, if it is of this browser and not too old. Whoever asks first gets it; nobody gets it twice.
    pub fn end(&self, name: &str, browser: Digest, now: Timestamp) -> Option<Ceremony> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = open.entries.remove(&Digest::of(name.as_bytes()))?;
        (entry.browser == browser && now < entry.expires_at).then_some(entry.ceremony)
    }
}

impl Open {
    fn make_room(&mut self, address: IpAddr, now: Timestamp) {
        if self.entries.len() >= MOST_OF_AN_ADDRESS {
            self.entries.retain(|_, entry| now < entry.expires_at);
            let own = self.entries.values().filter(|entry| entry.address == address).count();
            if own >= MOST_OF_AN_ADDRESS {
                self.drop_oldest(|entry| entry.address == address);
            }
        }
        if self.entries.len() >= MOST {
            self.drop_oldest(|_| true);
        }
    }

    fn drop_oldest(&mut self, of: impl Fn(&Entry) -> bool) {
        let matching = self.entries.iter().filter(|(_, entry)| of(entry));
        if let Some(name) = matching.min_by_key(|(_, entry)| entry.order).map(|(name, _)| *name) {
            self.entries.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::people::passkeys::Passkeys;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn ceremony() -> Ceremony {
        let passkeys = Passkeys::new(&Config::default()).unwrap();
        Ceremony::SignIn(passkeys.ask_to_sign_in().unwrap().1)
    }

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn a_ceremony_ends_once_in_its_browser_and_in_its_time() {
        let ceremonies = Ceremonies::default();
        let (mine, other) = (Digest::of(b"mine"), Digest::of(b"other"));
        let begin = || ceremonies.begin(ceremony(), mine, address(1), NOW);
        let last = NOW.plus(LIFETIME).minus(Duration::from_millis(1));
        let name = begin();
        assert!(ceremonies.end(&name, mine, last).is_some());
        assert!(ceremonies.end(&name, mine, last).is_none(), "used");
        let name = begin();
        assert!(ceremonies.end(&name, other, NOW).is_none(), "another browser");
        assert!(ceremonies.end(&name, mine, NOW).is_none(), "a try of another browser ends it too");
        assert!(ceremonies.end(&begin(), mine, NOW.plus(LIFETIME)).is_none(), "its time is over");
        assert!(ceremonies.end("", mine, NOW).is_none());
    }

    #[test]
    fn whoever_opens_many_loses_their_own() {
        let ceremonies = Ceremonies::default();
        let browser = Digest::of(b"browser");
        let others = ceremonies.begin(ceremony(), browser, address(1), NOW);
        let first = ceremonies.begin(ceremony(), browser, address(2), NOW);
        for _ in 1..MOST_OF_AN_ADDRESS {
            ceremonies.begin(ceremony(), browser, address(2), NOW);
        }
        let last = ceremonies.begin(ceremony(), browser, address(2), NOW);
        assert_eq!(ceremonies.0.lock().unwrap().entries.len(), MOST_OF_AN_ADDRESS + 1);
        assert!(ceremonies.end(&first, browser, NOW).is_none());
        assert!(ceremonies.end(&last, browser, NOW).is_some());
        assert!(ceremonies.end(&others, browser, NOW).is_some());
    }

    #[test]
    fn the_map_is_bounded_and_forgets_what_is_over() {
        let ceremonies = Ceremonies::default();
        let browser = Digest::of(b"browser");
        let address = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        for number in 0..=MOST {
            ceremonies.begin(ceremony(), browser, address(number), NOW);
        }
        assert_eq!(ceremonies.0.lock().unwrap().entries.len(), MOST);
        ceremonies.begin(ceremony(), browser, address(0), NOW.plus(LIFETIME));
        assert_eq!(ceremonies.0.lock().unwrap().entries.len(), 1);
    }
}
