//! What does a person read when something did not work?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// An error page: what happened, whose move it is, one next step.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// Seconds until another try makes sense, if that is known.
    pub retry_after: Option<u64>,
    /// Where the next step leads: a path on this server; `None` leads home.
    pub next: Option<String>,
}

/// What can go wrong with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// There is no such page.
    NotFound,
    /// The form was too old, or did not come from this page.
    Csrf,
    /// The person is not signed in any more.
    SessionExpired,
    /// More was sent than a form here holds.
    TooLarge,
    /// What was sent cannot be understood.
    BadRequest,
    /// Too many requests from this person or address.
    TooManyRequests,
    /// A fault of this server.
    ServerError,
    /// This server cannot take more now.
    Unavailable,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::NotFound,
        Self::Csrf,
        Self::SessionExpired,
        Self::TooLarge,
        Self::BadRequest,
        Self::TooManyRequests,
        Self::ServerError,
        Self::Unavailable,
    ];

    /// The HTTP status to answer with.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Csrf | Self::SessionExpired => 403,
            Self::TooLarge => 413,
            Self::BadRequest => 400,
            Self::TooManyRequests => 429,
            Self::ServerError => 500,
            Self::Unavailable => 503,
        }
    }
}

impl Page for Failure {
    const TEMPLATE: &'static str = "failure.html";

    fn title_key(&self) -> Cow<'static, str> {
        match self.kind {
            FailureKind::NotFound => "failure-not-found-title",
            FailureKind::Csrf => "failure-csrf-title",
            FailureKind::SessionExpired => "failure-session-expired-title",
            FailureKind::TooLarge => "failure-too-large-title",
            FailureKind::BadRequest => "failure-bad-request-title",
            FailureKind::TooManyRequests => "failure-too-many-requests-title",
            FailureKind::ServerError => "failure-server-error-title",
            FailureKind::Unavailable => "failure-unavailable-title",
        }
        .into()
    }
}
