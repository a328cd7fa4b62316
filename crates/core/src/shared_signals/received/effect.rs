//! What follows from an event, as far as its transmitter may bring it about?

use super::event::{Event, Principal, RiskLevel};
use super::names::{Named, NamedDevice, NamedSession, PersonName, Reader, SubjectKind, Whom};
use crate::shared_signals::{ChangeType, ComplianceStatus, Subject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a transmitter may bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A registered device counts as not compliant.
    DeviceCompliance,
    /// A registered device counts as compliant again. The one effect that gives trust back.
    RestoreCompliance,
    /// People are signed out of this server's pages.
    EndSessions,
    /// An incident is opened, as `incidents.rules.shared_signal` says: what a person or session was granted ends.
    Incident,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The device's compliance is this from now on.
    SetCompliance {
        /// Which device.
        device: NamedDevice,
        /// What it is.
        status: ComplianceStatus,
    },
    /// The person is signed out here.
    EndSessions(PersonName),
    /// A security event from which an incident follows.
    Incident(Whom),
    /// A security event for people to read, from which nothing follows.
    Record(Whom),
}

/// What a transmitter may say, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The issuer identifier of this server.
    pub issuer: &'a str,
    /// How people and things may be named.
    pub subjects: &'a [SubjectKind],
    /// What it may bring about.
    pub effects: &'a [EffectKind],
}

/// How grave an event is.
enum Gravity {
    /// Nothing that anybody needs to know of.
    Chatter,
    /// To be read by people.
    Notable,
    /// What was granted may be in wrong hands.
    Misuse,
    /// The same, and the person is signed out.
    SignedOut,
    /// A device's compliance.
    Compliance(ComplianceStatus),
}

/// What follows from this event. Nothing, if nobody who could be known here is named, and never more than the terms allow.
///
/// At most one of [`Effect::Incident`] and [`Effect::Record`] is among it, as the last: the record of the others.
pub fn effects(event: &Event, subject: &Subject, terms: &Terms<'_>) -> Vec<Effect> {
    let named = Reader { issuer: terms.issuer, kinds: terms.subjects }.read(event, subject);
    let allowed = |kind: EffectKind| terms.effects.contains(&kind);
    let gravity = gravity(event);
    if let Gravity::Compliance(status) = gravity {
        return compliance(named.device, status, allowed);
    }
    let Some(whom) = whom(event, &named) else { return Vec::new() };
    let mut effects = Vec::new();
    if let (Gravity::SignedOut, Whom::Person(person)) = (&gravity, &whom)
        && allowed(EffectKind::EndSessions)
    {
        effects.push(Effect::EndSessions(person.clone()));
    }
    match gravity {
        Gravity::Chatter | Gravity::Compliance(_) => {}
        // No incident has a device for its cause: its people are not known to have done anything.
        Gravity::Misuse | Gravity::SignedOut
            if allowed(EffectKind::Incident) && !matches!(whom, Whom::Device(_)) =>
        {
            effects.push(Effect::Incident(whom));
        }
        Gravity::Notable | Gravity::Misuse | Gravity::SignedOut => effects.push(Effect::Record(whom)),
    }
    effects
}

fn compliance(
    device: Option<NamedDevice>,
    status: ComplianceStatus,
    allowed: impl Fn(EffectKind) -> bool,
) -> Vec<Effect> {
    let Some(device) = device else { return Vec::new() };
    let kind = match status {
        ComplianceStatus::Compliant => EffectKind::RestoreCompliance,
        ComplianceStatus::NotCompliant => EffectKind::DeviceCompliance,
    };
    let change = allowed(kind).then(|| Effect::SetCompliance { device: device.clone(), status });
    change.into_iter().chain([Effect::Record(Whom::Device(device))]).collect()
}

const fn gravity(event: &Event) -> Gravity {
    match event {
        Event::DeviceComplianceChange(status) => Gravity::Compliance(*status),
        Event::SessionRevoked
        | Event::SessionsRevoked
        | Event::AccountDisabled
        | Event::AccountPurged
        | Event::AccountCredentialChangeRequired
        | Event::CredentialCompromise => Gravity::SignedOut,
        Event::CredentialChange(ChangeType::Revoke | ChangeType::Delete)
        | Event::RiskLevelChange { level: RiskLevel::High, .. } => Gravity::Misuse,
        Event::CredentialChange(ChangeType::Create | ChangeType::Update)
        | Event::RiskLevelChange { level: RiskLevel::Lower, .. }
        | Event::TokenClaimsChange
        | Event::AssuranceLevelChange
        | Event::AccountEnabled
        | Event::IdentifierChanged
        | Event::IdentifierRecycled
        | Event::RecoveryActivated
        | Event::RecoveryInformationChanged => Gravity::Notable,
        Event::Verification { .. }
        | Event::StreamUpdated
        | Event::SessionEstablished
        | Event::SessionPresented
        | Event::Participation
        | Event::Unknown => Gravity::Chatter,
    }
}

/// Whom the event is about. A session is narrower than its person: if one is named, nothing else of theirs is meant.
fn whom(event: &Event, named: &Named) -> Option<Whom> {
    let person = || named.person.clone().map(Whom::Person);
    let session = || match named.session {
        NamedSession::Ours(family) => Some(Whom::Session { family, person: named.person.clone() }),
        NamedSession::None | NamedSession::Foreign => None,
    };
    match event {
        Event::RiskLevelChange { principal, .. } => match principal {
            Principal::User => person(),
            Principal::Session => session(),
            Principal::Device => named.device.clone().map(Whom::Device),
            Principal::Other => None,
        },
        // What became of an account or its credentials is about the person, whichever session it was seen in.
        Event::SessionRevoked | Event::TokenClaimsChange | Event::AssuranceLevelChange => match named.session
        {
            NamedSession::None => person(),
            NamedSession::Ours(_) | NamedSession::Foreign => session(),
        },
        _ => person(),
    }
}
