//! Did a pushed token arrive, and is it sent again? Push delivery: RFC 8935 section 2.

use super::poll::error_word;
use crate::time::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What became of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered<'a> {
    /// The receiver said something.
    With {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, if it said one.
        retry_after: Option<Duration>,
        /// The body.
        body: &'a [u8],
    },
    /// It could not be reached, broke off, took too long, or may not be called.
    Not,
}

/// What follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The receiver has it: it is never sent again.
    Delivered,
    /// The receiver has it and cannot use it: it is never sent again. With the code that it gave.
    Refused(String),
    /// It is sent again at this moment, or given up then.
    RetryAt(Timestamp),
}

/// What follows from the last of so many `attempts`. Any 2xx is an arrival. A 400 says that this token will never be
/// taken (section 2.4). Everything else may be mended: a receiver that is not there, errs, asks for time, lost its
/// address or another key; it is tried ever more slowly, and not past `gives_up_at`.
pub fn after(answered: Answered<'_>, attempts: u32, now: Timestamp, gives_up_at: Timestamp) -> Next {
    let asked = match answered {
        Answered::With { status: 200..=299, .. } => return Next::Delivered,
        Answered::With { status: 400, body, .. } => return Next::Refused(error(body)),
        Answered::With { retry_after, .. } => retry_after.unwrap_or_default(),
        Answered::Not => Duration::ZERO,
    };
    let doubled = FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    let at = now.plus(doubled.min(LONGEST_WAIT).max(asked));
    // Giving up is somebody's turn, too.
    Next::RetryAt(at.min(gives_up_at))
}

/// The code in the body of a refusal.
fn error(body: &[u8]) -> String {
    let read: Option<Value> = serde_json::from_slice(body).ok();
    let err = read.as_ref().and_then(|value| value.get("err")).and_then(Value::as_str);
    error_word(err.unwrap_or_default())
}
