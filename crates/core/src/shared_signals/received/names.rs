//! Whom or what does a subject name, among what there can be here?

use super::event::Event;
use crate::crossing::CrossingId;
use crate::oauth::access_token::TokenId;
use crate::shared_signals::{Subject, SubjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a transmitter may name people and things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A person by `iss_sub` of this server's own issuer.
    IssSub,
    /// A person by their mail address. Only an address counts that is known to be theirs.
    Email,
    /// A registered device, or a session, by the name that this server gave it.
    Opaque,
}

/// A person, as the transmitter calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonName {
    /// By our own name for them.
    Sub(String),
    /// By a mail address, which must be known to be theirs. In ASCII lower case.
    Email(String),
}

/// A registered device, as the transmitter calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDevice {
    /// Its id here.
    pub id: String,
    /// The client that it is an instance of, if that was said.
    pub client_id: Option<String>,
}

/// Whom or what an effect meets. Whether there is such a person, session or device is for the store to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// A person.
    Person(PersonName),
    /// What was granted in one crossing; by this person, if one was named.
    Session {
        /// The crossing, which names the token family.
        family: CrossingId,
        /// Who must have granted it.
        person: Option<PersonName>,
    },
    /// A device.
    Device(NamedDevice),
}

/// What a subject names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub person: Option<PersonName>,
    pub session: NamedSession,
    pub device: Option<NamedDevice>,
}

/// Which session a subject names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedSession {
    /// It speaks of none.
    None,
    /// One of ours.
    Ours(CrossingId),
    /// One of somebody else's.
    Foreign,
}

/// By which names people and things can be known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub issuer: &'a str,
    pub kinds: &'a [SubjectKind],
}

impl Reader<'_> {
    /// What the subject of this event names.
    pub fn read(self, event: &Event, subject: &Subject) -> Named {
        match subject {
            Subject::Simple(id) => self.simple(event, id),
            Subject::Complex(members) => self.complex(members),
        }
    }

    /// One identifier: of a device where the event is about one, of a session if it has the form of one, of a person else.
    fn simple(self, event: &Event, id: &SubjectId) -> Named {
        let nobody = Named { person: None, session: NamedSession::None, device: None };
        if let Event::DeviceComplianceChange(_) = event {
            let device = self.opaque(id).map(|id| NamedDevice { id, client_id: None });
            return Named { device, ..nobody };
        }
        match self.session(id) {
            session @ NamedSession::Ours(_) => Named { session, ..nobody },
            _ => Named { person: self.person(id), ..nobody },
        }
    }

    fn complex(self, members: &BTreeMap<String, SubjectId>) -> Named {
        let session = members.get("session").map_or(NamedSession::None, |id| self.session(id));
        Named {
            person: members.get("user").and_then(|id| self.person(id)),
            session,
            device: self.device(members),
        }
    }

    fn device(self, members: &BTreeMap<String, SubjectId>) -> Option<NamedDevice> {
        let id = self.opaque(members.get("device")?)?;
        let Some(application) = members.get("application") else {
            return Some(NamedDevice { id, client_id: None });
        };
        // An application that is not one of our clients has a device of another fleet.
        let client_id = each(application).find_map(|name| match name {
            SubjectId::IssSub { iss, sub } if iss == self.issuer => Some(sub.clone()),
            SubjectId::Opaque { id } => Some(id.clone()),
            _ => None,
        })?;
        Some(NamedDevice { id, client_id: Some(client_id) })
    }

    fn person(self, id: &SubjectId) -> Option<PersonName> {
        each(id).find_map(|name| match name {
            SubjectId::IssSub { iss, sub } if self.takes(SubjectKind::IssSub) && iss == self.issuer => {
                Some(PersonName::Sub(sub.clone()))
            }
            SubjectId::Email { email } if self.takes(SubjectKind::Email) => {
                Some(PersonName::Email(email.to_ascii_lowercase()))
            }
            _ => None,
        })
    }

    /// A session has the name of its family; an access token's name begins with it.
    fn session(self, id: &SubjectId) -> NamedSession {
        let ours = each(id).find_map(|name| match name {
            SubjectId::Opaque { id } if self.takes(SubjectKind::Opaque) => CrossingId::parse(id),
            SubjectId::JwtId { iss, jti } if self.takes(SubjectKind::Opaque) && iss == self.issuer => {
                TokenId::parse(jti).map(|token| token.family)
            }
            _ => None,
        });
        ours.map_or(NamedSession::Foreign, NamedSession::Ours)
    }

    fn opaque(self, id: &SubjectId) -> Option<String> {
        each(id).find_map(|name| match name {
            SubjectId::Opaque { id } if self.takes(SubjectKind::Opaque) => Some(id.clone()),
            _ => None,
        })
    }

    fn takes(self, kind: SubjectKind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// The identifier, or those that are aliases of each other.
fn each(id: &SubjectId) -> std::slice::Iter<'_, SubjectId> {
    match id {
        SubjectId::Aliases { identifiers } => identifiers.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}
