//! How many calls may wait for tokens: in all, and of one stream?

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How many calls wait at a time.
const ALL: usize = 512;
/// How many of them may be one stream's. A receiver needs one, and one more while it goes over to another process.
const OF_ONE: usize = 4;

/// Who waits, by stream.
static WAITING: Mutex<Option<HashMap<String, usize>>> = Mutex::new(None);

/// A place among those who wait; it is free again when this is dropped.
pub(super) struct Place(String);

impl Place {
    /// A place for a call of this stream, if there is one. Whoever gets none is answered with what there is.
    pub fn take(stream_id: &str) -> Option<Self> {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = waiting.get_or_insert_with(HashMap::new);
        let own = waiting.get(stream_id).copied().unwrap_or_default();
        if own >= OF_ONE || waiting.values().sum::<usize>() >= ALL {
            return None;
        }
        waiting.insert(stream_id.to_owned(), own + 1);
        Some(Self(stream_id.to_owned()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = waiting.as_mut() else { return };
        match waiting.get_mut(&self.0) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(waiting.remove(&self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stream_leaves_places_for_the_others() {
        let places: Vec<_> = (0..ALL).map_while(|_| Place::take("greedy")).collect();
        assert_eq!(places.len(), OF_ONE);
        let other = Place::take("other");
        assert!(other.is_some());
        drop((places, other));
        assert!(Place::take("greedy").is_some());
        assert!(WAITING.lock().unwrap().as_ref().unwrap().get("other").is_none(), "nothing is kept of it");
    }
}
