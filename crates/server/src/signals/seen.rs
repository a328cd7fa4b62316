//! Which signs of misuse does each crossing have that lives?

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::Signal;

/// So many different signs are recorded of one crossing; more of them only count.
const MOST_OF_A_CROSSING: usize = 16;
/// When so many crossings are remembered, those that are gone are looked for; then at twice as many.
const FIRST_SWEEP: usize = 1024;

/// The signs of all crossings that live.
#[derive(Debug)]
pub(super) struct Seen {
    /// How many crossings have one: most servers, most of the time, none.
    count: AtomicUsize,
    signs: Mutex<Signs>,
}

#[derive(Debug)]
struct Signs {
    of: HashMap<CrossingId, Vec<(Signal, Option<IpAddr>)>>,
    sweep_at: usize,
}

/// Whether a sign was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It is new, and worth a record.
    New,
    /// It was recorded before.
    Known,
}

impl Seen {
    pub(super) fn empty() -> Self {
        let signs = Signs { of: HashMap::new(), sweep_at: FIRST_SWEEP };
        Self { count: AtomicUsize::new(0), signs: Mutex::new(signs) }
    }

    fn lock(&self) -> MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a sign, if it is new.
    pub(super) fn remember(&self, crossing: CrossingId, signal: Signal, address: Option<IpAddr>) -> Novelty {
        let mut seen = self.lock();
        let signs = seen.of.entry(crossing).or_default();
        let known = signs.contains(&(signal, address));
        // A sign of a kind that is not known yet always finds room: policy may wait for it.
        if known || (signs.len() >= MOST_OF_A_CROSSING && signs.iter().any(|(other, _)| *other == signal)) {
            return Novelty::Known;
        }
        signs.push((signal, address));
        self.count.store(seen.of.len(), Relaxed);
        Novelty::New
    }

    /// The signs of this crossing, each once.
    pub(super) fn of(&self, crossing: CrossingId) -> Vec<Signal> {
        if self.count.load(Relaxed) == 0 {
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

    /// Forgets crossings that are gone, whenever their number has doubled. The store is asked without the lock: a
    /// checkpoint asks for signals under the lock of its crossing.
    pub(super) fn sweep(&self, lives: impl Fn(CrossingId) -> bool) {
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
        self.count.store(seen.of.len(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> CrossingId {
        CrossingId::from_bytes([n; 16])
    }

    const fn from(n: u8) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, n))
    }

    #[test]
    fn a_sign_is_new_once_for_each_address_and_told_once() {
        let signals = Seen::empty();
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
        let signals = Seen::empty();
        let new = (0..=255)
            .filter(|n| signals.remember(id(1), Signal::CodeRepeated, Some(from(*n))) == Novelty::New);
        assert_eq!(new.count(), MOST_OF_A_CROSSING);
        assert_eq!(signals.remember(id(1), Signal::CodeFiltered, None), Novelty::New);
        assert_eq!(signals.of(id(1)), [Signal::CodeRepeated, Signal::CodeFiltered]);
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let signals = Seen::empty();
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
