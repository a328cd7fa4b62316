//! Whose tokens are taken, and under which name? `[ssf_receiver]`, read.

use crate::config::{Config, SsfReceiverMode, SsfTransmitter};
use crate::published_keys::KeySource;
use crate::rate_limits::{Caller, RateLimiter, Salt};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::jose::JwkError;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::shared_signals::received::TrustedTransmitter;
use tandem_core::time::Timestamp;
use tandem_store::Handling;

/// The transmitters, and how often they may send.
#[derive(Debug)]
pub struct Receiver {
    transmitters: Vec<Transmitter>,
    /// How long ago the token of the most patient of them may have been issued.
    longest_age: Duration,
    receive_address: RateLimiter,
    receive_transmitter: RateLimiter,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Transmitter {
    /// The last part of its address.
    pub name: Arc<str>,
    /// How it is recognised, and what it may do.
    pub trusted: TrustedTransmitter,
    /// Where its keys are.
    pub keys: KeySource,
    /// Whether it does it.
    pub handling: Handling,
    /// The header that it sends, by its digest.
    authorization: Option<Digest>,
}

/// Why a transmitter cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("ssf_receiver.transmitters {name}: {error}")]
pub struct TransmitterError {
    name: String,
    error: JwkError,
}

impl Receiver {
    /// The transmitters of the configuration.
    pub fn new(config: &Config, salt: Salt) -> Result<Self, TransmitterError> {
        let receiver = &config.ssf_receiver;
        let read = |transmitter| Transmitter::read(transmitter, config.issuer.as_str());
        let transmitters: Vec<Transmitter> =
            receiver.transmitters.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self {
            longest_age: transmitters.iter().map(|each| each.trusted.max_age).max().unwrap_or_default(),
            transmitters,
            receive_address: RateLimiter::new("receive_address", receiver.receive_address, salt),
            receive_transmitter: RateLimiter::new("receive_transmitter", receiver.receive_transmitter, salt),
        })
    }

    pub(super) fn find(&self, name: &str) -> Option<&Transmitter> {
        self.transmitters.iter().find(|transmitter| &*transmitter.name == name)
    }

    /// Until when a token must be remembered: its name for as long as its own transmitter may send it again, and what it said
    /// of a device for as long as any other may come with something older.
    pub(super) fn remembered_until(&self, transmitter: &Transmitter, forget_at: Timestamp) -> Timestamp {
        forget_at.plus(self.longest_age.saturating_sub(transmitter.trusted.max_age))
    }

    pub(super) fn take_of_address(&self, address: IpAddr, now: Timestamp) -> Attempt {
        self.receive_address.take(&Caller::Address(address), now)
    }

    /// To be asked once it is certain who sends: a stranger must not use up what a transmitter may send.
    pub(super) fn take_of_transmitter(&self, transmitter: &Transmitter, now: Timestamp) -> Attempt {
        self.receive_transmitter.take(&Caller::Name(&transmitter.name), now)
    }
}

impl Transmitter {
    fn read(transmitter: &SsfTransmitter, issuer: &str) -> Result<Self, TransmitterError> {
        let keys = KeySource::read(transmitter.jwks.as_ref(), transmitter.jwks_uri.as_ref())
            .map_err(|error| TransmitterError { name: transmitter.name.clone(), error })?;
        let audiences = match transmitter.audience.as_slice() {
            [] => vec![issuer.to_owned()],
            names => names.to_vec(),
        };
        let digest = |secret: &crate::config::Secret| Digest::of(secret.expose().as_bytes());
        Ok(Self {
            name: transmitter.name.as_str().into(),
            trusted: TrustedTransmitter {
                issuer: transmitter.issuer.clone(),
                audiences,
                max_age: Duration::from_secs(transmitter.max_age.into()),
                subjects: transmitter.subjects.clone(),
                effects: transmitter.effects.clone(),
            },
            keys,
            handling: match transmitter.mode {
                SsfReceiverMode::Act => Handling::Act,
                SsfReceiverMode::DryRun => Handling::DryRun,
            },
            authorization: transmitter.authorization.as_ref().map(digest),
        })
    }

    /// Whether this is the header that was agreed upon; in constant time, since digests compare so. Where none was, none
    /// is looked at.
    pub fn knows(&self, authorization: Option<&[u8]>) -> bool {
        match (self.authorization, authorization) {
            (None, _) => true,
            (Some(agreed), Some(sent)) => agreed == Digest::of(sent),
            (Some(_), None) => false,
        }
    }
}
