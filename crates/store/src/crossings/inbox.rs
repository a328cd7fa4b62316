//! Which crossings wait for this person, and who wants to hear when that changes?

use super::watches::{Watch, Watches};
use super::{Crossings, DigestKey};
use crate::Store;
use crate::shards::{DigestMap, Shards};
use std::sync::{Arc, MutexGuard};
use tandem_core::crossing::{Crossing, CrossingId, Request};
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// Whose inbox: the digest of the subject identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person(DigestKey);

impl Person {
    /// This subject.
    pub fn of(sub: &str) -> Self {
        Self(DigestKey::of(Digest::of(sub.as_bytes())))
    }

    /// To whom a request was sent, if it was sent to anybody.
    pub fn asked(request: &Request) -> Option<Self> {
        request.addressee().map(|sub| Self::of(sub))
    }
}

/// A crossing that was sent to a person.
struct Item {
    crossing: CrossingId,
    /// Which came first.
    first_seq: u64,
    /// With the entry, it goes.
    expires_at: Timestamp,
}

/// What was sent to whom. A crossing that was not sent to anybody is not here and pays nothing.
#[derive(Default)]
pub struct Inboxes {
    items: Shards<DigestMap<Vec<Item>>>,
    persons: Arc<Watches>,
    crossings: Arc<Watches>,
}

/// The inbox of one person, which nobody else reads or changes meanwhile.
pub struct Inbox<'i> {
    person: Person,
    shard: MutexGuard<'i, DigestMap<Vec<Item>>>,
}

impl Inbox<'_> {
    /// What was sent to them, newest first.
    pub fn sent(&self) -> impl Iterator<Item = CrossingId> {
        self.shard.get(&self.person.0).into_iter().flatten().rev().map(|item| item.crossing)
    }

    /// A crossing was sent to them. Says to whom.
    pub fn add(mut self, crossing: CrossingId, first_seq: u64, expires_at: Timestamp) -> Person {
        let items = self.shard.entry(self.person.0).or_default();
        let place = items.partition_point(|item| item.first_seq < first_seq);
        items.insert(place, Item { crossing, first_seq, expires_at });
        self.person
    }
}

impl Inboxes {
    /// The inbox of this person, locked.
    pub fn lock(&self, person: Person) -> Inbox<'_> {
        Inbox { person, shard: self.items.of(&person.0) }
    }

    /// It was collected: it has forgotten what it was about, and nobody needs to find it here.
    pub fn remove(&self, person: Person, crossing: CrossingId) {
        let mut shard = self.items.of(&person.0);
        let Some(items) = shard.get_mut(&person.0) else { return };
        items.retain(|item| item.crossing != crossing);
        if items.is_empty() {
            shard.remove(&person.0);
            crate::shards::shrink(&mut shard);
        }
    }

    /// A crossing began or is in another state now. To be called after that can be seen, without any lock.
    pub fn wake(&self, crossing: CrossingId, person: Option<Person>) {
        self.crossings.wake(DigestKey::of_crossing(crossing));
        if let Some(person) = person {
            self.persons.wake(person.0);
        }
    }

    /// What was sent to this person, newest first.
    fn of(&self, person: Person) -> Vec<CrossingId> {
        self.lock(person).sent().collect()
    }

    /// Drops what left the memory: what is over, but for `kept`.
    pub fn sweep(&self, is_over: impl Fn(Timestamp) -> bool, kept: &[CrossingId]) {
        for mut shard in self.items.each() {
            shard.retain(|_, items| {
                items.retain(|item| !is_over(item.expires_at) || kept.contains(&item.crossing));
                !items.is_empty()
            });
            crate::shards::shrink(&mut shard);
        }
    }
}

/// Tells when something happens in a person's inbox; see [`Store::inbox_changed`].
pub struct InboxWatch(Watch);

/// Tells when something happens to a crossing; see [`Store::crossing_changed`].
pub struct CrossingWatch(Watch);

impl InboxWatch {
    /// Resolves once a crossing of this person began, or came into another state, since the watch began or this last
    /// resolved. Cancel safe.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}

impl CrossingWatch {
    /// Resolves once the crossing came into another state since the watch began or this last resolved. Cancel safe.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}

impl std::fmt::Debug for InboxWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InboxWatch").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CrossingWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CrossingWatch").finish_non_exhaustive()
    }
}

impl Crossings {
    fn sent_to(&self, person: Person) -> Vec<Crossing> {
        // One lock after the other: what goes between them is left out.
        self.inboxes.of(person).into_iter().filter_map(|id| self.get(id)).collect()
    }
}

impl Store {
    /// The committed states of the crossings that were sent to this person, newest first: waiting, answered and expired
    /// ones, until they are collected or swept.
    pub fn crossings_of(&self, sub: &str) -> Vec<Crossing> {
        self.shared().crossings.sent_to(Person::of(sub))
    }

    /// Watches a person's inbox. Watch first, then look: nothing can happen unseen between the two. The end of a
    /// request's time is no change, nor are polls and openings. Never resolves after the store was closed.
    pub fn inbox_changed(&self, sub: &str) -> InboxWatch {
        InboxWatch(self.shared().crossings.inboxes.persons.watch(Person::of(sub).0))
    }

    /// Watches one crossing, whether it was sent to a person or not; otherwise as [`Store::inbox_changed`].
    pub fn crossing_changed(&self, id: CrossingId) -> CrossingWatch {
        CrossingWatch(self.shared().crossings.inboxes.crossings.watch(DigestKey::of_crossing(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Queue;
    use std::time::Duration;
    use tandem_core::crossing::Redeemed;

    #[test]
    fn an_inbox_keeps_its_order_and_leaves_nothing_behind() {
        let inboxes = Inboxes::default();
        let (alice, bob) = (Person::of("alice"), Person::of("bob"));
        let id = |n: u64| CrossingId::of_secret(&n.to_string());
        let until = Timestamp::from_secs;
        for seq in [2, 1, 3] {
            inboxes.lock(alice).add(id(seq), seq, until(seq));
        }
        inboxes.lock(bob).add(id(4), 4, until(1));
        assert_eq!(inboxes.of(alice), [id(3), id(2), id(1)], "newest first, in whatever order they are told");
        inboxes.sweep(|expires_at| expires_at <= until(2), &[id(1)]);
        assert_eq!(inboxes.of(alice), [id(3), id(1)], "what is being written stays");
        inboxes.sweep(|_| true, &[]);
        assert!(inboxes.items.each().all(|shard| shard.is_empty()), "not even a name");
        assert!(size_of::<Item>() <= 32);
    }

    #[test]
    fn what_leaves_the_memory_leaves_its_inbox() {
        let crossings = Crossings::new(10, Duration::from_secs(5));
        let (id, expires_at) = (CrossingId::of_secret("1"), Timestamp::from_secs(10));
        let redeemed = Redeemed { id, client_id: Arc::from("call-center"), expires_at };
        let person = Person::of("alice");
        crossings.insert(redeemed.into(), 1, Some(person));
        assert_eq!(crossings.inboxes.of(person), [], "what was collected is in no inbox");
        // As if it still waited: what it is does not matter here.
        crossings.inboxes.lock(person).add(id, 1, expires_at);
        let queue = Queue::new(2);
        assert_eq!(crossings.sweep(&queue, Timestamp::from_secs(14)).crossings, 0);
        assert_eq!((crossings.inboxes.of(person), crossings.sent_to(person).len()), (vec![id], 1));
        assert_eq!(crossings.sweep(&queue, Timestamp::from_secs(15)).crossings, 1);
        assert_eq!(crossings.inboxes.of(person), []);
    }
}
