//! What went wrong with which request, so that every mitigation hears of it? (BCP 6.1.5, 6.1.6)
//!
//! A mitigation raises a [`Signal`]: it becomes a security event, a count and a log line, and stays with its crossing for
//! as long as that lives, where the next checkpoint finds it in `Facts.signals`. A restart reads it back from the record.
//! The same signal of the same crossing from the same address is recorded once, however often it comes.

use crate::app::App;
use crate::config::RateLimit;
use crate::edge::metrics;
use crate::rate_limits::{Caller, RateLimiter, Salt};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::{Policy, Signal};
use tandem_core::time::Timestamp;
use tandem_store::{SecurityEvent, Store, StoreError};

/// So many different signs are recorded of one crossing; more of them only count.
const MOST_OF_A_CROSSING: usize = 16;
/// When so many crossings are remembered, those that are gone are looked for; then at twice as many.
const FIRST_SWEEP: usize = 1024;
/// For how long the network of a device is under suspicion after a request from there was misused.
const LATELY: Duration = Duration::from_mins(10);
/// How many networks are under suspicion at most; more are not noticed until some are forgotten.
const MOST_ORIGINS: usize = 10_000;
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

/// The signs of all crossings that live.
#[derive(Debug)]
pub struct Signals {
    /// How many crossings have one: most servers, most of the time, none.
    crossings: AtomicUsize,
    seen: Mutex<Seen>,
    /// How many networks are under suspicion.
    suspects: AtomicUsize,
    origins: Mutex<HashMap<IpAddr, Origin>>,
    strays: RateLimiter,
}

#[derive(Debug)]
struct Seen {
    of: HashMap<CrossingId, Vec<(Signal, Option<IpAddr>)>>,
    sweep_at: usize,
}

/// A network from which misused requests came.
#[derive(Debug)]
struct Origin {
    signals: Vec<Signal>,
    last: Timestamp,
}

/// Whether a sign was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It is new, and worth a record.
    New,
    /// It was recorded before.
    Known,
}

impl Signals {
    /// What the record tells of crossings that live, and of those that ended within `memory`.
    pub async fn load(
        store: &Store,
        memory: Duration,
        salt: Salt,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let signals = Self::empty(salt);
        for event in store.events_of_crossings_since(now.minus(memory + LONGEST_LIFE)).await? {
            let signal = Signal::ALL.into_iter().find(|signal| signal.as_str() == event.kind);
            let Some((signal, crossing)) = signal.zip(event.crossing) else { continue };
            // Each single miss has this word in the record; the sign, that it was one too many, ends the crossing itself.
            let miss = matches!(signal, Signal::NumberMissed | Signal::PinMissed | Signal::BindingMissed);
            let Some(crossing) = store.crossing(crossing).filter(|_| !miss) else { continue };
            signals.remember(crossing.id(), signal, event.address);
            signals.suspect(&crossing, signal, event.at, now);
        }
        Ok(signals)
    }

    fn empty(salt: Salt) -> Self {
        Self {
            crossings: AtomicUsize::new(0),
            seen: Mutex::new(Seen { of: HashMap::new(), sweep_at: FIRST_SWEEP }),
            suspects: AtomicUsize::new(0),
            origins: Mutex::default(),
            strays: RateLimiter::new("signals", WITHOUT_CROSSING, salt),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, crossing: CrossingId, signal: Signal, address: Option<IpAddr>) -> Novelty {
        let mut seen = self.lock();
        let signs = seen.of.entry(crossing).or_default();
        let known = signs.contains(&(signal, address));
        // A sign of a kind that is not known yet always finds room: policy may wait for it.
        if known || (signs.len() >= MOST_OF_A_CROSSING && signs.iter().any(|(other, _)| *other == signal)) {
            return Novelty::Known;
        }
        signs.push((signal, address));
        self.crossings.store(seen.of.len(), Relaxed);
        Novelty::New
    }

    fn of(&self, crossing: CrossingId) -> Vec<Signal> {
        if self.crossings.load(Relaxed) == 0 {
            return Vec::new();
        }
        let mut signals = Vec::new();
        for (signal, _) in self.lock().of.get(&crossing).into_iter().flatten() {
            if !signals.contains(signal) {
                signals.push(*signal);
            }
        }
        signals
    }

    /// Remembers from where the request came that was misused. What people do who typed their code again says nothing of
    /// the device.
    fn suspect(&self, crossing: &Crossing, signal: Signal, at: Timestamp, now: Timestamp) {
        let Some(request) = crossing.request() else { return };
        if matches!(signal, Signal::CodeRepeated | Signal::CodeSpent) || at.plus(LATELY) <= now {
            return;
        }
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if origins.len() >= MOST_ORIGINS {
            origins.retain(|_, origin| now < origin.last.plus(LATELY));
        }
        let network = network(request.device.address);
        if origins.len() < MOST_ORIGINS || origins.contains_key(&network) {
            let origin = origins.entry(network).or_insert(Origin { signals: Vec::new(), last: at });
            origin.last = origin.last.max(at);
            if !origin.signals.contains(&signal) {
                origin.signals.push(signal);
            }
        }
        self.suspects.store(origins.len(), Relaxed);
    }

    fn lately(&self, address: IpAddr, now: Timestamp) -> Vec<Signal> {
        if self.suspects.load(Relaxed) == 0 {
            return Vec::new();
        }
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network(address);
        match origins.get(&network) {
            Some(origin) if now < origin.last.plus(LATELY) => origin.signals.clone(),
            Some(_) => {
                origins.remove(&network);
                self.suspects.store(origins.len(), Relaxed);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Forgets crossings that are gone, whenever their number has doubled. The store is asked without the lock: a
    /// checkpoint asks for signals under the lock of its crossing.
    fn sweep(&self, lives: impl Fn(CrossingId) -> bool) {
        let seen = self.lock();
        if seen.of.len() < seen.sweep_at {
            return;
        }
        let all: Vec<_> = seen.of.keys().copied().collect();
        drop(seen);
        let gone: Vec<_> = all.into_iter().filter(|crossing| !lives(*crossing)).collect();
        let mut seen = self.lock();
        for crossing in gone {
            seen.of.remove(&crossing);
        }
        seen.sweep_at = (seen.of.len() * 2).max(FIRST_SWEEP);
        self.crossings.store(seen.of.len(), Relaxed);
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
            let novelty = signals.remember(crossing.id(), signal, raised.address);
            if novelty == Novelty::New {
                signals.suspect(&crossing, signal, now, now);
            }
            signals.sweep(|crossing| app.store.crossing(crossing).is_some());
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
    app.signals.lately(address, now)
}

/// An IPv6 household is its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

/// The signs of this crossing, each once: for `Facts.signals`.
pub fn of(app: &App, crossing: CrossingId) -> Vec<Signal> {
    app.signals.of(crossing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_core::digest::MacKey;

    fn empty() -> Signals {
        Signals::empty(Salt::of(&MacKey::new(&[7; 32])))
    }

    fn id(n: u8) -> CrossingId {
        CrossingId::from_bytes([n; 16])
    }

    const fn from(n: u8) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, n))
    }

    #[test]
    fn a_sign_is_new_once_for_each_address_and_told_once() {
        let signals = empty();
        assert!(signals.of(id(1)).is_empty());
        assert_eq!(signals.remember(id(1), Signal::CodeRepeated, Some(from(1))), Novelty::New);
        assert_eq!(signals.remember(id(1), Signal::CodeRepeated, Some(from(1))), Novelty::Known);
        assert_eq!(signals.remember(id(1), Signal::CodeRepeated, Some(from(2))), Novelty::New);
        assert_eq!(signals.remember(id(2), Signal::CodeRepeated, Some(from(2))), Novelty::New);
        assert_eq!(signals.of(id(1)), [Signal::CodeRepeated]);
        assert!(signals.of(id(3)).is_empty());
    }

    #[test]
    fn many_addresses_do_not_crowd_out_another_sign() {
        let signals = empty();
        let new = (0..=255)
            .filter(|n| signals.remember(id(1), Signal::CodeRepeated, Some(from(*n))) == Novelty::New);
        assert_eq!(new.count(), MOST_OF_A_CROSSING);
        assert_eq!(signals.remember(id(1), Signal::CodeFiltered, None), Novelty::New);
        assert_eq!(signals.of(id(1)), [Signal::CodeRepeated, Signal::CodeFiltered]);
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let signals = empty();
        let many = u16::try_from(FIRST_SWEEP).unwrap();
        let name = |n: u16| {
            let mut bytes = [0; 16];
            bytes[..2].copy_from_slice(&n.to_be_bytes());
            CrossingId::from_bytes(bytes)
        };
        for n in 0..many {
            signals.remember(name(n), Signal::CodeSpent, None);
            signals.sweep(|crossing| crossing == name(7));
        }
        assert_eq!(signals.of(name(7)), [Signal::CodeSpent]);
        assert!(signals.of(name(8)).is_empty());
        assert_eq!(signals.lock().of.len(), 1);
    }
}
