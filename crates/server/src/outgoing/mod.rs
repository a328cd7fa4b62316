//! How does the server call somebody else?
//!
//! Through one client with narrow manners: it posts, to public addresses over https, to exactly the addresses that were
//! checked, without proxy, cookies or redirects. Of the answer nobody sees more than the status, but for those who
//! [`exchange`](Outgoing::exchange): who reads published keys, and the demo's own clients.

mod address;
mod error;
mod exchange;
pub mod gate;
mod names;
mod roots;

pub use error::{OutgoingError, Refusal};
pub use exchange::{Exchanged, Verb};
pub use names::{Lookup, Names, SystemNames};
pub use roots::{OutgoingSetupError, Roots};

use crate::clock::Clock;
use crate::config;
use address::{Rules, Scheme};
use gate::Gate;
use names::CheckedNames;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

/// Requests at once, in all and to one host.
const MOST_REQUESTS: usize = 64;
const MOST_PER_HOST: usize = 16;
/// Time for looking up the name, connecting and TLS together.
const CONNECT: Duration = Duration::from_secs(5);
/// No request may have longer, whatever it asks for.
const LONGEST: Duration = Duration::from_mins(1);
/// How much of an answer's body is read, and for how long, so that the connection can serve again. The answer counts
/// either way.
const MOST_BODY: usize = 16 * 1024;
const BODY: Duration = Duration::from_secs(1);
const LONGEST_URL: usize = 2048;
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);
/// How long a connection is kept for the next request. Not long: a name may have moved.
const IDLE: Duration = Duration::from_secs(20);

/// The one HTTP client. Clones share its connections and bounds.
#[derive(Clone)]
pub struct Outgoing(Arc<Inner>);

struct Inner {
    https: Client,
    http: Client,
    rules: Rules,
    gate: Gate,
    clock: Clock,
}

/// What to post, and where.
pub struct OutgoingRequest<'a> {
    /// The address. Who made it up is nobody to trust.
    pub url: &'a Url,
    /// Headers beyond those of HTTP itself.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Vec<u8>,
    /// The time for everything together, waiting for a turn included; a minute at most.
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutgoingAnswer {
    /// The status code. A redirect is an answer like any other.
    pub status: u16,
    /// How long the other side asks to be left alone; a day at most.
    pub retry_after: Option<Duration>,
}

impl Outgoing {
    /// A client under these settings that looks names up here.
    pub fn new(
        settings: &config::Outgoing,
        roots: &Roots,
        clock: Clock,
        names: &Arc<dyn Names>,
    ) -> Result<Self, OutgoingSetupError> {
        let rules = Rules { allow_private: settings.allow_private.clone() };
        let client = |scheme| {
            let names = CheckedNames { names: Arc::clone(names), rules: rules.clone(), scheme };
            let names = Arc::new(names);
            roots.client(&|| {
                Client::builder()
                    .dns_resolver(Arc::clone(&names))
                    .https_only(scheme == Scheme::Https)
                    .user_agent("tandem")
                    .redirect(reqwest::redirect::Policy::none())
                    .referer(false)
                    .no_proxy()
                    .connect_timeout(CONNECT)
                    .timeout(LONGEST)
                    .pool_max_idle_per_host(MOST_PER_HOST)
                    .pool_idle_timeout(IDLE)
                    .http2_max_header_list_size(16 * 1024)
                    .http1_max_headers(64)
            })
        };
        let (https, http) = (client(Scheme::Https)?, client(Scheme::Http)?);
        let gate = Gate::new(MOST_REQUESTS, MOST_PER_HOST);
        Ok(Self(Arc::new(Inner { https, http, rules, gate, clock })))
    }

    /// Whether a URL may be called, as far as it says itself: a name is looked at when it is called.
    pub fn may_call(&self, url: &Url) -> Result<(), Refusal> {
        self.0.check(url).map(|_| ())
    }

    /// Posts. The answer's status is all that matters of it, success or not.
    pub async fn post(&self, request: OutgoingRequest<'_>) -> Result<OutgoingAnswer, OutgoingError> {
        self.post_keeping(request, 0).await.map(|(answer, _)| answer)
    }

    /// Posts, and keeps the beginning of the answer's body: this many bytes at most, and what came in time of them.
    pub async fn post_keeping(
        &self,
        request: OutgoingRequest<'_>,
        most: usize,
    ) -> Result<(OutgoingAnswer, Vec<u8>), OutgoingError> {
        let scheme = self.0.check(request.url).map_err(OutgoingError::Refused)?;
        let until = Instant::now() + request.timeout.min(LONGEST);
        let host = request.url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        let turn = timeout_at(until, self.0.gate.enter(&host)).await;
        let _turn = turn.map_err(|_| OutgoingError::TimedOut)?;
        let sending = self.0.send(scheme, request);
        let sent = timeout_at(until, sending).await.map_err(|_| OutgoingError::TimedOut)?;
        let response = sent.map_err(|error| OutgoingError::of(&error));
        match &response {
            Ok(response) => tracing::debug!(host, status = response.status().as_u16(), "called"),
            Err(error) => tracing::debug!(host, %error, "called in vain"),
        }
        let response = response?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| self.0.retry_after(value));
        let answer = OutgoingAnswer { status: response.status().as_u16(), retry_after };
        // Too long, too slow or broken: the answer stands, only the connection is given up.
        let mut kept = Vec::new();
        let _ = timeout_at(until.min(Instant::now() + BODY), drain(response, most, &mut kept)).await;
        Ok((answer, kept))
    }
}

impl Inner {
    /// Whether the URL may be called, as far as it says itself. A name is checked when it is looked up.
    fn check(&self, url: &Url) -> Result<Scheme, Refusal> {
        let (scheme, usual_port) = match url.scheme() {
            "https" => (Scheme::Https, 443),
            "http" => (Scheme::Http, 80),
            _ => return Err(Refusal::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Userinfo);
        }
        if url.fragment().is_some() {
            return Err(Refusal::Fragment);
        }
        if url.as_str().len() > LONGEST_URL {
            return Err(Refusal::Shape);
        }
        // The well-known ports of other protocols have nothing to hear from us.
        let port = url.port_or_known_default().unwrap_or_default();
        if port != usual_port && port < 1024 {
            return Err(Refusal::Port);
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.rules.check(address.into(), scheme)?,
            Some(Host::Ipv6(address)) => self.rules.check(address.into(), scheme)?,
            // The client would take such a name for an address and ask no resolver.
            Some(Host::Domain(name)) if name.parse::<IpAddr>().is_ok() => return Err(Refusal::Shape),
            Some(Host::Domain(_)) if scheme == Scheme::Http && self.rules.allow_private.is_empty() => {
                return Err(Refusal::PlainHttp);
            }
            Some(Host::Domain(_)) => {}
            None => return Err(Refusal::Shape),
        }
        Ok(scheme)
    }

    async fn send(&self, scheme: Scheme, request: OutgoingRequest<'_>) -> Result<Response, reqwest::Error> {
        let client = match scheme {
            Scheme::Https => &self.https,
            Scheme::Http => &self.http,
        };
        let headers: HeaderMap = request.headers.into_iter().collect();
        client.post(request.url.clone()).headers(headers).body(request.body).send().await
    }

    /// RFC 9110 section 10.2.3: seconds, or a date.
    fn retry_after(&self, value: &HeaderValue) -> Option<Duration> {
        let text = value.to_str().ok()?.trim();
        let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            Duration::from_secs(text.parse().ok()?)
        } else {
            let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
            let now = self.clock.now().as_millis();
            Duration::from_millis(u64::try_from(date).unwrap_or_default().saturating_sub(now))
        };
        Some(wait.min(LONGEST_RETRY_AFTER))
    }
}

async fn drain(mut response: Response, most: usize, kept: &mut Vec<u8>) {
    let mut read = 0_usize;
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = most.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
        read = read.saturating_add(chunk.len());
        if read > MOST_BODY {
            return;
        }
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("rules", &self.0.rules).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OutgoingRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Path and query may be secrets too: the address of a push subscription is one.
        f.debug_struct("OutgoingRequest").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
