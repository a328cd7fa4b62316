//! What is told when something ends or changes in the ordinary course, without an incident?

use super::{
    CaepEvent, ChangeType, ComplianceStatus, CredentialType, InitiatingEntity, SharedSignal, Subject,
};
use crate::oauth::token_family::{Revocation, TokenFamily};
use crate::time::Timestamp;

/// Everything that was issued from one sign-in has ended.
pub fn family_ended(family: &TokenFamily, by: Revocation, issuer: &str, at: Timestamp) -> SharedSignal {
    let (initiating_entity, reason) = match by {
        Revocation::Client => (InitiatingEntity::System, "The client gave its tokens back."),
        Revocation::Person => (InitiatingEntity::User, "The person took the access back."),
        Revocation::Operator => (InitiatingEntity::Admin, "An operator took the access back."),
        Revocation::Reuse => (InitiatingEntity::Policy, "A refresh token was used a second time."),
        Revocation::Incident => (InitiatingEntity::Policy, "The sign-in was part of an incident."),
    };
    SharedSignal {
        subject: Subject::session(issuer, &family.authentication.sub, family.crossing),
        event: CaepEvent::SessionRevoked,
        at,
        initiating_entity,
        reason_admin: reason.to_owned(),
        txn: None,
    }
}

/// A person's password is new, another, or gone: operators set passwords.
pub fn password_changed(sub: &str, change_type: ChangeType, issuer: &str, at: Timestamp) -> SharedSignal {
    SharedSignal {
        subject: Subject::person(issuer, sub),
        event: CaepEvent::CredentialChange {
            credential_type: CredentialType::Password,
            change_type,
            friendly_name: None,
        },
        at,
        initiating_entity: InitiatingEntity::Admin,
        reason_admin: "An operator set the password.".to_owned(),
        txn: None,
    }
}

/// A person has a passkey more, or less. Where it lives nobody can tell for sure; most live in a device or its maker's cloud.
pub fn passkey_changed(
    sub: &str,
    name: &str,
    change_type: ChangeType,
    issuer: &str,
    at: Timestamp,
) -> SharedSignal {
    let reason = match change_type {
        ChangeType::Create => "The person registered a passkey.",
        ChangeType::Update => "A passkey changed.",
        ChangeType::Delete | ChangeType::Revoke => "The person removed a passkey.",
    };
    SharedSignal {
        subject: Subject::person(issuer, sub),
        event: CaepEvent::CredentialChange {
            credential_type: CredentialType::Fido2Platform,
            change_type,
            friendly_name: Some(name.to_owned()),
        },
        at,
        initiating_entity: InitiatingEntity::User,
        reason_admin: reason.to_owned(),
        txn: None,
    }
}

/// A registered device may be trusted again, or no longer, by the word of `by`. `None` if nothing changed.
pub fn compliance_changed(
    client_id: &str,
    device: &str,
    (previous, current): (ComplianceStatus, ComplianceStatus),
    issuer: &str,
    by: InitiatingEntity,
    at: Timestamp,
) -> Option<SharedSignal> {
    (previous != current).then(|| SharedSignal {
        subject: Subject::device(issuer, client_id, device),
        event: CaepEvent::DeviceComplianceChange { previous, current },
        at,
        initiating_entity: by,
        reason_admin: match current {
            ComplianceStatus::Compliant => "The device is compliant.",
            ComplianceStatus::NotCompliant => "The device is no longer trusted.",
        }
        .to_owned(),
        txn: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_compliance_has_who_said_so_and_when_and_the_same_one_is_no_news() {
        use ComplianceStatus::{Compliant, NotCompliant};
        let at = Timestamp::from_secs(7);
        let told = |change, by| compliance_changed("tv", "lobby", change, "https://id.example.com", by, at);
        for by in [InitiatingEntity::Admin, InitiatingEntity::Policy] {
            let signal = told((Compliant, NotCompliant), by).unwrap();
            assert_eq!((signal.initiating_entity, signal.at), (by, at));
            assert_eq!(told((NotCompliant, NotCompliant), by), None);
        }
    }
}
