//! What does a JWT access token say? (RFC 9068)

use super::authorization_details::AuthorizationDetails;
use super::scope::Scope;
use super::token_family::TokenFamily;
use crate::crossing::CrossingId;
use crate::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The JOSE `typ` of an access token: RFC 9068 section 2.1.
pub const TYP: &str = "at+jwt";

/// The claims of RFC 9068 section 2.2.
#[derive(Debug, Clone, Serialize)]
pub struct AccessTokenClaims<'a> {
    iss: &'a str,
    aud: Audience<'a>,
    sub: &'a str,
    client_id: &'a str,
    iat: u64,
    exp: u64,
    jti: TokenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    amr: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<&'a AuthorizationDetails>,
}

/// For whom a token is: a string where there is one resource server, an array where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Audience<'a> {
    /// One.
    One(&'a str),
    /// Several.
    Several(&'a [String]),
    /// Those that a request named (RFC 8707).
    Requested(&'a [Box<str>]),
}

impl<'a> Audience<'a> {
    /// The resource servers that a client's tokens are for, or the issuer where it names none.
    pub fn of(named: &'a [String], issuer: &'a str) -> Self {
        match named {
            [] => Self::One(issuer),
            [one] => Self::One(one),
            several => Self::Several(several),
        }
    }

    /// The resource servers that a family's tokens are for: those it was asked for, or its client's.
    pub fn of_family(family: &'a TokenFamily, named: &'a [String], issuer: &'a str) -> Self {
        match family.resource.as_slice() {
            [] => Self::of(named, issuer),
            [one] => Self::One(one),
            several => Self::Requested(several),
        }
    }

    /// Each name.
    pub fn names(self) -> Vec<&'a str> {
        match self {
            Self::One(name) => vec![name],
            Self::Several(names) => names.iter().map(String::as_str).collect(),
            Self::Requested(names) => names.iter().map(AsRef::as_ref).collect(),
        }
    }
}

/// What we read of an access token that comes back to us; the rest is in its family.
#[derive(Debug, Clone, Deserialize)]
pub struct PresentedAccessToken {
    /// Which token, of which family.
    pub jti: TokenId,
    /// What it may be used for.
    #[serde(default)]
    pub scope: String,
    /// Issued at, in seconds.
    pub iat: u64,
    /// Expires at, in seconds.
    pub exp: u64,
}

/// RFC 7800 confirmation: what the sender of a bound token must prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The RFC 7638 SHA-256 thumbprint of a DPoP key (RFC 9449 section 6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<Digest>,
    /// The SHA-256 of a certificate (RFC 8705 section 3.1).
    #[serde(default, rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Digest>,
}

impl Confirmation {
    /// What the tokens of a family are bound to, if anything.
    pub fn of(family: &TokenFamily) -> Option<Self> {
        let (jkt, certificate) = (family.dpop_jkt, family.certificate);
        (jkt.is_some() || certificate.is_some()).then_some(Self { jkt, certificate })
    }
}

/// The `jti`: the family's name, a dot, and 8 random bytes in base64url. A resource server that hears that a session was revoked
/// knows its tokens by what stands before the dot. Whoever holds the token may know its family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenId {
    /// The family.
    pub family: CrossingId,
    /// What makes it unique.
    pub serial: [u8; 8],
}

impl TokenId {
    /// Reads the text form; `None` if we did not make it.
    pub fn parse(text: &str) -> Option<Self> {
        let (family, serial) = text.split_once('.')?;
        let serial = URL_SAFE_NO_PAD.decode(serial).ok()?;
        Some(Self { family: CrossingId::parse(family)?, serial: serial.try_into().ok()? })
    }
}

impl Serialize for TokenId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.family, URL_SAFE_NO_PAD.encode(self.serial)))
    }
}

impl<'de> Deserialize<'de> for TokenId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a token id of this server"))
    }
}

/// The times and names that an access token gets besides its family.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The resource servers.
    pub audience: Audience<'a>,
    /// Issued at, in seconds.
    pub iat: u64,
    /// Expires at, in seconds.
    pub exp: u64,
    /// Eight random bytes.
    pub serial: [u8; 8],
}

impl<'a> AccessTokenClaims<'a> {
    /// The claims of a token of `family` for `scope`.
    pub fn of(family: &'a TokenFamily, scope: &'a Scope, issue: Issue<'a>) -> Self {
        let method = family.authentication.method;
        Self {
            iss: issue.issuer,
            aud: issue.audience,
            sub: &family.authentication.sub,
            client_id: &family.client_id,
            iat: issue.iat,
            exp: issue.exp,
            jti: TokenId { family: family.crossing, serial: issue.serial },
            scope: (!scope.is_empty()).then(|| scope.as_str()),
            auth_time: family.authentication.auth_time.as_secs(),
            acr: method.acr(),
            amr: method.amr(),
            cnf: Confirmation::of(family),
            authorization_details: family.authorization_details.as_ref(),
        }
    }
}
