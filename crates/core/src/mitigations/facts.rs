//! What is known at a checkpoint? The server gathers it; no mitigation fetches anything.

use super::Signal;
use super::authenticate_then_initiate::Initiator;
use super::establish_proximity::Whereabouts;
use super::rate_limits::{Fatigue, QuietTime};
use super::trusted_devices::DeviceIdentity;
use crate::crossing::{Pin, Presenter, QrKind, Request};
use crate::digest::Digest;
use crate::oauth::device_description::DeviceKind;
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
    pub number: Given<'a>,
    /// What the person gave of the data that was bound into the request.
    pub binding: Given<'a>,
    /// Whether the request carries data to bind, at initiation.
    pub binding_sent: bool,
    /// The PIN that the phone shows, once the person said yes, where one is due.
    pub pin_due: Option<&'a Pin>,
    /// The PIN that the consumption device sent.
    pub pin: Given<'a>,
    /// Whether the person read what a scam looks like.
    pub warned: bool,
    /// Where the consumption device was when it asked.
    pub initiating: Whereabouts,
    /// Where the authorization device is.
    pub deciding: Whereabouts,
    /// What the QR code proved by which the request was opened.
    pub qr: QrEvidence,
    /// What kind of QR code the consumption device can draw, at initiation; absent where none is drawn.
    pub qr_offered: Option<QrKind>,
    /// Who the consumption device proved to be.
    pub device: DeviceIdentity,
    /// What the consumption device says it is.
    pub device_kind: Option<DeviceKind>,
    /// Who signed in on the consumption device before it asked.
    pub initiator: Option<Initiator>,
    /// What went wrong with this request before, and lately with its client, device or address.
    pub signals: &'a [Signal],
    /// What the person was asked lately, where a request is sent to one.
    pub fatigue: Option<Fatigue>,
    /// Whose quiet hours count for this request.
    pub quiet_times: &'a [QuietTime],
}

impl Facts<'_> {
    /// Facts of which nothing is known but the time.
    pub const fn at(now: Timestamp) -> Self {
        const NOWHERE: Whereabouts = Whereabouts { address: None, place: None, coordinates: None };
        Facts {
            now,
            request: None,
            wanted_code_lifetime: Duration::MAX,
            code: CodeUse { presentations: 0, first: None, presenting: None, freshness: Freshness::New },
            attempts: &[],
            sender: Sender { proof: None, certificate: None, pinned: None, demand: SenderDemand::None },
            context: ContextShown::No,
            number: Given::Nothing,
            binding: Given::Nothing,
            binding_sent: false,
            pin_due: None,
            pin: Given::Nothing,
            warned: false,
            initiating: NOWHERE,
            deciding: NOWHERE,
            qr: QrEvidence::NotUsed,
            qr_offered: None,
            device: DeviceIdentity::Unknown,
            device_kind: None,
            initiator: None,
            signals: &[],
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

impl Attempt {
    /// What both limits together say.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exceeded { retry_after: one }, Self::Exceeded { retry_after: two }) => {
                Self::Exceeded { retry_after: one.max(two) }
            }
            (Self::Within, other) => other,
            (exceeded, Self::Within) => exceeded,
        }
    }
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

/// What somebody gave, if anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// Nothing.
    Nothing,
    /// This text.
    Text(&'a str),
}

impl std::fmt::Debug for Given<'_> {
    /// Without the text: it may be a PIN, or what a person typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Text(_) => "Text(..)",
        })
    }
}

impl<'a> From<Option<&'a str>> for Given<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }
}

/// What the QR code proved by which a request was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QrEvidence {
    /// The request was opened by a typed code or a plain address.
    NotUsed,
    /// What the address carried holds.
    Holds {
        /// It carried a signed statement of where and when it was drawn, and as the server signed it.
        signed: bool,
        /// It was drawn in the last seconds.
        living: bool,
    },
    /// What the address carried is forged, moved or dead.
    Rejected,
}
