//! What does the device sign? A decision over exactly what was shown, so that the record proves what the person saw.

use super::request::Request;
use crate::failure::Failure;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::value::RawValue;
use tandem_core::jose::SigningKey;
use tandem_core::time::Timestamp;

/// How long a decision may be handed in, in seconds; servers take at most five minutes.
const DECISION_LIFE: u64 = 120;

/// What the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny,
    /// No, and they did not start this.
    Report,
}

impl Decision {
    /// The server's word for having taken it.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Deny => "denied",
            Self::Report => "reported",
        }
    }

    /// Only an approval needs the person's PIN; nothing may stand in the way of a no.
    const fn user_verification(self) -> &'static str {
        match self {
            Self::Approve => "pin",
            Self::Deny | Self::Report => "none",
        }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
    decision: Decision,
    shown: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
    user_verification: &'static str,
}

/// What a person gave with a yes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The number that the other screen shows.
    pub number: Option<String>,
    /// What they typed there.
    pub binding: Option<String>,
}

/// The compact JWS of a decision. For an approval the caller has checked the PIN, and that the warning was read.
pub fn sign(
    decision: Decision,
    request: &Request,
    given: &Given,
    (key, issuer): (&SigningKey, &str),
    (now, unique): (Timestamp, [u8; 32]),
) -> Result<String, Failure> {
    let claims = Claims {
        iss: key.kid(),
        aud: issuer,
        iat: now.as_secs(),
        exp: now.as_secs() + DECISION_LIFE,
        jti: URL_SAFE_NO_PAD.encode(unique),
        decision,
        shown: &request.shown,
        number: given.number.as_deref(),
        binding: given.binding.as_deref(),
        warning: (decision == Decision::Approve && request.warning.is_some()).then_some("read"),
        user_verification: decision.user_verification(),
    };
    let signed = key.sign(&SystemRandom::new(), "tandem-decision+jwt", &claims);
    signed.map_err(|_| Failure::Server("the decision cannot be signed".to_owned()))
}
