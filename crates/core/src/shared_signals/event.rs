//! What happened? The events of CAEP 1.0 that are sent from here, and the members that each must have.

use super::Subject;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Something that receivers may want to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSignal {
    /// Of whom or what.
    pub subject: Subject,
    /// What.
    pub event: CaepEvent,
    /// When it happened.
    pub at: Timestamp,
    /// Who brought it about.
    pub initiating_entity: InitiatingEntity,
    /// Why, in one English sentence for the other side's operators. Never a secret or a code.
    pub reason_admin: String,
    /// What several signals of one cause share. Without one, each signal has its own.
    pub txn: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaepEvent {
    /// What the subject names has ended: tokens and sessions of it are worth nothing from now on.
    SessionRevoked,
    /// What a token says is no longer so.
    TokenClaimsChange {
        /// The claims with their new values; at least one.
        claims: Map<String, Value>,
    },
    /// Somebody signs in with something new, or no longer with something old.
    CredentialChange {
        /// With what.
        credential_type: CredentialType,
        /// What became of it.
        change_type: ChangeType,
        /// What its owner calls it.
        friendly_name: Option<String>,
    },
    /// A device may be trusted again, or no longer.
    DeviceComplianceChange {
        /// What it was.
        previous: ComplianceStatus,
        /// What it is.
        current: ComplianceStatus,
    },
}

/// The kinds of [`CaepEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// [`CaepEvent::SessionRevoked`].
    SessionRevoked,
    /// [`CaepEvent::TokenClaimsChange`].
    TokenClaimsChange,
    /// [`CaepEvent::CredentialChange`].
    CredentialChange,
    /// [`CaepEvent::DeviceComplianceChange`].
    DeviceComplianceChange,
}

/// Who brought it about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitiatingEntity {
    /// An operator.
    Admin,
    /// The person.
    User,
    /// A rule.
    Policy,
    /// The server.
    System,
}

/// Credentials that somebody signs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialType {
    /// A password.
    Password,
    /// A PIN.
    Pin,
    /// A certificate.
    X509,
    /// A passkey that lives in a device or its maker's cloud.
    Fido2Platform,
    /// A passkey in a key to carry along.
    Fido2Roaming,
    /// A security key of the first generation.
    FidoU2f,
    /// A credential in a wallet.
    VerifiableCredential,
    /// A voice call.
    PhoneVoice,
    /// A text message.
    PhoneSms,
    /// An app.
    App,
}

/// What became of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeType {
    /// It is new.
    Create,
    /// It no longer counts.
    Revoke,
    /// It is another.
    Update,
    /// It is gone.
    Delete,
}

/// Whether a device may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComplianceStatus {
    /// Yes.
    Compliant,
    /// No.
    NotCompliant,
}

impl EventType {
    /// Every one that is sent from here, in the order in which configurations list them.
    pub const ALL: [Self; 4] =
        [Self::SessionRevoked, Self::TokenClaimsChange, Self::CredentialChange, Self::DeviceComplianceChange];

    /// The URI of the event type.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::SessionRevoked => "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
            Self::TokenClaimsChange => {
                "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"
            }
            Self::CredentialChange => "https://schemas.openid.net/secevent/caep/event-type/credential-change",
            Self::DeviceComplianceChange => {
                "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change"
            }
        }
    }
}

impl CaepEvent {
    /// Which kind of event it is.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::SessionRevoked => EventType::SessionRevoked,
            Self::TokenClaimsChange { .. } => EventType::TokenClaimsChange,
            Self::CredentialChange { .. } => EventType::CredentialChange,
            Self::DeviceComplianceChange { .. } => EventType::DeviceComplianceChange,
        }
    }

    fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::SessionRevoked => json!({}),
            Self::TokenClaimsChange { claims } => json!({ "claims": claims }),
            Self::CredentialChange { credential_type, change_type, friendly_name: Some(name) } => {
                json!({ "credential_type": credential_type, "change_type": change_type, "friendly_name": name })
            }
            Self::CredentialChange { credential_type, change_type, friendly_name: None } => {
                json!({ "credential_type": credential_type, "change_type": change_type })
            }
            Self::DeviceComplianceChange { previous, current } => {
                json!({ "previous_status": previous, "current_status": current })
            }
        };
        if let Value::Object(members) = members { members } else { Map::new() }
    }
}

impl SharedSignal {
    /// The event object, as it stands in a token.
    pub fn event_object(&self) -> Value {
        let mut members = self.event.members();
        members.insert("event_timestamp".to_owned(), self.at.as_secs().into());
        members.insert("initiating_entity".to_owned(), json!(self.initiating_entity));
        // CAEP Interop wants one that is not empty, whatever the caller forgot.
        let reason = if self.reason_admin.is_empty() { "No reason was given." } else { &self.reason_admin };
        members.insert("reason_admin".to_owned(), json!({ "en": reason }));
        Value::Object(members)
    }
}
