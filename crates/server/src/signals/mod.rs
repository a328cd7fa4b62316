//! What went wrong with which request, so that every mitigation hears of it? (BCP 6.1.5, 6.1.6)
//!
//! A mitigation raises a [`Signal`]: it becomes a security event, a count and a log line, and stays with its crossing for
//! as long as that lives, where the next checkpoint finds it in `Facts.signals`. A restart reads it back from the record.
//! The same signal of the same crossing from the same address is recorded once, however often it comes.

mod origins;
mod seen;

pub use seen::Novelty;

use crate::app::App;
use crate::config::RateLimit;
use crate::edge::metrics;
use crate::rate_limits::{Caller, RateLimiter, Salt};
use origins::Origins;
use seen::Seen;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::{Policy, Signal};
use tandem_core::time::Timestamp;
use tandem_store::{SecurityEvent, Store, StoreError};

/// The longest that a crossing takes from its beginning to its end, generously.
const LONGEST_LIFE: Duration = Duration::from_hours(2);
/// How often a sign without a crossing is recorded, of one client, person and address.
const WITHOUT_CROSSING: RateLimit = RateLimit::of(5, 1);

/// What a sign of misuse concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raised {
    /// The request.
    pub crossing: Option<CrossingId>,
    /// The client.
    pub client_id: Option<Arc<str>>,
    /// The person.
    pub sub: Option<Arc<str>>,
    /// Who did it, by address.
    pub address: Option<IpAddr>,
    /// More, for people. Never a secret or a code.
    pub detail: Option<String>,
}

/// The signs of all crossings that live, and where they came from.
#[derive(Debug)]
pub struct Signals {
    seen: Seen,
    origins: Origins,
    strays: RateLimiter,
}

impl Signals {
    /// What the record tells of crossings that live, and of those that ended within `memory`.
    pub async fn load(
        store: &Store,
        memory: Duration,
        salt: Salt,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let strays = RateLimiter::new("signals", WITHOUT_CROSSING, salt);
        let signals = Self { seen: Seen::empty(), origins: Origins::default(), strays };
        for event in store.events_of_crossings_since(now.minus(memory + LONGEST_LIFE)).await? {
            let signal = Signal::ALL.into_iter().find(|signal| signal.as_str() == event.kind);
            let Some((signal, crossing)) = signal.zip(event.crossing) else { continue };
            // Each single miss has this word in the record; the sign, that it was one too many, ends the crossing itself.
            let miss = matches!(signal, Signal::NumberMissed | Signal::PinMissed | Signal::BindingMissed);
            let Some(crossing) = store.crossing(crossing).filter(|_| !miss) else { continue };
            signals.seen.remember(crossing.id(), signal, event.address);
            signals.origins.suspect(&crossing, signal, event.at, now);
        }
        Ok(signals)
    }
}

/// A mitigation noticed a sign of misuse. It counts at once; its record is on disk when this returns. A record that
/// cannot be written is logged: the sign counts all the same.
pub async fn raise(app: &App, signal: Signal, raised: &Raised, now: Timestamp) {
    if note(app, signal, raised, now) == Novelty::New {
        record(app, signal, raised, now).await;
    }
}

/// The same behind the back of whoever caused it: the sign counts at once, and its record does not delay the answer.
pub fn raise_behind(app: &Arc<App>, signal: Signal, raised: Raised, now: Timestamp) {
    if note(app, signal, &raised, now) == Novelty::New {
        let app = Arc::clone(app);
        tokio::spawn(async move { record(&app, signal, &raised, now).await });
    }
}

async fn record(app: &App, signal: Signal, raised: &Raised, now: Timestamp) {
    if let Err(error) = app.store.record_event(event(signal, raised, now)).await {
        tracing::error!(%error, signal = signal.as_str(), "a sign of misuse could not be recorded");
    }
}

/// The same where the record is written along with a transition (see [`event`]): remembers, counts and logs. Never
/// within a transition: it looks at the crossing.
pub fn note(app: &App, signal: Signal, raised: &Raised, now: Timestamp) -> Novelty {
    metrics::signal(signal.as_str());
    let signals = &app.signals;
    let novelty = match raised.crossing.and_then(|crossing| app.store.crossing(crossing)) {
        Some(crossing) => {
            let novelty = signals.seen.remember(crossing.id(), signal, raised.address);
            if novelty == Novelty::New {
                signals.origins.suspect(&crossing, signal, now, now);
            }
            signals.seen.sweep(|crossing| app.store.crossing(crossing).is_some());
            novelty
        }
        None => stray(signals, signal, raised, now),
    };
    if novelty == Novelty::New {
        let Raised { crossing, client_id, address, .. } = raised;
        tracing::warn!(
            signal = signal.as_str(),
            crossing = crossing.map(tracing::field::display),
            ?client_id,
            ?address,
            "a sign of misuse"
        );
    }
    novelty
}

/// A sign of no crossing that lives: a flood of them fills neither record nor log.
fn stray(signals: &Signals, signal: Signal, raised: &Raised, now: Timestamp) -> Novelty {
    let Raised { client_id, sub, address, .. } = raised;
    let whose = format!("{} {client_id:?} {sub:?} {address:?}", signal.as_str());
    match signals.strays.take(&Caller::Name(&whose), now) {
        Attempt::Within => Novelty::New,
        Attempt::Exceeded { .. } => Novelty::Known,
    }
}

/// The record of a sign.
pub fn event(signal: Signal, raised: &Raised, now: Timestamp) -> SecurityEvent {
    SecurityEvent {
        at: now,
        kind: signal.as_str().to_owned(),
        crossing: raised.crossing,
        sub: raised.sub.clone(),
        client_id: raised.client_id.clone(),
        address: raised.address,
        detail: raised.detail.clone(),
    }
}

/// The signs of requests that came from this network lately: for `Facts.signals` of a new one.
///
/// Not where policy knows that strangers share the network: one of them must not make trouble for all others.
pub fn lately(app: &App, policy: &Policy, address: IpAddr, now: Timestamp) -> Vec<Signal> {
    let shared = &policy.establish_proximity.shared_networks;
    if shared.iter().any(|network| network.contains(&address)) {
        return Vec::new();
    }
    app.signals.origins.lately(address, now)
}

/// The signs of this crossing, each once: for `Facts.signals`.
pub fn of(app: &App, crossing: CrossingId) -> Vec<Signal> {
    app.signals.seen.of(crossing)
}
