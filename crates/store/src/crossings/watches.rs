//! Who waits for a change, and how are they woken without a task, a poll or a list of everybody?

use crate::shards::{DigestKey, DigestMap, Shards};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::watch;

/// What somebody watches; made for the first watcher, gone with the last.
struct Watched {
    changes: watch::Sender<()>,
    watchers: usize,
}

/// Everything that somebody watches.
#[derive(Default)]
pub struct Watches {
    watched: Shards<DigestMap<Watched>>,
    /// How many things somebody watches. Whoever watches counts here before they look, and looking takes the lock under
    /// which changes are published: who publishes and finds nobody has nobody to wake.
    count: AtomicUsize,
}

/// One watcher of one thing.
pub struct Watch {
    watches: Arc<Watches>,
    key: DigestKey,
    changes: watch::Receiver<()>,
}

impl Watches {
    /// Watches what has this key, from now on.
    pub fn watch(self: &Arc<Self>, key: DigestKey) -> Watch {
        let mut shard = self.watched.of(&key);
        let watched = shard.entry(key).or_insert_with(|| {
            self.count.fetch_add(1, Relaxed);
            Watched { changes: watch::Sender::new(()), watchers: 0 }
        });
        watched.watchers += 1;
        Watch { watches: Arc::clone(self), key, changes: watched.changes.subscribe() }
    }

    /// It changed: wakes who watches it. To be called after the change can be seen.
    pub fn wake(&self, key: DigestKey) {
        if self.count.load(Relaxed) == 0 {
            return;
        }
        let changes = self.watched.of(&key).get(&key).map(|watched| watched.changes.clone());
        // Without the lock: who is woken may be somebody who goes.
        if let Some(changes) = changes {
            changes.send_replace(());
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.watched.each().map(|shard| shard.len()).sum()
    }
}

impl Watch {
    /// Resolves once it changed since the watch began, or since this last resolved. Many changes count as one.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // The sender lives as long as its watchers do.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut shard = self.watches.watched.of(&self.key);
        let Some(watched) = shard.get_mut(&self.key) else { return };
        watched.watchers -= 1;
        if watched.watchers == 0 {
            shard.remove(&self.key);
            self.watches.count.fetch_sub(1, Relaxed);
            crate::shards::shrink(&mut shard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Waker};
    use tandem_core::digest::Digest;

    fn key(n: u32) -> DigestKey {
        DigestKey::of(Digest::of(&n.to_be_bytes()))
    }

    fn is_woken(watch: &mut Watch) -> bool {
        pin!(watch.changed()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_change_wakes_its_watchers_once_and_nobody_else() {
        let watches = Arc::<Watches>::default();
        let mut all: Vec<_> = (0..10_000).map(|n| watches.watch(key(n))).collect();
        let mut second = watches.watch(key(7));
        assert_eq!(watches.len(), 10_000);
        assert!(!is_woken(&mut second), "what was before is not news");
        watches.wake(key(7));
        watches.wake(key(7));
        watches.wake(key(10_001));
        let woken: Vec<_> = (0..).zip(&mut all).filter_map(|(n, one)| is_woken(one).then_some(n)).collect();
        assert_eq!(woken, [7]);
        assert!(is_woken(&mut second) && !is_woken(&mut second));
    }

    #[test]
    fn nothing_is_left_of_a_watch_when_the_last_watcher_goes() {
        let watches = Arc::<Watches>::default();
        let first = watches.watch(key(1));
        let mut second = watches.watch(key(1));
        drop(first);
        watches.wake(key(1));
        assert!(is_woken(&mut second), "the other one went, this one did not");
        let other = watches.watch(key(2));
        drop(second);
        assert_eq!((watches.len(), watches.count.load(Relaxed)), (1, 1));
        drop(other);
        assert_eq!((watches.len(), watches.count.load(Relaxed)), (0, 0));
        let capacity: usize = watches.watched.each().map(|shard| shard.capacity()).sum();
        assert!(capacity < 64 * 64, "{capacity}");
    }

    #[test]
    fn a_thousand_who_come_and_go_at_once_leave_nothing() {
        let watches = Arc::<Watches>::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for n in 0..1000 {
                        let watch = watches.watch(key(n % 3));
                        watches.wake(key(n % 3));
                        drop(watch);
                    }
                });
            }
        });
        assert_eq!((watches.len(), watches.count.load(Relaxed)), (0, 0));
    }
}
