//! Which requests of a client of the demo are under way, and how did they end? Known in memory, for a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// Most requests that are remembered; the oldest makes room.
const MOST: usize = 64;
/// How long the end of a request can be read.
const REMEMBERED: Duration = Duration::from_mins(10);
/// What `slow_down` adds to the interval (CIBA Core section 11).
const SLOWER: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// The requests of one client. `G` is what it gets for a yes.
pub struct Requests<G>(Mutex<Vec<Entry<G>>>);

struct Entry<G> {
    /// What the page knows it by, as a digest. It compares in constant time, as all digests do.
    handle: Digest,
    auth_req_id: Digest,
    notification_token: Option<Digest>,
    forgotten_at: Timestamp,
    state: State<G>,
}

enum State<G> {
    Waiting(Pending),
    /// Somebody is asking for the tokens at this moment.
    Collecting,
    /// Somebody must type a PIN first; with how many tries are left, after a wrong one.
    PinWanted(Pending, Option<u64>),
    Ended(Ending<G>),
}

/// A request without an answer yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What the server knows it by.
    pub auth_req_id: String,
    /// Between two polls.
    pub interval: Duration,
    /// When the server may be asked.
    pub due_at: Timestamp,
    /// The PIN that somebody typed.
    pub pin: Option<String>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending<G> {
    /// With a yes.
    Granted(G),
    /// With a no.
    Denied,
    /// Without an answer.
    Expired,
    /// With an error.
    Trouble,
}

/// What a page hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look<G> {
    /// Never heard of it, or forgotten.
    Unknown,
    /// No answer yet.
    Waiting,
    /// A yes, and the phone shows a PIN that must be typed.
    PinWanted {
        /// How many tries are left, after a wrong one.
        tries_left: Option<u64>,
    },
    /// It is over.
    Ended(Ending<G>),
}

/// A request to remember.
pub struct NewRequest<'a> {
    /// What the page will know it by.
    pub handle: &'a str,
    /// What proves a ping, where the client is pinged.
    pub notification_token: Option<&'a str>,
    /// What is under way.
    pub pending: Pending,
    /// When the server ends it.
    pub expires_at: Timestamp,
}

impl<G: Clone> Requests<G> {
    /// None yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Remembers a request.
    pub fn remember(&self, new: NewRequest<'_>, now: Timestamp) {
        let entry = Entry {
            handle: digest(new.handle),
            auth_req_id: digest(&new.pending.auth_req_id),
            notification_token: new.notification_token.map(digest),
            forgotten_at: new.expires_at.plus(REMEMBERED),
            state: State::Waiting(new.pending),
        };
        self.locked(|entries| {
            entries.retain(|entry| now < entry.forgotten_at);
            if entries.len() >= MOST {
                entries.remove(0);
            }
            entries.push(entry);
        });
    }

    /// What is known of a request.
    pub fn look(&self, handle: &str, now: Timestamp) -> Look<G> {
        let handle = digest(handle);
        self.locked(|entries| match entries.iter().find(|entry| entry.handle == handle) {
            Some(entry) if now < entry.forgotten_at => match &entry.state {
                State::Waiting(_) | State::Collecting => Look::Waiting,
                // Nobody asks the server meanwhile.
                State::PinWanted(..) if now >= entry.forgotten_at.minus(REMEMBERED) => {
                    Look::Ended(Ending::Expired)
                }
                State::PinWanted(_, tries_left) => Look::PinWanted { tries_left: *tries_left },
                State::Ended(ending) => Look::Ended(ending.clone()),
            },
            _ => Look::Unknown,
        })
    }

    /// Takes a request whose time has come to ask for its tokens: one caller gets it, who gives it back or ends it.
    pub fn take_due(&self, handle: &str, now: Timestamp) -> Option<Pending> {
        let handle = digest(handle);
        self.take(|entry, pending| entry.handle == handle && pending.due_at <= now)
    }

    /// Takes the request that a ping is about; `Err` if the ping does not prove that it comes from the server, and
    /// nothing if the tokens are being asked for or it has ended.
    pub fn take_pinged(&self, auth_req_id: &str, token: &str) -> Result<Option<Pending>, NoPing> {
        let (id, token) = (digest(auth_req_id), digest(token));
        let genuine = self.locked(|entries| {
            entries.iter().any(|entry| entry.auth_req_id == id && entry.notification_token == Some(token))
        });
        if genuine { Ok(self.take(|entry, _| entry.auth_req_id == id)) } else { Err(NoPing) }
    }

    /// Nothing came: later again.
    pub fn give_back(&self, pending: Pending) {
        self.set(&pending.auth_req_id.clone(), State::Waiting(pending));
    }

    /// Somebody must type a PIN before the next poll.
    pub fn want_pin(&self, pending: Pending, tries_left: Option<u64>) {
        self.set(&pending.auth_req_id.clone(), State::PinWanted(pending, tries_left));
    }

    /// Somebody typed it. Without a request that waits for one, nothing changes.
    pub fn give_pin(&self, handle: &str, pin: &str) {
        let handle = digest(handle);
        self.locked(|entries| {
            let Some(entry) = entries.iter_mut().find(|entry| entry.handle == handle) else { return };
            if let State::PinWanted(pending, _) = &entry.state {
                entry.state = State::Waiting(Pending { pin: Some(pin.to_owned()), ..pending.clone() });
            }
        });
    }

    /// That was it.
    pub fn end(&self, auth_req_id: &str, ending: Ending<G>) {
        self.set(auth_req_id, State::Ended(ending));
    }

    fn take(&self, is_wanted: impl Fn(&Entry<G>, &Pending) -> bool) -> Option<Pending> {
        self.locked(|entries| {
            let wanted = entries.iter_mut().find(|entry| match &entry.state {
                State::Waiting(pending) => is_wanted(entry, pending),
                State::Collecting | State::PinWanted(..) | State::Ended(_) => false,
            })?;
            match std::mem::replace(&mut wanted.state, State::Collecting) {
                State::Waiting(pending) => Some(pending),
                State::Collecting | State::PinWanted(..) | State::Ended(_) => None,
            }
        })
    }

    fn set(&self, auth_req_id: &str, state: State<G>) {
        let id = digest(auth_req_id);
        self.locked(|entries| {
            if let Some(entry) = entries.iter_mut().find(|entry| entry.auth_req_id == id) {
                entry.state = state;
            }
        });
    }

    fn locked<R>(&self, work: impl FnOnce(&mut Vec<Entry<G>>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Pending {
    /// The same after a poll in vain.
    pub fn polled(self, now: Timestamp) -> Self {
        Self { due_at: now.plus(self.interval), ..self }
    }

    /// The same after the server asked for more patience.
    pub fn slower(self, now: Timestamp) -> Self {
        let interval = self.interval.saturating_add(SLOWER).min(LONGEST_INTERVAL);
        Self { interval, ..self }.polled(now)
    }
}

/// A ping that nobody believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPing;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn pending(id: &str) -> Pending {
        let interval = Duration::from_secs(5);
        Pending { auth_req_id: id.to_owned(), interval, due_at: NOW.plus(interval), pin: None }
    }

    fn with(ids: &[&str]) -> Requests<u8> {
        let requests = Requests::new();
        for id in ids {
            let new = NewRequest {
                handle: &format!("handle of {id}"),
                notification_token: Some(&format!("token of {id}")),
                pending: pending(id),
                expires_at: NOW.plus(Duration::from_mins(2)),
            };
            requests.remember(new, NOW);
        }
        requests
    }

    #[test]
    fn nobody_asks_before_the_interval_is_over_and_one_caller_at_a_time() {
        let requests = with(&["a", "b"]);
        let due = NOW.plus(Duration::from_secs(5));
        assert_eq!(requests.take_due("handle of a", due.minus(Duration::from_millis(1))), None);
        let taken = requests.take_due("handle of a", due).unwrap();
        assert_eq!(taken.auth_req_id, "a");
        assert_eq!(requests.take_due("handle of a", due), None, "it is being collected");
        assert_eq!(requests.look("handle of a", due), Look::Waiting);
        requests.give_back(taken.slower(due));
        let later = due.plus(Duration::from_secs(10));
        assert_eq!(requests.take_due("handle of a", later.minus(Duration::from_millis(1))), None);
        let taken = requests.take_due("handle of a", later).unwrap();
        requests.end(&taken.auth_req_id, Ending::Granted(7));
        assert_eq!(requests.look("handle of a", later), Look::Ended(Ending::Granted(7)));
        assert_eq!(requests.look("handle of b", later), Look::Waiting);
        assert_eq!(requests.take_due("handle of a", later), None);
    }

    #[test]
    fn only_the_right_token_makes_a_ping() {
        let requests = with(&["a", "b"]);
        for (id, token) in [
            ("a", ""),
            ("a", "token of b"),
            ("a", "handle of a"),
            ("b", "token of a"),
            ("c", "token of a"),
            ("handle of a", "token of a"),
        ] {
            assert_eq!(requests.take_pinged(id, token), Err(NoPing), "{id} {token}");
        }
        assert_eq!(requests.take_pinged("a", "token of a"), Ok(Some(pending("a"))));
        assert_eq!(requests.take_pinged("a", "token of a"), Ok(None), "a second ping changes nothing");
        assert_eq!(requests.look("handle of b", NOW), Look::Waiting);
    }

    /// R6.16a
    #[test]
    fn a_pin_is_sent_once_somebody_typed_it_and_no_sooner_than_the_next_poll() {
        let requests = with(&["a"]);
        requests.give_pin("handle of a", "111111");
        let due = NOW.plus(Duration::from_secs(5));
        let taken = requests.take_due("handle of a", due).unwrap();
        assert_eq!(taken.pin, None, "nobody wanted one");
        requests.want_pin(taken.polled(due), None);
        assert_eq!(requests.look("handle of a", due), Look::PinWanted { tries_left: None });
        let later = due.plus(Duration::from_secs(5));
        assert_eq!(requests.take_due("handle of a", later), None, "there is nothing to send yet");
        requests.give_pin("handle of b", "111111");
        assert_eq!(requests.take_pinged("a", "token of a"), Ok(None), "nor for a ping");
        requests.give_pin("handle of a", "111111");
        assert_eq!(requests.take_due("handle of a", due), None, "the pace is the server's");
        let taken = requests.take_due("handle of a", later).unwrap();
        assert_eq!(taken.pin.as_deref(), Some("111111"));
        requests.want_pin(taken.polled(later), Some(1));
        assert_eq!(requests.look("handle of a", later), Look::PinWanted { tries_left: Some(1) });
        let over = NOW.plus(Duration::from_mins(2));
        assert_eq!(requests.look("handle of a", over), Look::Ended(Ending::Expired));
    }

    #[test]
    fn a_client_that_is_not_pinged_believes_no_ping() {
        let requests: Requests<u8> = Requests::new();
        let (pending, expires_at) = (pending("a"), NOW.plus(Duration::from_secs(9)));
        requests.remember(NewRequest { handle: "h", notification_token: None, pending, expires_at }, NOW);
        assert_eq!(requests.take_pinged("a", ""), Err(NoPing));
    }

    #[test]
    fn what_is_over_is_forgotten_and_the_oldest_makes_room() {
        let ids: Vec<String> = (0..=MOST).map(|n| n.to_string()).collect();
        let requests = with(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(requests.look("handle of 0", NOW), Look::Unknown);
        assert_eq!(requests.look("handle of 1", NOW), Look::Waiting);
        let much_later = NOW.plus(Duration::from_mins(2)).plus(REMEMBERED);
        assert_eq!(requests.look("handle of 1", much_later), Look::Unknown);
        assert_eq!(requests.look("", NOW), Look::Unknown);
    }
}
