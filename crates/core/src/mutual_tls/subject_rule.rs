//! Which subject must a client's certificate have? (RFC 8705 section 2.1.2)

use super::{AlternativeName, Certificate, DistinguishedName, DistinguishedNameError};
use crate::oauth::client::CertificateName;
use std::net::IpAddr;

/// The longest name that is read, in bytes.
const MAX_LEN: usize = 2048;

/// Why a registration names no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectRuleError {
    /// The distinguished name.
    #[error("tls_client_auth_subject_dn: {0}")]
    SubjectDn(#[from] DistinguishedNameError),
    /// The host name.
    #[error("tls_client_auth_san_dns must be a host name")]
    SanDns,
    /// The URI.
    #[error("tls_client_auth_san_uri must be a URI")]
    SanUri,
    /// The e-mail address.
    #[error("tls_client_auth_san_email must be an e-mail address")]
    SanEmail,
}

/// The subject that a certificate must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectRule {
    /// This distinguished name.
    SubjectDn(DistinguishedName),
    /// A `dNSName` that is this, without case. A wildcard is only equal to itself.
    SanDns(Box<str>),
    /// A `uniformResourceIdentifier` that is this, character by character (RFC 3986 section 6.2.1).
    SanUri(Box<str>),
    /// An `iPAddress` that is this, however it is written.
    SanIp(IpAddr),
    /// An `rfc822Name` that is this; only the domain compares without case.
    SanEmail(Box<str>),
}

impl SubjectRule {
    /// The rule of a registration.
    pub fn of(name: &CertificateName) -> Result<Self, SubjectRuleError> {
        match name {
            CertificateName::SubjectDn(name) => Ok(Self::SubjectDn(name.parse()?)),
            CertificateName::SanDns(name) => {
                let plain = fits(name, |name| !name.contains([':', '/', '@']));
                plain.map(Self::SanDns).ok_or(SubjectRuleError::SanDns)
            }
            CertificateName::SanUri(uri) => {
                fits(uri, |uri| uri.contains(':')).map(Self::SanUri).ok_or(SubjectRuleError::SanUri)
            }
            CertificateName::SanIp(address) => Ok(Self::SanIp(*address)),
            CertificateName::SanEmail(address) => {
                let plain = fits(address, |address| address.contains('@'));
                plain.map(Self::SanEmail).ok_or(SubjectRuleError::SanEmail)
            }
        }
    }

    /// Whether the certificate has this subject.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let names = &certificate.alternative_names;
        match self {
            Self::SubjectDn(expected) => certificate.subject.as_ref() == Some(expected),
            Self::SanDns(expected) => names.iter().any(
                |name| matches!(name, AlternativeName::Dns(name) if name.eq_ignore_ascii_case(expected)),
            ),
            Self::SanUri(expected) => {
                names.iter().any(|name| matches!(name, AlternativeName::Uri(uri) if uri == expected))
            }
            Self::SanIp(expected) => {
                names.iter().any(|name| matches!(name, AlternativeName::Ip(address) if address == expected))
            }
            Self::SanEmail(expected) => names.iter().any(
                |name| matches!(name, AlternativeName::Email(address) if same_mailbox(address, expected)),
            ),
        }
    }
}

/// An IA5String that is not empty, without spaces, and of the right look.
fn fits(text: &str, look: impl Fn(&str) -> bool) -> Option<Box<str>> {
    let plain = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && look(text)).then(|| text.into())
}

/// RFC 5280 section 7.5: the local part as it stands, the host without case.
fn same_mailbox(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((local, host)), Some((other_local, other_host))) => {
            local == other_local && host.eq_ignore_ascii_case(other_host)
        }
        _ => false,
    }
}
