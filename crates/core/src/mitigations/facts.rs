//! What is known at a checkpoint? The server gathers it; no mitigation fetches anything.

use super::rate_limits::{Fatigue, QuietTime};
use crate::crossing::{Presenter, Request};
use crate::digest::Digest;
use crate::time::Timestamp;
use std::time::Duration;

/// Everything that a mitigation may look at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The moment of asking.
    pub now: Timestamp,
    /// What was asked at initiation; absent at initiation itself.
    pub request: Option<&'a Request>,
    /// How long the codes shall live if no mitigation shortens it (server or client setting).
    pub wanted_code_lifetime: Duration,
    /// How this code has been used.
    pub code: CodeUse<'a>,
    /// The rate limits that this request counts against, and what each said.
    pub attempts: &'a [Attempt],
    /// What the client proved of a key.
    pub sender: Sender,
    /// What the person has seen.
    pub context: ContextShown,
    /// The number that the person gave of the consumption device.
    pub number: NumberGiven<'a>,
    /// What the person was asked lately, where a request is sent to one.
    pub fatigue: Option<Fatigue>,
    /// Whose quiet hours count for this request.
    pub quiet_times: &'a [QuietTime],
}

impl Facts<'_> {
    /// Facts of which nothing is known but the time.
    pub const fn at(now: Timestamp) -> Self {
        Facts {
            now,
            request: None,
            wanted_code_lifetime: Duration::MAX,
            code: CodeUse { presentations: 0, first: None, presenting: None, freshness: Freshness::New },
            attempts: &[],
            sender: Sender { proof: None, certificate: None, pinned: None, demand: SenderDemand::None },
            context: ContextShown::No,
            number: NumberGiven::None,
            fatigue: None,
            quiet_times: &[],
        }
    }
}

/// How a code has been used so far.
#[derive(Debug, Clone)]
pub struct CodeUse<'a> {
    /// How often it was opened on an authorization device, before now.
    pub presentations: u8,
    /// Who opened it first.
    pub first: Option<&'a Presenter>,
    /// Who has it open now.
    pub presenting: Option<&'a Presenter>,
    /// Whether a freshly drawn code is free.
    pub freshness: Freshness,
}

/// Whether a drawn code is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Neither live nor recently used.
    New,
    /// Live, or used within the window.
    Known,
}

/// The outcome of one rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Within the limit.
    Within,
    /// Beyond it.
    Exceeded {
        /// When the next try can succeed.
        retry_after: Duration,
    },
}

/// What is known of the client's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The thumbprint of the key whose possession was proved with this request.
    pub proof: Option<Digest>,
    /// The SHA-256 of the certificate that the client used in mutual TLS (RFC 8705).
    pub certificate: Option<Digest>,
    /// The thumbprint pinned at initiation.
    pub pinned: Option<Digest>,
    /// Whether this client must prove one.
    pub demand: SenderDemand,
}

/// Whether a client must prove a key (`dpop_bound_access_tokens`, RFC 9449 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderDemand {
    /// It may.
    None,
    /// A DPoP key, when tokens are issued.
    AtRedemption,
    /// A DPoP key, already when it asks: nobody proves one when tokens are pushed.
    AtInitiation,
    /// A certificate, when tokens are issued (RFC 8705 section 3).
    CertificateAtRedemption,
    /// One of the two, when tokens are issued (FAPI-CIBA).
    EitherAtRedemption,
}

/// Whether the person was shown what they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextShown {
    /// Not that we know.
    No,
    /// The decision page, for this crossing and this person.
    DecisionPage,
}

/// The number that a person gave, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberGiven<'a> {
    /// None.
    None,
    /// This text.
    Number(&'a str),
}
