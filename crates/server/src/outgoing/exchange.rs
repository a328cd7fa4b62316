//! How does the server ask somebody else something, and read the answer?
//!
//! Under the same checks and bounds as a post. The answer's body counts here: one that is longer than its caller takes
//! is no answer.

use super::address::Scheme;
use super::{LONGEST, Outgoing, OutgoingError, OutgoingRequest};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, Response};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The two methods that anybody is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `GET`; the request has no body.
    Get,
    /// `POST`.
    Post,
}

/// What came back, whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// The status code. A redirect is an answer like any other.
    pub status: u16,
    /// How long the other side asks to be left alone; a day at most.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// Asks, and reads an answer of at most `longest` bytes.
    pub async fn exchange(
        &self,
        verb: Verb,
        request: OutgoingRequest<'_>,
        longest: usize,
    ) -> Result<Exchanged, OutgoingError> {
        let scheme = self.0.check(request.url).map_err(OutgoingError::Refused)?;
        let until = Instant::now() + request.timeout.min(LONGEST);
        let host = request.url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        let turn = timeout_at(until, self.0.gate.enter(&host)).await;
        let _turn = turn.map_err(|_| OutgoingError::TimedOut)?;
        let asking = async {
            let response = self.send_as(verb, scheme, request).await?;
            let retry_after = response.headers().get(RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| self.0.retry_after(value));
            let status = response.status().as_u16();
            Ok(Exchanged { status, retry_after, body: read(response, longest).await? })
        };
        let answer = timeout_at(until, asking).await.map_err(|_| OutgoingError::TimedOut)?;
        match &answer {
            Ok(answer) => tracing::debug!(host, status = answer.status, "asked"),
            Err(error) => tracing::debug!(host, %error, "asked in vain"),
        }
        answer
    }

    async fn send_as(
        &self,
        verb: Verb,
        scheme: Scheme,
        request: OutgoingRequest<'_>,
    ) -> Result<Response, OutgoingError> {
        let client = match scheme {
            Scheme::Https => &self.0.https,
            Scheme::Http => &self.0.http,
        };
        let headers: HeaderMap = request.headers.into_iter().collect();
        let sending = match verb {
            Verb::Get => client.request(Method::GET, request.url.clone()),
            Verb::Post => client.request(Method::POST, request.url.clone()).body(request.body),
        };
        sending.headers(headers).send().await.map_err(|error| OutgoingError::of(&error))
    }
}

async fn read(mut response: Response, longest: usize) -> Result<Vec<u8>, OutgoingError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| OutgoingError::of(&error))? {
        if body.len().saturating_add(chunk.len()) > longest {
            return Err(OutgoingError::Broken);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl std::fmt::Debug for Exchanged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body may hold tokens.
        f.debug_struct("Exchanged").field("status", &self.status).finish_non_exhaustive()
    }
}
