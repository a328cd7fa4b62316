//! What is sent to a client's notification endpoint, and is it sent again? (CIBA Core sections 10.2, 10.3 and 12)

use crate::oauth::error_code::ErrorCode;
use crate::oauth::token_response::TokenResponse;
use crate::time::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// How often a callback is sent at most.
pub const MAX_ATTEMPTS: u32 = 8;
/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The body of a ping (section 10.2): this member and no other, whatever the person said.
#[derive(Serialize)]
pub struct Ping<'a> {
    /// Which request has something to collect.
    pub auth_req_id: &'a str,
}

/// The body of a push after a yes (section 10.3.1). The ID token in it is [`pushed`], and is never missing, since every
/// request asks for `openid`.
///
/// [`pushed`]: crate::openid::id_token::IdTokenClaims::pushed
#[derive(Serialize)]
pub struct PushedTokens<'a> {
    /// Which request this answers.
    pub auth_req_id: &'a str,
    /// What the token endpoint would answer.
    #[serde(flatten)]
    pub tokens: TokenResponse<'a>,
}

/// The body of a push without tokens (section 12).
#[derive(Serialize)]
pub struct PushedError<'a> {
    auth_req_id: &'a str,
    error: &'static str,
    error_description: &'static str,
}

/// Why a push brings no tokens: the only three reasons there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushFailure {
    /// The person said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// The tokens could not be made.
    Failed,
}

impl PushFailure {
    /// The code on the wire.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Denied => ErrorCode::AccessDenied,
            Self::Expired => ErrorCode::ExpiredToken,
            Self::Failed => ErrorCode::TransactionFailed,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Denied => "the person denied the request",
            Self::Expired => "the request has expired",
            Self::Failed => "the request cannot be completed",
        }
    }
}

impl<'a> PushedError<'a> {
    /// Says why this request brings no tokens.
    pub const fn new(auth_req_id: &'a str, failure: PushFailure) -> Self {
        Self { auth_req_id, error: failure.code().as_str(), error_description: failure.description() }
    }
}

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// The client's endpoint answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, if it said one.
        retry_after: Option<Duration>,
    },
    /// It could not be reached, broke off, or took too long.
    Unreachable,
    /// It can never be reached: its address is one that this server does not call.
    Impossible,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It arrived: it is never sent again.
    Delivered,
    /// It is sent again after this time.
    RetryIn(Duration),
    /// It is not sent again. The client can still poll, in ping mode.
    GiveUp,
}

/// What follows from the last of so many `attempts`. Any 2xx is an arrival, and its body is nobody's business. A
/// redirect is not followed, and a client error would be one again (section 10.2 leaves both to us); only a client that
/// is not there, that errs, or that asks for time is tried again, ever more slowly, and not past `gives_up_at`.
pub fn after(attempt: Attempt, attempts: u32, now: Timestamp, gives_up_at: Timestamp) -> Next {
    let asked = match attempt {
        Attempt::Answered { status: 200..=299, .. } => return Next::Delivered,
        Attempt::Answered { status: 429 | 500..=599, retry_after } => retry_after,
        Attempt::Unreachable => None,
        Attempt::Answered { .. } | Attempt::Impossible => return Next::GiveUp,
    };
    if attempts >= MAX_ATTEMPTS {
        return Next::GiveUp;
    }
    let wait = FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(MAX_ATTEMPTS));
    let wait = wait.max(asked.unwrap_or_default());
    if now.plus(wait) < gives_up_at { Next::RetryIn(wait) } else { Next::GiveUp }
}
