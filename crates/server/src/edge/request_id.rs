//! How is one request told from all others, in logs and for support?

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The header that carries the id: in every response, and in requests of trusted proxies.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken from a proxy, in characters.
const MAX_GIVEN: usize = 64;

/// Odd, so that multiplying by it maps counters to ids one to one; the ids then look unlike each other.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The id of a request, in its extensions. It names, it does not authorize: it is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Source);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Drawn([u8; 16]),
    Given(Arc<str>),
}

impl RequestId {
    /// The id of a request; all zeros where it did not come through the edge.
    pub fn of<B>(request: &Request<B>) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or(Self(Source::Drawn([b'0'; 16])))
    }

    /// The id that a trusted proxy gave, if it reads like one: `[A-Za-z0-9._-]{1,64}`.
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let fits = (1..=MAX_GIVEN).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(Source::Given(text.into())))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Source::Drawn(digits) => std::str::from_utf8(digits).unwrap_or_default(),
            Source::Given(text) => text,
        }
    }

    /// The id as the value of a header.
    pub(super) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(self.as_str().as_bytes()).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = StatusCode;

    /// Fails only where the request did not come through the edge.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Where ids come from: a counter from a start that differs in each process, so that restarts do not repeat ids.
#[derive(Debug)]
pub(super) struct Counter {
    start: u64,
    next: AtomicU64,
}

impl Default for Counter {
    fn default() -> Self {
        // The standard library's hasher key is random enough to tell processes apart; ids guard nothing.
        Self { start: RandomState::new().build_hasher().finish(), next: AtomicU64::new(0) }
    }
}

impl Counter {
    /// The next id: 16 hexadecimal digits.
    pub(super) fn draw(&self) -> RequestId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let id = self.start.wrapping_add(count.wrapping_mul(SPREAD));
        let mut digits = [0; 16];
        for (digit, shift) in digits.iter_mut().zip((0..64).step_by(4).rev()) {
            let nibble = u8::try_from(id >> shift & 0xf).unwrap_or_default();
            *digit = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        RequestId(Source::Drawn(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn drawn_ids_are_sixteen_digits_and_differ() {
        let counter = Counter::default();
        let drawn: HashSet<String> = (0..10_000).map(|_| counter.draw().to_string()).collect();
        assert_eq!(drawn.len(), 10_000);
        assert!(drawn.iter().all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit())));
        assert_ne!(counter.start, Counter::default().start);
    }

    #[test]
    fn only_plain_ids_are_taken_over() {
        let given = |text: &[u8]| {
            let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_bytes(text).unwrap())]);
            RequestId::given(&headers).map(|id| id.to_string())
        };
        assert_eq!(given(b"abc-1._Z").as_deref(), Some("abc-1._Z"));
        assert_eq!(given(&[b'a'; 64]), Some("a".repeat(64)));
        for refused in [&b""[..], &[b'a'; 65], b"a b", b"a\tb", b"<b>", b"a;b", b"a/b", "ä".as_bytes()] {
            assert_eq!(given(refused), None);
        }
        assert_eq!(RequestId::given(&HeaderMap::new()), None);
    }
}
