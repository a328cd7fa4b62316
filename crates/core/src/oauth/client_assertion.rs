//! Did the client sign this assertion for us, now? `private_key_jwt` (RFC 7521 section 4.2, RFC 7523 section 3)
//!
//! Replay is the caller's to prevent: it remembers [`VerifiedAssertion::jti_digest`] until
//! [`VerifiedAssertion::expires_at`].

use crate::digest::Digest;
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ, numeric_date, string};
use crate::jose::{Algorithm, JwkSet, Jws, JwsError, Unverified};
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// The only value of `client_assertion_type` (RFC 7523 section 2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `exp` may be this far ahead, apart from [`LEEWAY`]. An assertion is made for one request, so minutes are
/// plenty, and each one has to be remembered until it ends.
pub const MAX_LIFETIME: Duration = Duration::from_mins(5);

/// The longest `jti`, in characters.
pub const MAX_JTI_CHARS: usize = 256;

/// Whom an assertion may name in `aud`. What is right depends on the client's profile and the endpoint.
#[derive(Debug, Clone, Copy)]
pub enum AudiencePolicy<'a> {
    /// Any of these, alone or in an array: issuer, token endpoint, the endpoint called.
    AnyOf(&'a [&'a str]),
    /// The issuer as a JSON string and nothing else: FAPI 2.0, and the answer of the revised RFC 7523 to
    /// assertions that another server got hold of.
    IssuerOnly(&'a str),
}

/// An assertion that holds, apart from replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedAssertion {
    /// Names this assertion among all of all clients: a digest over the client's identifier and `jti`.
    pub jti_digest: Digest,
    /// From here on the assertion is refused anyway; the leeway for `exp` is counted in.
    pub expires_at: Timestamp,
}

/// Why a client assertion was refused; `invalid_client` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AssertionRefusal {
    /// It is not a well-formed, well-signed, current JWT for us by this issuer.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// `sub` is missing. Such a JWT may be a request object, which a browser has seen.
    #[error("`sub` is missing")]
    SubjectMissing,
    /// `sub` is not the client.
    #[error("`sub` is not the client")]
    SubjectMismatch,
    /// `jti` is missing.
    #[error("`jti` is missing")]
    JtiMissing,
    /// `jti` is empty or longer than [`MAX_JTI_CHARS`].
    #[error("`jti` is empty or too long")]
    JtiLength,
}

/// A well-formed assertion, not verified yet.
#[derive(Debug, Clone)]
pub struct Assertion<'a>(Jws<'a>);

impl<'a> Assertion<'a> {
    /// Reads the compact form.
    pub fn parse(assertion: &'a str) -> Result<Self, AssertionRefusal> {
        Ok(Self(Jws::parse(assertion, MAX_LEN)?))
    }

    /// The client that it says it is from: its `sub`, to look up the keys for [`Assertion::verify`].
    pub fn client_id(&self) -> Result<Unverified<&str>, AssertionRefusal> {
        self.0.unverified_str("sub").ok_or(AssertionRefusal::SubjectMissing)
    }

    /// Whether its `aud` is this string and nothing else. For such an assertion [`AudiencePolicy::IssuerOnly`] with the
    /// same string says what any policy says that takes it.
    pub fn is_addressed_to(&self, issuer: &str) -> bool {
        self.0.unverified_str("aud").is_some_and(|aud| aud.peek() == issuer)
    }

    /// Whether these keys have one that may have signed it, by its name and algorithm.
    pub fn may_be_of(&self, keys: &JwkSet) -> bool {
        self.0.may_be_of(keys)
    }

    /// Checks that `client_id` made it with one of `keys`, for the audience, and not long ago. Everything cheap is
    /// checked before the signature.
    pub fn verify(
        &self,
        keys: &JwkSet,
        client_id: &str,
        algorithms: &[Algorithm],
        audience: AudiencePolicy<'_>,
        now: Timestamp,
    ) -> Result<VerifiedAssertion, AssertionRefusal> {
        let Self(jws) = self;
        jws.check(&Expected {
            // Nearly all clients send `JWT` or nothing; the revision of RFC 7523 brings a type of its own.
            typ: Typ::OneOfOrAbsent(&["JWT", "client-authentication+jwt"]),
            algorithms,
            issuer: Some(client_id),
            audience: match audience {
                AudiencePolicy::AnyOf(taken) => Audience::OneOf(taken),
                AudiencePolicy::IssuerOnly(issuer) => Audience::ExactlyString(issuer),
            },
            lifetime: Lifetime::ExpWithin(MAX_LIFETIME),
            leeway: LEEWAY,
            now,
        })?;
        let claims = jws.unverified_claims()?;
        match string(claims, "sub")? {
            None => return Err(AssertionRefusal::SubjectMissing),
            Some(sub) if sub != client_id => return Err(AssertionRefusal::SubjectMismatch),
            Some(_) => {}
        }
        let jti_digest = jti_digest(client_id, claims)?;
        let exp = numeric_date(claims, "exp")?.ok_or(JwsError::ClaimMissing("exp"))?;
        jws.verify_signature(keys)?;
        Ok(VerifiedAssertion { jti_digest, expires_at: exp.plus(LEEWAY) })
    }
}

fn jti_digest(client_id: &str, claims: &Map<String, Value>) -> Result<Digest, AssertionRefusal> {
    let jti = string(claims, "jti")?.ok_or(AssertionRefusal::JtiMissing)?;
    if jti.is_empty() || jti.chars().nth(MAX_JTI_CHARS).is_some() {
        return Err(AssertionRefusal::JtiLength);
    }
    // The digest of the client's name has a fixed length, so name and jti cannot run into each other.
    let client = Digest::of(client_id.as_bytes());
    Ok(Digest::of(&[client.as_bytes().as_slice(), jti.as_bytes()].concat()))
}
