//! From which networks did requests come lately that were misused?

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tandem_core::crossing::Crossing;
use tandem_core::mitigations::Signal;
use tandem_core::time::Timestamp;

/// For how long the network of a device is under suspicion after a request from there was misused.
const LATELY: Duration = Duration::from_mins(10);
/// How many networks are under suspicion at most; more are not noticed until some are forgotten.
const MOST_ORIGINS: usize = 10_000;

/// The networks under suspicion.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// How many there are: most servers, most of the time, none.
    count: AtomicUsize,
    known: Mutex<HashMap<IpAddr, Origin>>,
}

/// A network from which misused requests came.
#[derive(Debug)]
struct Origin {
    signals: Vec<Signal>,
    last: Timestamp,
}

impl Origins {
    /// Remembers from where the request came that was misused. What people do who typed their code again says nothing of
    /// the device.
    pub(super) fn suspect(&self, crossing: &Crossing, signal: Signal, at: Timestamp, now: Timestamp) {
        let Some(request) = crossing.request() else { return };
        if matches!(signal, Signal::CodeRepeated | Signal::CodeSpent) || at.plus(LATELY) <= now {
            return;
        }
        let mut origins = self.known.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.count.store(origins.len(), Relaxed);
    }

    /// The signs of requests from this network.
    pub(super) fn lately(&self, address: IpAddr, now: Timestamp) -> Vec<Signal> {
        if self.count.load(Relaxed) == 0 {
            return Vec::new();
        }
        let mut origins = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network(address);
        match origins.get(&network) {
            Some(origin) if now < origin.last.plus(LATELY) => origin.signals.clone(),
            Some(_) => {
                origins.remove(&network);
                self.count.store(origins.len(), Relaxed);
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

/// An IPv6 household is its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}
