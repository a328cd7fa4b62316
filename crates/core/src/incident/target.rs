//! What does an incident concern, and what did it touch?

use crate::crossing::CrossingId;
use std::sync::Arc;

/// What containment ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// One request, and everything that was issued from it.
    Crossing(CrossingId),
    /// Everything that a person granted, and where they are signed in.
    Person(Arc<str>),
    /// Everything that was granted to a client, and its open requests.
    Client(Arc<str>),
    /// A registered device, by its id: it is revoked, with everything that it collected.
    Device(Arc<str>),
}

/// One thing that an incident touched, as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Touched {
    /// What part it plays.
    pub role: Role,
    /// What it is.
    pub kind: TouchedKind,
    /// Its name: a crossing's id, a subject, an address. Never a secret; a session stands by the beginning of its digest.
    pub name: String,
}

/// What part something plays in an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Containment ends it.
    Target,
    /// It was seen with it.
    Seen,
    /// Containment ended it.
    Ended,
}

/// What an incident can touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TouchedKind {
    /// A request.
    Crossing,
    /// What was issued from one; it has the crossing's name.
    Family,
    /// A browser in which a person was signed in.
    Session,
    /// A registered device.
    Device,
    /// Where somebody called from.
    Address,
    /// A person.
    Person,
    /// A client.
    Client,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Target, Self::Seen, Self::Ended];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Seen => "seen",
            Self::Ended => "ended",
        }
    }

    /// The role of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl TouchedKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Crossing,
        Self::Family,
        Self::Session,
        Self::Device,
        Self::Address,
        Self::Person,
        Self::Client,
    ];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::Family => "family",
            Self::Session => "session",
            Self::Device => "device",
            Self::Address => "address",
            Self::Person => "person",
            Self::Client => "client",
        }
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Target {
    /// As the record keeps it.
    pub fn touched(&self) -> Touched {
        let (kind, name) = match self {
            Self::Crossing(id) => (TouchedKind::Crossing, id.to_string()),
            Self::Person(sub) => (TouchedKind::Person, sub.to_string()),
            Self::Client(client_id) => (TouchedKind::Client, client_id.to_string()),
            Self::Device(id) => (TouchedKind::Device, id.to_string()),
        };
        Touched { role: Role::Target, kind, name }
    }

    /// Reads it back; `None` for what is no target.
    pub fn of(touched: &Touched) -> Option<Self> {
        if touched.role != Role::Target {
            return None;
        }
        match touched.kind {
            TouchedKind::Crossing => CrossingId::parse(&touched.name).map(Self::Crossing),
            TouchedKind::Person => Some(Self::Person(touched.name.as_str().into())),
            TouchedKind::Client => Some(Self::Client(touched.name.as_str().into())),
            TouchedKind::Device => Some(Self::Device(touched.name.as_str().into())),
            TouchedKind::Family | TouchedKind::Session | TouchedKind::Address => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_back() {
        let all = [
            Target::Crossing(CrossingId::from_bytes([7; 16])),
            Target::Person("ada".into()),
            Target::Client("tv".into()),
            Target::Device("lobby".into()),
        ];
        for target in all {
            assert_eq!(Target::of(&target.touched()), Some(target));
        }
    }

    #[test]
    fn what_was_only_seen_is_no_target() {
        let seen = Touched { role: Role::Seen, ..Target::Client("tv".into()).touched() };
        assert_eq!(Target::of(&seen), None);
        let broken = Touched { role: Role::Target, kind: TouchedKind::Crossing, name: "no id".into() };
        assert_eq!(Target::of(&broken), None);
    }
}
