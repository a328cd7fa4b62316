//! Whose certificate did the client show? (RFC 8705)
//!
//! TLS proves that the caller holds the certificate's key; everything else is decided here: whether the certificate is
//! the one that was registered, by its subject ([`SubjectRule`], section 2.1) or by its key (section 2.2), and under
//! which thumbprint tokens are bound to it (section 3.1). Whether a chain leads to a trusted authority is asked where
//! the connection is, since that needs the whole chain.

mod attribute;
mod distinguished_name;
mod public_key;
mod subject_rule;

pub use distinguished_name::{DistinguishedName, DistinguishedNameError};
pub use subject_rule::{SubjectRule, SubjectRuleError};

use crate::digest::Digest;
use crate::jose::JwkSet;
use crate::time::Timestamp;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Why bytes are no certificate that we look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More than [`Certificate::MAX_LEN`] bytes.
    #[error("the certificate is too long")]
    TooLong,
    /// Not one X.509 certificate in DER, and nothing else.
    #[error("not a certificate in DER form")]
    Malformed,
    /// An extension stands twice (RFC 5280 section 4.2).
    #[error("the certificate has an extension twice")]
    ExtensionTwice,
}

/// What we know of a client's certificate. That the client holds its key is for the caller to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    thumbprint: Digest,
    subject: Option<DistinguishedName>,
    alternative_names: Vec<AlternativeName>,
    key: Option<Digest>,
    not_before: i64,
    not_after: i64,
}

/// A subject alternative name of a kind that a client can register (RFC 5280 section 4.2.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
enum AlternativeName {
    Dns(Box<str>),
    Uri(Box<str>),
    Ip(IpAddr),
    Email(Box<str>),
}

impl Certificate {
    /// The longest certificate that is looked at, in bytes.
    pub const MAX_LEN: usize = 16 * 1024;

    /// Reads a certificate in DER form.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > Self::MAX_LEN {
            return Err(CertificateError::TooLong);
        }
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        certificate.extensions_map().map_err(|_| CertificateError::ExtensionTwice)?;
        let names = certificate.subject_alternative_name().map_err(|_| CertificateError::ExtensionTwice)?;
        let names = names.map_or(&[][..], |extension| &extension.value.general_names);
        Ok(Self {
            thumbprint: Digest::of(der),
            subject: DistinguishedName::of(certificate.subject()),
            alternative_names: names.iter().filter_map(AlternativeName::of).collect(),
            key: public_key::thumbprint(certificate.public_key()),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    /// `x5t#S256`: SHA-256 of the DER form (RFC 8705 section 3.1).
    pub const fn thumbprint(&self) -> Digest {
        self.thumbprint
    }

    /// Whether the moment lies within its validity period (RFC 5280 section 4.1.2.5), both ends included.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        i64::try_from(now.as_secs()).is_ok_and(|now| (self.not_before..=self.not_after).contains(&now))
    }

    /// Whether it is registered in this set: as a certificate (`x5c`, `x5t#S256`), or by its key.
    pub fn is_of(&self, registered: &JwkSet) -> bool {
        registered.certificates().contains(&self.thumbprint)
            || self.key.is_some_and(|key| registered.keys().iter().any(|jwk| jwk.thumbprint() == key))
    }
}

impl AlternativeName {
    fn of(name: &GeneralName<'_>) -> Option<Self> {
        match name {
            GeneralName::DNSName(name) => Some(Self::Dns((*name).into())),
            GeneralName::URI(uri) => Some(Self::Uri((*uri).into())),
            GeneralName::RFC822Name(address) => Some(Self::Email((*address).into())),
            GeneralName::IPAddress(bytes) => {
                let four = <[u8; 4]>::try_from(*bytes).map(|bytes| Ipv4Addr::from(bytes).into());
                let address = four.or_else(|_| {
                    <[u8; 16]>::try_from(*bytes).map(|bytes| IpAddr::from(Ipv6Addr::from(bytes)))
                });
                address.ok().map(Self::Ip)
            }
            _ => None,
        }
    }
}
