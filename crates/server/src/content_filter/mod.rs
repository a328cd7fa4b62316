//! How are codes, links and QR codes of this server found in messages, and what follows? (BCP 6.1.5, R6.5)
//!
//! Messages come by `POST /content-filter/scan` or through the milter. Strangers wrote them, so they are taken apart in child
//! processes that can do nothing else ([`worker`], [`pool`]). What these find, [`judge`] compares with the crossings that
//! live, counts recipients, and says what becomes of the message.

mod answer;
mod call;
pub mod judge;
mod look_up;
pub mod milter;
mod patterns;
mod patterns_endpoint;
pub mod pool;
mod recipients;
mod scan_endpoint;
pub mod worker;

use crate::app::App;
use crate::config::Config;
use crate::edge::metrics;
use crate::oauth::cross_origin;
use crate::rate_limits::{RateLimiter, Salt};
use axum::Router;
use axum::body::Bytes;
use axum::routing::options;
use judge::Judgement;
use pool::{Pool, PoolError, Ticket};
use std::sync::Arc;
use std::time::Duration;
use tandem_content_filter::Watch;
use tandem_core::device_authorization::user_code::{ALPHABET, LENGTH};
use tandem_core::mitigations::content_filtering::handling::Handling;
use worker::Kind;

/// The address at which messages are looked at.
pub const SCAN: &str = "/content-filter/scan";
/// The address of the patterns for other filters.
pub const PATTERNS: &str = "/content-filter/patterns";

/// How long a mail waits for its turn: mail servers are patient.
const PATIENCE_OF_MAIL: Duration = Duration::from_mins(1);

/// What the filter keeps while the server runs.
#[derive(Debug)]
pub struct Filter {
    pool: Pool,
    scan_client: RateLimiter,
    wrong_codes: RateLimiter,
    memory: milter::Budget,
}

impl Filter {
    /// A filter under this configuration. No process is started before the first message comes.
    pub fn new(config: &Config, salt: Salt) -> Self {
        let filter = &config.content_filter;
        // As much as waits and is looked at, all of the largest size, is the most that is held at a time.
        let messages = u64::from(filter.workers) + 6;
        Self {
            pool: Pool::new(config),
            scan_client: RateLimiter::new("content_filter_scan", filter.scan_client, salt),
            wrong_codes: RateLimiter::new("content_filter_codes", judge::WRONG_CODES, salt),
            memory: milter::Budget::new(messages * u64::from(filter.max_bytes)),
        }
    }
}

/// A message to look at.
#[derive(Debug)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, no more than are looked at.
    pub bytes: Bytes,
    /// Whether it was longer.
    pub cut: Cut,
    /// To whom it goes.
    pub recipients: Vec<String>,
    /// Who wants to know.
    pub asker: Asker,
}

/// Who has a message looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A client of this name, at the endpoint.
    Client(Arc<str>),
    /// A mail server.
    MailServer,
}

/// Whether the end of a message is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It is whole.
    Whole,
    /// It is longer than is looked at.
    AtLimit,
}

/// Why a message was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Too many wait.
    #[error("too many messages are being looked at")]
    Busy,
    /// It could not be done.
    #[error("the message could not be looked at")]
    Failed,
}

/// Looks at a message and says what becomes of it. Waits for so long until it is its turn.
pub async fn examine(
    app: &App,
    ticket: Ticket,
    message: Message,
    patience: Duration,
) -> Result<Judgement, Trouble> {
    let outcome = examined(app, ticket, message, patience).await;
    let verdict = outcome.as_ref().map_or("failed", |judgement| judgement.handling.as_str());
    metrics::content_filter_message(verdict);
    if let Ok(judgement) = &outcome
        && judgement.handling != Handling::Allow
    {
        tracing::info!(
            verdict,
            recipients = judgement.recipients,
            live = judgement.live(),
            "a message carries what belongs to a cross-device flow"
        );
    }
    outcome
}

async fn examined(
    app: &App,
    ticket: Ticket,
    message: Message,
    patience: Duration,
) -> Result<Judgement, Trouble> {
    let Message { kind, bytes, cut, recipients, asker } = message;
    let scan = app.filter.pool.scan(ticket, kind, bytes, patience).await;
    let mut scan = scan.map_err(|error| {
        tracing::warn!(%error, "a message was not looked at");
        if error == PoolError::Busy { Trouble::Busy } else { Trouble::Failed }
    })?;
    if cut == Cut::AtLimit {
        let whole = tandem_content_filter::Skipped::TooLarge { part: "0".to_owned() };
        if !scan.skipped.contains(&whole) {
            scan.skipped.push(whole);
        }
    }
    judge::judge(app, scan, &recipients, &asker, app.clock.now()).await.map_err(|error| {
        tracing::error!(%error, "what was found in a message could not be judged");
        Trouble::Failed
    })
}

/// What is looked for under this configuration.
pub fn watch(config: &Config) -> Watch {
    let own = std::iter::once(config.issuer.as_str().to_owned());
    Watch {
        alphabet: ALPHABET.iter().map(|letter| char::from(*letter)).collect(),
        length: LENGTH,
        origins: own.chain(config.content_filter.origins.iter().cloned()).collect(),
        schemes: config.content_filter.schemes.clone(),
    }
}

/// Looks at a message without a server that knows which codes live: for a person at a terminal.
pub async fn try_out(
    config: &Config,
    kind: Kind,
    bytes: Bytes,
) -> Result<tandem_content_filter::Scan, PoolError> {
    let pool = Pool::new(config);
    let ticket = pool.ticket().ok_or(PoolError::Busy)?;
    pool.scan(ticket, kind, bytes, Duration::ZERO).await
}

/// The endpoints.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(SCAN, options(cross_origin::preflight).fallback(scan_endpoint::scan_endpoint))
        .route(PATTERNS, options(cross_origin::preflight).fallback(patterns_endpoint::patterns_endpoint))
}
