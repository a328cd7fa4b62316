//! What did the app sign? A decision over what it showed, by the key of this device, meant for this server, now, once.

use super::device::Device;
use crate::app::App;
use crate::oauth::failure::Failure;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, Typ};
use tandem_core::jose::{Jws, JwsError};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::VERIFIED;
use tandem_core::time::Timestamp;

/// The media type of a decision.
const TYP: &str = "tandem-decision+jwt";
/// The longest life of a decision.
const LONGEST: Duration = Duration::from_mins(5);
/// The longest decision, in bytes: authorization details fit, even with every letter escaped.
const MAX_LEN: usize = 32 * 1024;
/// The longest `jti`, in characters.
const MAX_JTI: usize = 256;

/// A verified decision.
#[derive(Deserialize)]
pub(super) struct SignedDecision {
    iat: f64,
    exp: f64,
    jti: String,
    /// What the person decided.
    pub decision: Word,
    /// What the app says that it showed.
    pub shown: Value,
    /// The number that the person gave.
    #[serde(default)]
    pub number: Option<String>,
    /// What the person gave of the data that was bound into the request.
    #[serde(default)]
    pub binding: Option<String>,
    /// Whether the person read the warning.
    #[serde(default)]
    pub warning: Reading,
    /// How the app made sure who holds it.
    #[serde(default)]
    pub user_verification: UserVerification,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Word {
    /// Yes.
    Approve,
    /// No.
    Deny,
    /// "I did not start this."
    Report,
}

/// Whether a person read the warning that an app was told to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reading {
    /// They did.
    Read,
    /// The app says nothing of one.
    #[default]
    None,
}

/// How an app made sure who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UserVerification {
    /// By a fingerprint, a face …
    Biometric,
    /// By something that the person knows.
    Pin,
    /// Not at all.
    #[default]
    None,
}

/// Verifies a decision of this device, and uses it up.
pub(super) fn verify(
    app: &App,
    device: &Device,
    jws: &str,
    now: Timestamp,
) -> Result<SignedDecision, Failure> {
    let id = device.id.to_string();
    let expected = Expected {
        typ: Typ::OneOf(&[TYP]),
        algorithms: &VERIFIED,
        issuer: Some(&id),
        audience: Audience::ExactlyString(app.issuer()),
        lifetime: Lifetime::ExpWithin(LONGEST),
        leeway: LEEWAY,
        now,
    };
    let refused = |error: JwsError| {
        tracing::info!(device = %id, %error, "a signed decision was refused");
        Failure::explained(ErrorCode::InvalidRequest, &format!("the signed decision was refused: {error}"))
    };
    let jws = Jws::parse(jws, MAX_LEN).map_err(refused)?;
    if jws.kid().map(tandem_core::jose::Unverified::peek) != Some(&*id) {
        return Err(Failure::new(
            ErrorCode::InvalidRequest,
            "the kid of the signed decision is not the device's id",
        ));
    }
    app.effort.verify();
    let signed: SignedDecision = jws.verify_with_key(&device.jwk, &expected).map_err(refused)?;
    if signed.exp - signed.iat > LONGEST.as_secs_f64() {
        return Err(refused(JwsError::LifetimeTooLong));
    }
    if signed.jti.is_empty() || signed.jti.chars().nth(MAX_JTI).is_some() {
        return Err(refused(JwsError::ClaimMalformed("jti")));
    }
    let key = Digest::of(&[TYP.as_bytes(), device.id.as_bytes(), signed.jti.as_bytes()].concat());
    // Whatever its `exp`, it is refused after this.
    let until = now.plus(LONGEST).plus(LEEWAY).plus(LEEWAY);
    if !app.store.first_use(key, until, now) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "the signed decision was used before"));
    }
    Ok(signed)
}
