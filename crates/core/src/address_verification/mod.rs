//! Is the address that a person typed for their messages theirs? They read a code off what was sent there.
//!
//! Nothing is kept until they typed it: an [`AddressVerification`] goes out with the form, sealed, and comes back with the code.
//! That it counts for few tries and only once is for whoever can remember: [`Attempt::tries`] and
//! [`AddressVerification::use_key`] name what to remember. What an address is says [`address`], what a code is [`code`].

mod address;
mod code;

pub use address::{clean_address, counted_as};
pub use code::{Code, NotACode};

use crate::digest::{Digest, MacKey};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const LABEL: &str = "tandem address verification";

/// How long a code can be typed.
pub const LIFETIME: Duration = Duration::from_mins(10);
/// How many codes can be tried; after that many the right one does not count any more either.
pub const MOST_TRIES: u8 = 5;

/// Who does something, and in which session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose<'a> {
    /// The person.
    pub sub: &'a str,
    /// The session's identifier.
    pub session: Digest,
}

/// An address to which a code was sent, until somebody types that code. To be sealed: it holds the address, and who can
/// read and make one needs no code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressVerification {
    id: Digest,
    sub: String,
    session: Digest,
    address: String,
    code: Digest,
    expires_at: Timestamp,
}

/// Why what was typed is not even compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Somebody else asked for the code, or the same person in another session.
    NotTheirs,
    /// Its time is over.
    Expired,
    /// Not six digits: nobody's try.
    NotACode,
}

/// A code that may be compared, for one try.
#[derive(Debug)]
pub struct Attempt<'a> {
    verification: &'a AddressVerification,
    code: Code,
}

/// One of the tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// What to remember once it is taken.
    pub key: Digest,
    left: u8,
}

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This is the code: whoever typed it can read what is sent to the address.
    Verified,
    /// It is another.
    Wrong {
        /// How many tries are left.
        tries_left: u8,
    },
}

impl AddressVerification {
    /// Of this address, by this code. `id` is drawn: no two are alike.
    pub fn begin(
        id: Digest,
        whose: Whose<'_>,
        address: &str,
        code: Code,
        key: &MacKey,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            sub: whose.sub.to_owned(),
            session: whose.session,
            address: address.to_owned(),
            code: digest(key, id, address, code),
            expires_at: now.plus(LIFETIME),
        }
    }

    /// Its name. It says nothing of the code.
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// Where the code was sent.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From when on the code does not count.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether it can be tried at all: by whom, and when.
    pub fn check(&self, whose: Whose<'_>, now: Timestamp) -> Result<(), Refused> {
        if self.sub != whose.sub || self.session != whose.session {
            return Err(Refused::NotTheirs);
        }
        if now >= self.expires_at { Err(Refused::Expired) } else { Ok(()) }
    }

    /// What this person typed now, if it may be compared.
    pub fn attempt(&self, whose: Whose<'_>, typed: &str, now: Timestamp) -> Result<Attempt<'_>, Refused> {
        self.check(whose, now)?;
        let code = Code::parse(typed).map_err(|NotACode| Refused::NotACode)?;
        Ok(Attempt { verification: self, code })
    }

    /// What to remember once it was verified, so that it is not a second time.
    pub fn use_key(&self) -> Digest {
        self.key(b"use")
    }

    fn key(&self, what: &[u8]) -> Digest {
        Digest::of(&[LABEL.as_bytes(), self.id.as_bytes(), what].concat())
    }
}

impl Attempt<'_> {
    /// The tries that there are, in their order. The first that nobody took yet is to be taken, for good, before
    /// anything is compared: so that no two attempts share one.
    pub fn tries(&self) -> impl Iterator<Item = Try> {
        (0..MOST_TRIES).map(|n| Try { key: self.verification.key(&[n]), left: MOST_TRIES - 1 - n })
    }

    /// Whether it is the code, for the try that was taken. In constant time.
    pub fn outcome(&self, taken: Try, key: &MacKey) -> Outcome {
        let AddressVerification { id, address, code, .. } = self.verification;
        if digest(key, *id, address, self.code) == *code {
            Outcome::Verified
        } else {
            Outcome::Wrong { tries_left: taken.left }
        }
    }
}

/// Keyed, since there are only a million codes.
fn digest(key: &MacKey, id: Digest, address: &str, code: Code) -> Digest {
    key.mac(LABEL, &[id.as_bytes(), address.as_bytes(), code.digits().as_bytes()])
}

impl std::fmt::Debug for AddressVerification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressVerification")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const NUMBER: &str = "+44 20 7946 0000";
    const SESSION: Digest = Digest::from_bytes([1; 32]);
    const ALICE: Whose<'_> = Whose { sub: "alice", session: SESSION };

    fn key() -> MacKey {
        MacKey::new(&[7; 32])
    }

    fn code(digits: &str) -> Code {
        Code::parse(digits).unwrap()
    }

    fn verification(id: u8) -> AddressVerification {
        let id = Digest::from_bytes([id; 32]);
        AddressVerification::begin(id, ALICE, NUMBER, code("012345"), &key(), NOW)
    }

    fn outcome(of: &AddressVerification, typed: &str) -> Outcome {
        let attempt = of.attempt(ALICE, typed, NOW).unwrap();
        let first = attempt.tries().next().unwrap();
        attempt.outcome(first, &key())
    }

    #[test]
    fn the_code_that_was_sent_is_the_only_one_that_opens_it() {
        let pending = verification(1);
        assert_eq!(outcome(&pending, "012345"), Outcome::Verified);
        for wrong in ["012346", "112345", "543210", "000000"] {
            assert_eq!(outcome(&pending, wrong), Outcome::Wrong { tries_left: 4 }, "{wrong}");
        }
    }

    #[test]
    fn it_belongs_to_one_person_in_one_session() {
        let pending = verification(1);
        for whose in [
            Whose { sub: "bob", ..ALICE },
            Whose { sub: "", ..ALICE },
            Whose { session: Digest::from_bytes([2; 32]), ..ALICE },
        ] {
            assert_eq!(pending.attempt(whose, "012345", NOW).unwrap_err(), Refused::NotTheirs);
            assert_eq!(pending.check(whose, NOW.plus(LIFETIME)), Err(Refused::NotTheirs), "and stays theirs");
        }
    }

    #[test]
    fn it_ends_after_ten_minutes() {
        let pending = verification(1);
        let last = NOW.plus(LIFETIME).minus(Duration::from_millis(1));
        assert!(pending.attempt(ALICE, "012345", last).is_ok());
        let over = pending.attempt(ALICE, "012345", NOW.plus(LIFETIME)).unwrap_err();
        assert_eq!(over, Refused::Expired);
        assert_eq!(pending.attempt(ALICE, "x", pending.expires_at()).unwrap_err(), Refused::Expired);
    }

    #[test]
    fn what_is_no_code_is_no_try() {
        for typed in ["", "12345", "1234567", "12345a", "½23456"] {
            assert_eq!(verification(1).attempt(ALICE, typed, NOW).unwrap_err(), Refused::NotACode, "{typed}");
        }
    }

    #[test]
    fn there_are_five_tries_of_each_and_one_use() {
        let (one, other) = (verification(1), verification(2));
        let keys = |of: &AddressVerification| {
            let tries: Vec<_> = of.attempt(ALICE, "000000", NOW).unwrap().tries().collect();
            assert_eq!(tries.iter().map(|one| one.left).collect::<Vec<_>>(), [4, 3, 2, 1, 0]);
            tries.into_iter().map(|one| one.key).chain([of.use_key()]).collect::<HashSet<_>>()
        };
        assert_eq!(keys(&one).union(&keys(&other)).count(), 12, "no two share one");
        assert_eq!(keys(&one), keys(&verification(1)), "however often it is read again");
    }

    #[test]
    fn a_code_is_bound_to_its_address_and_its_verification_and_to_the_key() {
        let mut moved = verification(1);
        moved.address = "+44 20 7946 0001".to_owned();
        assert_ne!(outcome(&moved, "012345"), Outcome::Verified, "another address");
        let mut renamed = verification(1);
        renamed.id = Digest::from_bytes([2; 32]);
        assert_ne!(outcome(&renamed, "012345"), Outcome::Verified, "fresh tries");
        let pending = verification(1);
        let attempt = pending.attempt(ALICE, "012345", NOW).unwrap();
        let first = attempt.tries().next().unwrap();
        assert_ne!(attempt.outcome(first, &MacKey::new(&[8; 32])), Outcome::Verified, "another server");
    }

    #[test]
    fn it_survives_being_written_down_and_is_not_printed() {
        let pending = verification(1);
        let text = serde_json::to_string(&pending).unwrap();
        assert!(!text.contains("012345"), "{text}");
        assert_eq!(serde_json::from_str::<AddressVerification>(&text).unwrap(), pending);
        let printed = format!("{pending:?}{:?}", pending.attempt(ALICE, "012345", NOW).unwrap());
        assert!(!printed.contains("7946") && !printed.contains("012345"), "{printed}");
    }
}
