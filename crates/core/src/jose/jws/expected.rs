//! What must a JWT say before its signature is worth looking at?

use super::JwsError;
use crate::jose::Algorithm;
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// The usual tolerance between the signer's clock and ours.
pub const LEEWAY: Duration = Duration::from_secs(10);

/// What the reader of a JWT takes. There are no defaults: each reader states each rule.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Which `typ` header values are taken.
    pub typ: Typ<'a>,
    /// Which algorithms are taken.
    pub algorithms: &'a [Algorithm],
    /// The exact `iss`; `None` where the JWT has no issuer or the caller checks it.
    pub issuer: Option<&'a str>,
    /// Who `aud` must name.
    pub audience: Audience<'a>,
    /// How long the JWT may live.
    pub lifetime: Lifetime,
    /// Tolerance for `exp`, `nbf` and `iat`; [`LEEWAY`] for foreign signers, zero for our own tokens.
    pub leeway: Duration,
    /// The present.
    pub now: Timestamp,
}

/// Which `typ` header values are taken (RFC 8725 section 3.11). Compared as media types: without case, and
/// with or without the prefix `application/`.
#[derive(Debug, Clone, Copy)]
pub enum Typ<'a> {
    /// One of these must be there.
    OneOf(&'a [&'a str]),
    /// One of these, or none: for kinds of JWT older than explicit typing, such as client assertions.
    OneOfOrAbsent(&'a [&'a str]),
}

/// Who `aud` must name (RFC 7519 section 4.1.3).
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// `aud` is a string or an array of strings with at least one of these in it.
    OneOf(&'a [&'a str]),
    /// `aud` is a JSON string and equals this one; an array, even of one, is refused (FAPI 2.0).
    ExactlyString(&'a str),
}

/// How long a JWT may live. `nbf`, `iat` and `exp` are honoured wherever they are present.
#[derive(Debug, Clone, Copy)]
pub enum Lifetime {
    /// `exp` is required.
    UntilExp,
    /// `exp` is required and at most this far ahead.
    ExpWithin(Duration),
    /// `iat` is required and at most this long ago.
    IatWithin(Duration),
}

impl Typ<'_> {
    pub(super) fn check(self, typ: Option<&str>) -> Result<(), JwsError> {
        let (taken, absent) = match self {
            Self::OneOf(taken) => (taken, Err(JwsError::TypMissing)),
            Self::OneOfOrAbsent(taken) => (taken, Ok(())),
        };
        let Some(typ) = typ else { return absent };
        let named = |one: &&str| subtype(one).eq_ignore_ascii_case(subtype(typ));
        if taken.iter().any(named) { Ok(()) } else { Err(JwsError::TypMismatch) }
    }
}

fn subtype(media_type: &str) -> &str {
    match media_type.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => media_type,
    }
}

impl Audience<'_> {
    fn check(self, aud: &Value) -> Result<(), JwsError> {
        let met = match (self, aud) {
            (Self::OneOf(taken), Value::String(aud)) => taken.contains(&aud.as_str()),
            (Self::OneOf(taken), Value::Array(all)) => {
                let names: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
                let names = names.ok_or(JwsError::ClaimMalformed("aud"))?;
                names.iter().any(|name| taken.contains(name))
            }
            (Self::ExactlyString(taken), Value::String(aud)) => aud == taken,
            (Self::ExactlyString(_), Value::Array(_)) => false,
            _ => return Err(JwsError::ClaimMalformed("aud")),
        };
        if met { Ok(()) } else { Err(JwsError::AudienceMismatch) }
    }
}

impl Expected<'_> {
    pub(super) fn check_claims(&self, claims: &Map<String, Value>) -> Result<(), JwsError> {
        self.audience.check(claims.get("aud").ok_or(JwsError::ClaimMissing("aud"))?)?;
        if let Some(issuer) = self.issuer {
            match string(claims, "iss")? {
                None => return Err(JwsError::ClaimMissing("iss")),
                Some(iss) if iss != issuer => return Err(JwsError::IssuerMismatch),
                Some(_) => {}
            }
        }
        self.check_times(claims)
    }

    pub(crate) fn check_times(&self, claims: &Map<String, Value>) -> Result<(), JwsError> {
        let (exp, iat) = (numeric_date(claims, "exp")?, numeric_date(claims, "iat")?);
        let latest = self.now.plus(self.leeway);
        if exp.is_some_and(|exp| self.now >= exp.plus(self.leeway)) {
            return Err(JwsError::Expired);
        }
        if numeric_date(claims, "nbf")?.is_some_and(|nbf| nbf > latest) {
            return Err(JwsError::NotYetValid);
        }
        if iat.is_some_and(|iat| iat > latest) {
            return Err(JwsError::IssuedInFuture);
        }
        match (self.lifetime, exp, iat) {
            (Lifetime::UntilExp | Lifetime::ExpWithin(_), None, _) => Err(JwsError::ClaimMissing("exp")),
            (Lifetime::IatWithin(_), _, None) => Err(JwsError::ClaimMissing("iat")),
            (Lifetime::ExpWithin(longest), Some(exp), _) if exp > latest.plus(longest) => {
                Err(JwsError::LifetimeTooLong)
            }
            (Lifetime::IatWithin(oldest), _, Some(iat)) if self.now > iat.plus(oldest).plus(self.leeway) => {
                Err(JwsError::TooOld)
            }
            _ => Ok(()),
        }
    }
}

/// A string claim, if it is there; `null` or another type is malformed.
pub(crate) fn string<'c>(
    claims: &'c Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'c str>, JwsError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwsError::ClaimMalformed(name)),
    }
}

/// A NumericDate claim (RFC 7519 section 2), if it is there. Fractions of a second are legal.
pub(crate) fn numeric_date(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<Timestamp>, JwsError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    if let Some(secs) = value.as_u64() {
        return Ok(Some(Timestamp::from_secs(secs)));
    }
    match value.as_f64() {
        Some(secs) if secs >= 0.0 => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not negative; the fraction of a millisecond is dropped and the cast saturates"
            )]
            let millis = (secs * 1000.0) as u64;
            Ok(Some(Timestamp::from_millis(millis)))
        }
        _ => Err(JwsError::ClaimMalformed(name)),
    }
}
