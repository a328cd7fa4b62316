//! Did this transmitter say this, to us, and lately? (RFC 8417, RFC 8935 section 2; SSF 1.0 section 4.1)

use super::{EffectKind, Event, SetRefusal, SubjectKind};
use crate::digest::Digest;
use crate::jose::jws::{Audience, Expected, LEEWAY, Lifetime, Typ, numeric_date, string};
use crate::jose::{Algorithm, JwkSet, Jws, JwsError};
use crate::shared_signals::set::TYP;
use crate::shared_signals::{Subject, SubjectError};
use crate::time::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// The longest SET that is read, in bytes.
pub const MAX_LEN: usize = 32 * 1024;
/// The longest `jti`, in characters.
const MAX_JTI_CHARS: usize = 256;
/// What a SET must not have: with `sub` it could pass for an ID or access token, and an event does not expire (SSF 1.0
/// sections 4.1.3 and 4.1.7).
const FORBIDDEN: [&str; 2] = ["sub", "exp"];

/// Somebody whose signals the operator wants to be heeded.
#[derive(Debug, Clone)]
pub struct TrustedTransmitter {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// What it calls us: one of these must be in `aud`.
    pub audiences: Vec<String>,
    /// How long ago a token may have been issued: a transmitter tries for as long as its receiver is down.
    pub max_age: Duration,
    /// How it may name people and things.
    pub subjects: Vec<SubjectKind>,
    /// What it may bring about.
    pub effects: Vec<EffectKind>,
}

/// A token that its transmitter signed for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedSet {
    /// Names it among all tokens of all transmitters.
    pub digest: Digest,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From here on it is refused anyway, and need not be remembered.
    pub forget_at: Timestamp,
    /// What happened.
    pub event: Event,
    /// To whom; `None` with an event that nobody here knows.
    pub subject: Option<Subject>,
}

impl ReceivedSet {
    /// Reads and checks a SET that the transmitter signed with one of `keys`: form, type, algorithm, key, signature, issuer,
    /// audience, time, name, event, subject, in this order. So whoever cannot sign learns nothing of what is expected of the
    /// claims. Replay is the caller's to prevent.
    pub fn read(
        compact: &str,
        from: &TrustedTransmitter,
        keys: &JwkSet,
        now: Timestamp,
    ) -> Result<Self, SetRefusal> {
        let jws = Jws::parse(compact, MAX_LEN)?;
        let typ = Typ::OneOf(&[TYP]);
        jws.check_header(typ, &Algorithm::ALL)?;
        jws.verify_signature(keys)?;
        let claims = jws.unverified_claims()?;
        if string(claims, "iss")?.ok_or(JwsError::ClaimMissing("iss"))? != from.issuer {
            return Err(JwsError::IssuerMismatch.into());
        }
        let audiences: Vec<&str> = from.audiences.iter().map(String::as_str).collect();
        if let Some(name) = FORBIDDEN.into_iter().find(|name| claims.contains_key(*name)) {
            return Err(SetRefusal::Forbidden(name));
        }
        jws.check(&Expected {
            typ,
            algorithms: &Algorithm::ALL,
            issuer: Some(&from.issuer),
            audience: Audience::OneOf(&audiences),
            lifetime: Lifetime::IatWithin(from.max_age),
            leeway: LEEWAY,
            now,
        })?;
        let issued_at = numeric_date(claims, "iat")?.ok_or(JwsError::ClaimMissing("iat"))?;
        let digest = name(&from.issuer, claims)?;
        let event = event(claims)?;
        let subject = match event {
            Event::Unknown => None,
            _ => Some(subject(claims)?),
        };
        let forget_at = issued_at.plus(from.max_age).plus(LEEWAY).plus(Duration::from_millis(1));
        Ok(Self { digest, issued_at, forget_at, event, subject })
    }
}

/// The `jti` under its issuer.
fn name(issuer: &str, claims: &Map<String, Value>) -> Result<Digest, SetRefusal> {
    let jti = string(claims, "jti")?.ok_or(JwsError::ClaimMissing("jti"))?;
    if jti.is_empty() || jti.chars().nth(MAX_JTI_CHARS).is_some() {
        return Err(JwsError::ClaimMalformed("jti").into());
    }
    // The digest of the issuer has a fixed length, so issuer and name cannot run into each other.
    let issuer = Digest::of(issuer.as_bytes());
    Ok(Digest::of(&[issuer.as_bytes().as_slice(), jti.as_bytes()].concat()))
}

fn event(claims: &Map<String, Value>) -> Result<Event, SetRefusal> {
    let events = claims.get("events").ok_or(JwsError::ClaimMissing("events"))?;
    let events = events.as_object().ok_or(JwsError::ClaimMalformed("events"))?;
    let mut each = events.iter();
    match (each.next(), each.next()) {
        (Some((uri, payload)), None) => Event::parse(uri, payload),
        _ => Err(SetRefusal::NotOneEvent),
    }
}

fn subject(claims: &Map<String, Value>) -> Result<Subject, SetRefusal> {
    let subject = claims.get("sub_id").ok_or(SetRefusal::Subject(SubjectError::Empty))?;
    Ok(Subject::parse(subject)?)
}
