//! How much may go on at once, in all and for each host or person?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// From so many keys on, those that nobody uses are forgotten first.
const MANY_KEYS: usize = 256;

/// Lets a few in at once. Who has a turn for a key waits for a turn in all, not the other way round: a slow host holds
/// up nobody but those who want the same.
#[derive(Debug)]
pub struct Gate {
    all: Arc<Semaphore>,
    per_key: usize,
    keys: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _key: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    /// At most `all` at once, and `per_key` for one key.
    pub fn new(all: usize, per_key: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), per_key, keys: Mutex::default() }
    }

    /// Waits for a turn. `None` cannot happen: the gate is never closed.
    pub async fn enter(&self, key: &str) -> Option<Turn> {
        let key = self.of(key).acquire_owned().await.ok()?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn { _key: key, _all: all })
    }

    fn of(&self, key: &str) -> Arc<Semaphore> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = keys.get(key).and_then(Weak::upgrade) {
            return known;
        }
        if keys.len() >= MANY_KEYS {
            keys.retain(|_, turns| turns.strong_count() > 0);
        }
        let fresh = Arc::new(Semaphore::new(self.per_key));
        keys.insert(key.to_owned(), Arc::downgrade(&fresh));
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether somebody could enter now.
    async fn is_open(gate: &Gate, key: &str) -> bool {
        tokio::select! {
            biased;
            turn = gate.enter(key) => turn.is_some(),
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn each_key_and_all_together_have_their_bounds() {
        let gate = Gate::new(3, 2);
        let first = gate.enter("a").await.unwrap();
        let _second = gate.enter("a").await.unwrap();
        assert!(!is_open(&gate, "a").await);
        assert!(is_open(&gate, "b").await);
        let _third = gate.enter("b").await.unwrap();
        assert!(!is_open(&gate, "b").await, "three in all");
        drop(first);
        assert!(is_open(&gate, "b").await);
        assert!(is_open(&gate, "a").await);
    }

    #[tokio::test]
    async fn unused_keys_are_forgotten() {
        let gate = Gate::new(3, 2);
        let _kept = gate.enter("kept").await.unwrap();
        for key in 0..10 * MANY_KEYS {
            drop(gate.enter(&key.to_string()).await);
        }
        let keys = gate.keys.lock().unwrap();
        assert!(keys.len() <= MANY_KEYS && keys.contains_key("kept"));
    }
}
