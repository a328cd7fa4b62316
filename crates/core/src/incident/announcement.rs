//! What do others hear when an incident is contained? (BCP 6.1.6, CAEP 1.0)

use super::Actor;
use crate::oauth::token_family::TokenFamily;
use crate::shared_signals::{CaepEvent, ComplianceStatus, InitiatingEntity, SharedSignal, Subject};
use crate::time::Timestamp;
use serde_json::{Map, Value};

/// Whether containment signs the people out whose grants it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSessions {
    /// It does: whoever took part in the misuse may sit in one of their sessions.
    Yes,
    /// It does not.
    No,
}

/// A registered device whose trust was taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistrustedDevice {
    /// Its id.
    pub id: Box<str>,
    /// The client that it is an instance of.
    pub client_id: Box<str>,
    /// What was last known of it.
    pub previous: ComplianceStatus,
}

/// Of which incident is told, by whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The issuer identifier of this server.
    pub issuer: &'a str,
    /// The number of the incident.
    pub incident: i64,
    /// Who contained it.
    pub actor: &'a Actor,
    /// When.
    pub at: Timestamp,
}

impl Told<'_> {
    fn signal(&self, subject: Subject, event: CaepEvent, reason_admin: &str) -> SharedSignal {
        SharedSignal {
            subject,
            event,
            at: self.at,
            initiating_entity: match self.actor {
                Actor::Rule => InitiatingEntity::Policy,
                Actor::Operator(_) | Actor::Command | Actor::Api(_) => InitiatingEntity::Admin,
            },
            reason_admin: reason_admin.to_owned(),
            txn: Some(format!("incident-{}", self.incident)),
        }
    }

    /// A family ended: its session is revoked, and whoever only looks at tokens hears that they allow nothing any more.
    pub fn family(&self, family: &TokenFamily) -> [SharedSignal; 2] {
        let subject = Subject::session(self.issuer, &family.authentication.sub, family.crossing);
        let nothing = Map::from_iter([("scope".to_owned(), Value::from(""))]);
        [
            self.signal(
                subject.clone(),
                CaepEvent::SessionRevoked,
                "The sign-in was misused; everything issued from it has ended.",
            ),
            self.signal(
                subject,
                CaepEvent::TokenClaimsChange { claims: nothing },
                "The sign-in was misused; its tokens no longer allow anything.",
            ),
        ]
    }

    /// A device is not trusted any more.
    pub fn device(&self, device: &DistrustedDevice) -> SharedSignal {
        self.signal(
            Subject::device(self.issuer, &device.client_id, &device.id),
            CaepEvent::DeviceComplianceChange {
                previous: device.previous,
                current: ComplianceStatus::NotCompliant,
            },
            "The device took part in an incident; its registration was revoked.",
        )
    }

    /// A person was signed out everywhere.
    pub fn signed_out(&self, sub: &str) -> SharedSignal {
        self.signal(
            Subject::person(self.issuer, sub),
            CaepEvent::SessionRevoked,
            "The account took part in an incident; it was signed out everywhere.",
        )
    }
}
