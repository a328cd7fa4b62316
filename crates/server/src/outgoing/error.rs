//! Why did a request not get its answer?

use std::error::Error;

/// Why there is no answer. Says nothing of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    /// It was not sent: the address must not be called.
    #[error("not called: {0}")]
    Refused(Refusal),
    /// No name, no route, or nobody listening.
    #[error("cannot be reached")]
    Unreachable,
    /// Not within the time given, waiting for a turn included.
    #[error("no answer in time")]
    TimedOut,
    /// The other side could not prove who it is, or speaks no TLS that we speak.
    #[error("no TLS connection that can be trusted")]
    Tls,
    /// The connection broke, or what came back was no HTTP.
    #[error("no answer that could be read")]
    Broken,
}

/// Why an address must not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither https nor http.
    #[error("the scheme is not https")]
    Scheme,
    /// Plain http to an address that the configuration does not name.
    #[error("http is for addresses that outgoing.allow_private names")]
    PlainHttp,
    /// A name and password in the URL.
    #[error("the URL has a user name or password")]
    Userinfo,
    /// A fragment in the URL.
    #[error("the URL has a fragment")]
    Fragment,
    /// No host, or a longer URL than anybody needs.
    #[error("the URL has no host, or is too long")]
    Shape,
    /// A port of another protocol.
    #[error("the port belongs to another protocol")]
    Port,
    /// A private, local or otherwise special address.
    #[error("the address is not public, and outgoing.allow_private does not name it")]
    PrivateAddress,
}

impl OutgoingError {
    /// Whether the same request may have an answer later.
    pub const fn may_retry(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// What the library's error means for us. Its own text may hold the URL and is not kept.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(refusal) = find::<Refusal>(error) {
            return Self::Refused(*refusal);
        }
        if find::<rustls::Error>(error).is_some() {
            return Self::Tls;
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        if error.is_connect() { Self::Unreachable } else { Self::Broken }
    }
}

/// The first error of this type in the chain of causes. An I/O error hides the one that it wraps from `source`.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = wrapped.and_then(|wrapped| find::<E>(wrapped)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
