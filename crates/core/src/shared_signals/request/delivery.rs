//! How does a receiver want its tokens: the member `delivery`?

use super::super::stream::{POLL, PUSH};
use super::{LONGEST_URI, Malformed};
use serde_json::Value;

/// The longest address, and the longest authorization header.
const LONGEST_URL: usize = 2048;
const LONGEST_AUTHORIZATION: usize = 4096;

/// How a receiver wants its tokens.
#[derive(Clone, PartialEq, Eq)]
pub enum WantedDelivery {
    /// Posted there.
    Push {
        /// Where.
        endpoint_url: String,
        /// What to say in `Authorization`.
        authorization_header: Option<String>,
    },
    /// Fetched here.
    Poll {
        /// Where it believes that is.
        endpoint_url: Option<String>,
    },
}

impl std::fmt::Debug for WantedDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The header is a secret of the receiver.
        f.write_str(match self {
            Self::Push { .. } => "Push(..)",
            Self::Poll { .. } => "Poll(..)",
        })
    }
}

pub(super) fn delivery(value: Value) -> Result<WantedDelivery, Malformed> {
    let Value::Object(mut members) = value else { return Err(Malformed::Member("delivery")) };
    let mut text = |name: &'static str, longest: usize| match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= longest => Ok(Some(text)),
        Some(Value::String(_)) => Err(Malformed::TooLong(name)),
        Some(_) => Err(Malformed::Member(name)),
    };
    let method = text("method", LONGEST_URI)?.ok_or(Malformed::Member("delivery.method"))?;
    let endpoint_url = text("endpoint_url", LONGEST_URL)?;
    let authorization_header = text("authorization_header", LONGEST_AUTHORIZATION)?;
    match method.as_str() {
        PUSH => {
            let endpoint_url = endpoint_url.ok_or(Malformed::Member("endpoint_url"))?;
            if authorization_header.as_deref().is_some_and(|header| !is_header_value(header)) {
                return Err(Malformed::Member("authorization_header"));
            }
            Ok(WantedDelivery::Push { endpoint_url, authorization_header })
        }
        POLL => Ok(WantedDelivery::Poll { endpoint_url: endpoint_url.filter(|url| !url.is_empty()) }),
        _ => Err(Malformed::Method),
    }
}

/// Whether a text can stand in a header as it is: printable ASCII, and no space at its ends.
fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}
