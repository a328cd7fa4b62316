//! What does the event say, of what we can read? (CAEP 1.0, RISC 1.0, SSF 1.0 section 8)
//!
//! Members that nobody here needs are not looked at; those that decide something must be what their definition says.

use super::SetRefusal;
use crate::shared_signals::set::{STREAM_UPDATED, VERIFICATION};
use crate::shared_signals::{ChangeType, ComplianceStatus};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";

/// What a token tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The stream works: with the state that was asked for.
    Verification {
        /// The state, if one was sent.
        state: Option<String>,
    },
    /// The transmitter changed the stream's status.
    StreamUpdated,
    /// CAEP: a session has ended.
    SessionRevoked,
    /// CAEP: what a token says is no longer so.
    TokenClaimsChange,
    /// CAEP: somebody signs in with something new, or no longer with something old.
    CredentialChange(ChangeType),
    /// CAEP: how surely somebody was recognised.
    AssuranceLevelChange,
    /// CAEP: a device may be trusted, or no longer.
    DeviceComplianceChange(ComplianceStatus),
    /// CAEP: somebody signed in elsewhere.
    SessionEstablished,
    /// CAEP: somebody was there.
    SessionPresented,
    /// CAEP: how much somebody or something is at risk.
    RiskLevelChange {
        /// What is at risk.
        principal: Principal,
        /// How much.
        level: RiskLevel,
    },
    /// RISC: somebody has to choose another password or the like.
    AccountCredentialChangeRequired,
    /// RISC: an account is gone for good.
    AccountPurged,
    /// RISC: an account may not be used.
    AccountDisabled,
    /// RISC: it may again.
    AccountEnabled,
    /// RISC: somebody has another address or number.
    IdentifierChanged,
    /// RISC: an address or number belongs to somebody else now.
    IdentifierRecycled,
    /// RISC: somebody else may know a password or the like.
    CredentialCompromise,
    /// RISC: whether somebody takes part in the exchange of events.
    Participation,
    /// RISC: somebody got back into an account by its recovery.
    RecoveryActivated,
    /// RISC: how somebody would get back into an account.
    RecoveryInformationChanged,
    /// RISC: all sessions of an account have ended.
    SessionsRevoked,
    /// Something that nobody here knows.
    Unknown,
}

/// What is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A person.
    User,
    /// A device.
    Device,
    /// A session.
    Session,
    /// Something that we have no word for.
    Other,
}

/// How much it is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskLevel {
    /// As much as there is a word for.
    High,
    /// Less.
    Lower,
}

impl Event {
    /// Reads an event by the URI of its type. One of an unknown type is not looked into.
    pub fn parse(uri: &str, payload: &Value) -> Result<Self, SetRefusal> {
        let members = payload.as_object().ok_or(SetRefusal::Member("event"))?;
        match uri {
            VERIFICATION => return verification(members),
            STREAM_UPDATED => return Ok(Self::StreamUpdated),
            _ => {}
        }
        if let Some(name) = uri.strip_prefix(CAEP) {
            return caep(name, members);
        }
        Ok(uri.strip_prefix(RISC).map_or(Self::Unknown, risc))
    }

    /// The last part of its URI, for records and logs: a word of ours, not of the token.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Verification { .. } => "verification",
            Self::StreamUpdated => "stream-updated",
            Self::SessionRevoked => "session-revoked",
            Self::TokenClaimsChange => "token-claims-change",
            Self::CredentialChange(_) => "credential-change",
            Self::AssuranceLevelChange => "assurance-level-change",
            Self::DeviceComplianceChange(_) => "device-compliance-change",
            Self::SessionEstablished => "session-established",
            Self::SessionPresented => "session-presented",
            Self::RiskLevelChange { .. } => "risk-level-change",
            Self::AccountCredentialChangeRequired => "account-credential-change-required",
            Self::AccountPurged => "account-purged",
            Self::AccountDisabled => "account-disabled",
            Self::AccountEnabled => "account-enabled",
            Self::IdentifierChanged => "identifier-changed",
            Self::IdentifierRecycled => "identifier-recycled",
            Self::CredentialCompromise => "credential-compromise",
            Self::Participation => "opt",
            Self::RecoveryActivated => "recovery-activated",
            Self::RecoveryInformationChanged => "recovery-information-changed",
            Self::SessionsRevoked => "sessions-revoked",
            Self::Unknown => "unknown",
        }
    }
}

fn verification(members: &Map<String, Value>) -> Result<Event, SetRefusal> {
    let state = match members.get("state") {
        None => None,
        Some(Value::String(state)) => Some(state.clone()),
        Some(_) => return Err(SetRefusal::Member("state")),
    };
    Ok(Event::Verification { state })
}

fn caep(name: &str, members: &Map<String, Value>) -> Result<Event, SetRefusal> {
    Ok(match name {
        "session-revoked" => Event::SessionRevoked,
        "token-claims-change" => {
            members.get("claims").and_then(Value::as_object).ok_or(SetRefusal::Member("claims"))?;
            Event::TokenClaimsChange
        }
        "credential-change" => {
            text(members, "credential_type")?;
            Event::CredentialChange(word(members, "change_type")?)
        }
        "assurance-level-change" => {
            text(members, "namespace")?;
            text(members, "current_level")?;
            Event::AssuranceLevelChange
        }
        "device-compliance-change" => Event::DeviceComplianceChange(word(members, "current_status")?),
        "session-established" => Event::SessionEstablished,
        "session-presented" => Event::SessionPresented,
        "risk-level-change" => Event::RiskLevelChange {
            principal: match text(members, "principal")? {
                "USER" => Principal::User,
                "DEVICE" => Principal::Device,
                "SESSION" => Principal::Session,
                _ => Principal::Other,
            },
            level: match text(members, "current_level")? {
                "HIGH" => RiskLevel::High,
                _ => RiskLevel::Lower,
            },
        },
        _ => Event::Unknown,
    })
}

fn risc(name: &str) -> Event {
    match name {
        "account-credential-change-required" => Event::AccountCredentialChangeRequired,
        "account-purged" => Event::AccountPurged,
        "account-disabled" => Event::AccountDisabled,
        "account-enabled" => Event::AccountEnabled,
        "identifier-changed" => Event::IdentifierChanged,
        "identifier-recycled" => Event::IdentifierRecycled,
        "credential-compromise" => Event::CredentialCompromise,
        "opt-in" | "opt-out-initiated" | "opt-out-cancelled" | "opt-out-effective" => Event::Participation,
        "recovery-activated" => Event::RecoveryActivated,
        "recovery-information-changed" => Event::RecoveryInformationChanged,
        "sessions-revoked" => Event::SessionsRevoked,
        _ => Event::Unknown,
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, SetRefusal> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(SetRefusal::Member(name))
}

/// One of the words that a definition has.
fn word<T: DeserializeOwned>(members: &Map<String, Value>, name: &'static str) -> Result<T, SetRefusal> {
    let value = members.get(name).ok_or(SetRefusal::Member(name))?;
    T::deserialize(value).map_err(|_| SetRefusal::Member(name))
}
