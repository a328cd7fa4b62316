//! Of whom or what does an event speak? Subject identifiers: RFC 9493, and SSF 1.0 section 3.

use crate::crossing::CrossingId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest text of a member.
const LONGEST: usize = 512;
/// The most identifiers of `aliases`, addresses of `ip-addresses`, and members of a complex subject.
const MOST: usize = 16;
/// The member that says which kind of identifier it is.
const FORMAT: &str = "format";
/// The format of a complex subject.
const COMPLEX: &str = "complex";

/// A simple subject: one Subject Identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
pub enum SubjectId {
    /// An account (RFC 7565).
    Account {
        /// The `acct` URI.
        uri: String,
    },
    /// A mailbox.
    Email {
        /// The address.
        email: String,
    },
    /// What an issuer calls somebody.
    IssSub {
        /// The issuer.
        iss: String,
        /// The name there.
        sub: String,
    },
    /// A name that both sides agreed upon.
    Opaque {
        /// The name.
        id: String,
    },
    /// A telephone.
    PhoneNumber {
        /// In E.164.
        phone_number: String,
    },
    /// A decentralised identifier.
    Did {
        /// The DID URL.
        url: String,
    },
    /// Any URI.
    Uri {
        /// The URI.
        uri: String,
    },
    /// Several names of one and the same.
    Aliases {
        /// The names; none of them is `aliases` again.
        identifiers: Vec<SubjectId>,
    },
    /// A JSON Web Token (SSF section 3.4.1).
    JwtId {
        /// Its issuer.
        iss: String,
        /// Its name.
        jti: String,
    },
    /// A SAML assertion (SSF section 3.4.2).
    SamlAssertionId {
        /// Its issuer.
        issuer: String,
        /// Its name.
        assertion_id: String,
    },
    /// Addresses (SSF section 3.4.3).
    #[serde(rename = "ip-addresses")]
    IpAddresses {
        /// As text.
        #[serde(rename = "ip-addresses")]
        addresses: Vec<String>,
    },
}

/// Of whom or what an event speaks: one identifier, or several that together name exactly one principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One.
    Simple(SubjectId),
    /// Several, by member: `user`, `session`, `device`, `application`, `tenant`, `org_unit`, `group`, or what both sides
    /// agreed upon.
    Complex(BTreeMap<String, SubjectId>),
}

/// Why a value is no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// Not an object with the members of a format that is known here.
    #[error("the subject is not of a known format")]
    Format,
    /// More or longer than anybody needs.
    #[error("the subject is too large")]
    TooLarge,
    /// Nothing named, or aliases in aliases.
    #[error("the subject names nobody")]
    Empty,
}

impl SubjectId {
    /// A person, as this issuer calls them.
    pub fn iss_sub(issuer: &str, sub: &str) -> Self {
        Self::IssSub { iss: issuer.to_owned(), sub: sub.to_owned() }
    }

    /// Something that only we give names to.
    pub fn opaque(id: impl Into<String>) -> Self {
        Self::Opaque { id: id.into() }
    }

    /// The form in which two identifiers are compared: mailboxes without case, the rest as it stands.
    pub fn key(&self) -> String {
        let of = |id: &Self| serde_json::to_string(id).unwrap_or_default();
        match self {
            Self::Email { email } => of(&Self::Email { email: email.to_ascii_lowercase() }),
            other => of(other),
        }
    }

    fn texts(&self) -> Vec<&String> {
        match self {
            Self::Account { uri } | Self::Uri { uri } => vec![uri],
            Self::Email { email } => vec![email],
            Self::IssSub { iss, sub } => vec![iss, sub],
            Self::Opaque { id } => vec![id],
            Self::PhoneNumber { phone_number } => vec![phone_number],
            Self::Did { url } => vec![url],
            Self::Aliases { identifiers } => identifiers.iter().flat_map(Self::texts).collect(),
            Self::JwtId { iss, jti } => vec![iss, jti],
            Self::SamlAssertionId { issuer, assertion_id } => vec![issuer, assertion_id],
            Self::IpAddresses { addresses } => addresses.iter().collect(),
        }
    }

    fn check(&self) -> Result<(), SubjectError> {
        match self {
            Self::Aliases { identifiers } if identifiers.len() > MOST => return Err(SubjectError::TooLarge),
            Self::IpAddresses { addresses } if addresses.len() > MOST => return Err(SubjectError::TooLarge),
            Self::Aliases { identifiers }
                if identifiers.iter().any(|inner| matches!(inner, Self::Aliases { .. })) =>
            {
                return Err(SubjectError::Format);
            }
            _ => {}
        }
        let texts = self.texts();
        if texts.is_empty() || texts.iter().any(|text| text.is_empty()) {
            return Err(SubjectError::Empty);
        }
        if texts.iter().any(|text| text.len() > LONGEST) {
            return Err(SubjectError::TooLarge);
        }
        Ok(())
    }

    fn parse(value: Value) -> Result<Self, SubjectError> {
        let id: Self = serde_json::from_value(value).map_err(|_| SubjectError::Format)?;
        id.check()?;
        Ok(id)
    }
}

impl Subject {
    /// A person.
    pub fn person(issuer: &str, sub: &str) -> Self {
        Self::Simple(SubjectId::iss_sub(issuer, sub))
    }

    /// What a person granted in one crossing. The `session` is the name of its token family, with which the `jti` of each of
    /// its access tokens begins.
    pub fn session(issuer: &str, sub: &str, family: CrossingId) -> Self {
        let session = ("session".to_owned(), SubjectId::opaque(family.to_string()));
        Self::Complex([("user".to_owned(), SubjectId::iss_sub(issuer, sub)), session].into())
    }

    /// A device that a client knows by this name, or everything on it.
    pub fn device(issuer: &str, client_id: &str, device_id: &str) -> Self {
        let device = ("device".to_owned(), SubjectId::opaque(device_id));
        Self::Complex([device, ("application".to_owned(), SubjectId::iss_sub(issuer, client_id))].into())
    }

    /// A stream, of which verification and stream-updated events speak.
    pub fn stream(stream_id: &str) -> Self {
        Self::Simple(SubjectId::opaque(stream_id))
    }

    /// Reads a subject that somebody else wrote.
    pub fn parse(value: &Value) -> Result<Self, SubjectError> {
        let Value::Object(members) = value else { return Err(SubjectError::Format) };
        if members.get(FORMAT).and_then(Value::as_str) != Some(COMPLEX) {
            return SubjectId::parse(value.clone()).map(Self::Simple);
        }
        let parts = members.iter().filter(|(name, _)| *name != FORMAT);
        if members.len() > MOST + 1 || members.keys().any(|name| name.len() > LONGEST) {
            return Err(SubjectError::TooLarge);
        }
        let parts = parts.map(|(name, value)| Ok((name.clone(), SubjectId::parse(value.clone())?)));
        let parts: BTreeMap<_, _> = parts.collect::<Result<_, SubjectError>>()?;
        if parts.is_empty() { Err(SubjectError::Empty) } else { Ok(Self::Complex(parts)) }
    }

    /// The form in which two subjects are compared.
    pub fn key(&self) -> String {
        match self {
            Self::Simple(id) => id.key(),
            Self::Complex(parts) => {
                let keys: BTreeMap<_, _> = parts.iter().map(|(name, id)| (name, id.key())).collect();
                format!("complex {}", serde_json::to_string(&keys).unwrap_or_default())
            }
        }
    }

    /// The value on the wire.
    pub fn to_json(&self) -> Value {
        let json = |id: &SubjectId| serde_json::to_value(id).unwrap_or_default();
        match self {
            Self::Simple(id) => json(id),
            Self::Complex(parts) => {
                let format = (FORMAT.to_owned(), Value::from(COMPLEX));
                let parts = parts.iter().map(|(name, id)| (name.clone(), json(id)));
                Value::Object(std::iter::once(format).chain(parts).collect::<Map<_, _>>())
            }
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::parse(&value).map_err(serde::de::Error::custom)
    }
}
