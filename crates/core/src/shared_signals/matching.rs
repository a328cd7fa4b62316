//! Does a receiver want to hear of this subject, and by which name does it know it? SSF 1.0 section 8.1.3.1.

use super::{Subject, SubjectId};
use std::collections::BTreeMap;

/// The names that we know of the person in an event: their mailbox, beside what the issuer calls them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownAs {
    /// Other names of the `user`, or of the simple subject.
    pub user: Vec<SubjectId>,
}

/// What a receiver said of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest(pub Subject);

impl Interest {
    /// The event's subject as the receiver knows it, if it is what the receiver added; `None` if it is not.
    ///
    /// A simple subject matches one that is identical, and a complex one of which it is a member: who adds a person hears of
    /// their sessions. Complex subjects match if no member that both have differs. A person who was added by another name
    /// of theirs goes out under that name, and under no other.
    pub fn matches(&self, event: &Subject, known: &KnownAs) -> Option<Subject> {
        match (&self.0, event) {
            (Subject::Simple(wanted), Subject::Simple(told)) => {
                names(wanted, told, known).map(Subject::Simple)
            }
            (Subject::Simple(wanted), Subject::Complex(told)) => {
                let found = told.iter().find_map(|(name, id)| {
                    names(wanted, id, of(name, known)).map(|called| (name.clone(), called))
                });
                let (name, called) = found?;
                let mut told = told.clone();
                told.insert(name, called);
                Some(Subject::Complex(told))
            }
            (Subject::Complex(wanted), Subject::Complex(told)) => complex(wanted, told, known),
            // A simple subject is a person here, or says nothing of a complex one.
            (Subject::Complex(wanted), Subject::Simple(told)) => {
                let user = wanted.get(USER)?;
                names(user, told, known).map(Subject::Simple)
            }
        }
    }

    /// Whether a removed subject covers an event's: everything that it names is in the event. In doubt an event is sent.
    pub fn covers(&self, event: &Subject, known: &KnownAs) -> bool {
        match (&self.0, event) {
            (Subject::Complex(removed), Subject::Complex(told)) => removed.iter().all(|(name, id)| {
                told.get(name).is_some_and(|told| names(id, told, of(name, known)).is_some())
            }),
            (Subject::Complex(_), Subject::Simple(_)) => false,
            (Subject::Simple(_), _) => self.matches(event, known).is_some(),
        }
    }
}

const USER: &str = "user";

static NOTHING: KnownAs = KnownAs { user: Vec::new() };

/// What else is known of this member.
fn of<'a>(member: &str, known: &'a KnownAs) -> &'a KnownAs {
    if member == USER { known } else { &NOTHING }
}

fn complex(
    wanted: &BTreeMap<String, SubjectId>,
    told: &BTreeMap<String, SubjectId>,
    known: &KnownAs,
) -> Option<Subject> {
    let mut called = told.clone();
    for (name, id) in wanted {
        if let Some(told) = told.get(name) {
            called.insert(name.clone(), names(id, told, of(name, known))?);
        }
    }
    Some(Subject::Complex(called))
}

/// By which name a receiver that wants `wanted` knows what we call `told`, or `known` by other names.
fn names(wanted: &SubjectId, told: &SubjectId, known: &KnownAs) -> Option<SubjectId> {
    let single = |wanted: &SubjectId| {
        let key = wanted.key();
        let is = std::iter::once(told).chain(&known.user).any(|name| name.key() == key);
        is.then(|| wanted.clone())
    };
    match wanted {
        SubjectId::Aliases { identifiers } => identifiers.iter().find_map(single),
        one => single(one),
    }
}

/// Every key under which a receiver may have added a simple subject that this event concerns.
pub fn keys(event: &Subject, known: &KnownAs) -> Vec<String> {
    let told: Vec<&SubjectId> = match event {
        Subject::Simple(id) => vec![id],
        Subject::Complex(parts) => parts.values().collect(),
    };
    told.into_iter().chain(&known.user).map(SubjectId::key).collect()
}
