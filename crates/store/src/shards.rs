//! How is a large map of digests kept small and rarely contended?

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;

const SHARDS: usize = 64;

/// The first half of a digest, or the name of a crossing, as a key. Nobody can choose two that agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestKey([u8; 16]);

impl DigestKey {
    /// The key of a digest.
    pub fn of(digest: Digest) -> Self {
        Self(digest.as_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// The key of a crossing.
    pub const fn of_crossing(id: CrossingId) -> Self {
        Self(*id.as_bytes())
    }
}

impl Hash for DigestKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The second half: the name of a crossing begins with its time.
        state.write_u64(self.0.last_chunk().copied().map_or(0, u64::from_le_bytes));
    }
}

/// A digest is a hash already.
#[derive(Debug, Default)]
pub struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A map whose keys are digests.
pub type DigestMap<V> = HashMap<DigestKey, V, BuildHasherDefault<DigestHasher>>;

/// Several locks instead of one; which one is said by a byte of the key that its hash leaves alone.
pub struct Shards<T>([Mutex<T>; SHARDS]);

impl<T: Default> Default for Shards<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<T> Shards<T> {
    /// The shard of this key, locked.
    pub fn of(&self, key: &DigestKey) -> MutexGuard<'_, T> {
        let [_, _, _, _, _, _, _, byte, ..] = key.0;
        let [first, ..] = &self.0;
        let shard = self.0.get(usize::from(byte) % SHARDS).unwrap_or(first);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One after the other, locked.
    pub fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.0.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Gives back memory when most of a map is empty.
pub fn shrink<V>(map: &mut DigestMap<V>) {
    if map.capacity() > 64 && map.len() < map.capacity() / 4 {
        map.shrink_to(map.len() * 2);
    }
}
