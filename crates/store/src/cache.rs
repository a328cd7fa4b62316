//! What was read lately, so that the next reader need not wait for the disk?

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 16;

/// A bounded map in front of a table. Writers put in what they committed; readers fill in what they missed, unless
/// somebody wrote meanwhile. Two generations: what nobody asked for during a whole generation goes with the old one.
pub struct Cache<K, V> {
    shards: [Mutex<Shard<K, V>>; SHARDS],
    hasher: RandomState,
    generation_size: usize,
}

struct Shard<K, V> {
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
    /// Grows with every write: a reader that began before it read what was.
    epoch: u64,
}

/// When a reader began.
#[derive(Debug, Clone, Copy)]
pub struct Epoch(u64);

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    /// A cache of about `capacity` entries.
    pub fn new(capacity: usize) -> Self {
        let shard = || Mutex::new(Shard { young: HashMap::new(), old: HashMap::new(), epoch: 0 });
        Self {
            shards: std::array::from_fn(|_| shard()),
            hasher: RandomState::new(),
            generation_size: (capacity / SHARDS / 2).max(1),
        }
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> MutexGuard<'_, Shard<K, V>> {
        let index = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        let [first, ..] = &self.shards;
        self.shards.get(index).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of `key`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let mut shard = self.shard(key);
        if let Some(value) = shard.young.get(key) {
            return Some(Arc::clone(value));
        }
        let (key, value) = shard.old.remove_entry(key)?;
        shard.insert(key, Arc::clone(&value), self.generation_size);
        Some(value)
    }

    /// Before reading from the database: what [`Cache::fill`] wants to know.
    pub fn epoch<Q: Hash + ?Sized>(&self, key: &Q) -> Epoch {
        Epoch(self.shard(key).epoch)
    }

    /// After reading from the database. Does nothing if somebody wrote since: what was read may be what was.
    pub fn fill(&self, key: K, value: Arc<V>, since: Epoch) {
        let mut shard = self.shard(&key);
        if shard.epoch == since.0 {
            shard.insert(key, value, self.generation_size);
        }
    }

    /// After a commit: this is what is.
    pub fn publish(&self, key: K, value: Arc<V>) {
        let mut shard = self.shard(&key);
        shard.epoch += 1;
        shard.old.remove(&key);
        shard.insert(key, value, self.generation_size);
    }

    /// Changes what is known of `key`, if anything is. For what need not be durable.
    pub fn amend<Q: Hash + Eq + ?Sized>(&self, key: &Q, change: impl FnOnce(&V) -> V)
    where
        K: Borrow<Q>,
    {
        let mut shard = self.shard(key);
        let Shard { young, old, .. } = &mut *shard;
        if let Some(value) = young.get_mut(key).or_else(|| old.get_mut(key)) {
            *value = Arc::new(change(value));
        }
    }

    /// After a commit: what was known of `key` no longer holds.
    pub fn forget<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let mut shard = self.shard(key);
        shard.epoch += 1;
        shard.young.remove(key);
        shard.old.remove(key);
    }

    /// Nothing that was known may hold.
    pub fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.epoch += 1;
            shard.young.clear();
            shard.old.clear();
        }
    }
}

impl<K: Eq + Hash, V> Shard<K, V> {
    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    fn insert(&mut self, key: K, value: Arc<V>, generation_size: usize) {
        if self.young.len() >= generation_size {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_its_bound_and_keeps_what_is_asked_for() {
        let cache = Cache::new(16 * 2 * 4);
        for n in 0..10_000_u32 {
            cache.publish(n, Arc::new(n));
            assert_eq!(cache.get(&n).as_deref(), Some(&n));
            cache.publish(u32::MAX, Arc::new(7));
        }
        let kept: usize = cache.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= 16 * 2 * 4, "{kept}");
        assert_eq!(cache.get(&u32::MAX).as_deref(), Some(&7));
        assert_eq!(cache.get(&0), None);
    }

    #[test]
    fn a_slow_reader_cannot_bring_back_what_was() {
        let cache = Cache::new(64);
        let before = cache.epoch(&1);
        cache.publish(1, Arc::new("new"));
        cache.forget(&1);
        cache.fill(1, Arc::new("old"), before);
        assert_eq!(cache.get(&1), None);
        let after = cache.epoch(&1);
        cache.fill(1, Arc::new("now"), after);
        assert_eq!(cache.get(&1).as_deref(), Some(&"now"));
        let before = cache.epoch(&1);
        cache.clear();
        cache.fill(1, Arc::new("old"), before);
        assert_eq!(cache.get(&1), None);
    }
}
