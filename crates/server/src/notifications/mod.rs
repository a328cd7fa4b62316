//! How do people learn that something waits for their answer?
//!
//! A request hands over a [`Notice`] and goes on; workers carry it to each of the person's authorization devices, and
//! try again for as long as an answer can still be given. Nobody depends on it: the request stands in the inbox anyway.

mod delivery;
pub mod device_detail;
mod email;
mod web_push;
mod webhook;

pub use webhook::AddressCode;

use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::edge::metrics;
use crate::keys::KeyRing;
use crate::outgoing::{Outgoing, Roots};
use crate::pages::Pages;
use delivery::{Attempt, Delivery};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_store::{DeviceChannel, Store};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// Notices that may wait for a worker; further ones are dropped.
const QUEUE: usize = 1024;
const WORKERS: usize = 4;
/// Deliveries that one worker has under way, those that wait to try again included, before it takes the next notice.
const MOST_UNDER_WAY: usize = 256;

/// Something that waits for a person's answer.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The request.
    pub crossing: CrossingId,
    /// Who is asked.
    pub sub: Arc<str>,
    /// Who asks, as people know them.
    pub asker: String,
    /// What both devices show.
    pub binding_message: Option<String>,
    /// From when on nobody can answer.
    pub expires_at: Timestamp,
    /// When it began.
    pub initiated_at: Timestamp,
    /// The devices that took it before, by their names.
    pub notified: Vec<Digest>,
}

/// What notifying takes of a server.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Where the devices are, and whether an answer is still awaited.
    pub store: Store,
    /// What opens the devices' details.
    pub keys: Arc<KeyRing>,
    /// The words.
    pub pages: Arc<Pages>,
    /// The HTTP client.
    pub outgoing: Outgoing,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// The pauses after the first attempt, the second, and so on: the last attempt follows the last pause.
#[derive(Debug, Clone, Copy)]
pub struct Pace(pub [Duration; 3]);

impl Default for Pace {
    fn default() -> Self {
        Self([Duration::from_secs(2), Duration::from_secs(8), Duration::from_secs(20)])
    }
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    /// The mail server took it.
    Taken,
    /// It did not, or there is none.
    Failed,
}

/// Whether a mail can be sent to this address.
pub fn is_address(text: &str) -> bool {
    email::address(text).is_some()
}

/// Why nobody can be notified.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The settings of the mail server.
    #[error(
        "notifications.email cannot be used: see that `from` is an address, and that there are certificate authorities"
    )]
    Email,
    /// The settings of the webhook.
    #[error("notifications.webhook cannot be used: it has no secret")]
    Webhook,
}

/// Notifies people. Ends its work when it is dropped.
pub struct Notifier {
    queue: mpsc::Sender<Notice>,
    full: AtomicBool,
    store: Store,
    delivery: Arc<Delivery>,
    /// Dropping it ends the workers.
    _workers: JoinSet<()>,
}

impl Notifier {
    /// Starts the workers, on the runtime of the caller.
    pub fn start(config: &Config, roots: &Roots, parts: Parts, pace: Pace) -> Result<Self, SetupError> {
        let store = parts.store.clone();
        let delivery = Arc::new(Delivery::new(config, roots, parts, pace)?);
        let (queue, notices) = mpsc::channel(QUEUE);
        let notices = Arc::new(Mutex::new(notices));
        let mut workers = JoinSet::new();
        for _ in 0..WORKERS {
            workers.spawn(work(Arc::clone(&notices), Arc::clone(&delivery)));
        }
        Ok(Self { queue, full: AtomicBool::new(false), store, delivery, _workers: workers })
    }

    /// Tells a person's devices, as soon as possible and without a promise. Never waits: if too many notices wait
    /// already, this one is dropped and counted.
    pub fn notify(&self, notice: Notice) {
        // Most people keep their inbox open and nothing else: no worker need wake for them.
        if self.store.is_known_without_devices(&notice.sub) {
            return;
        }
        let is_full = self.queue.try_send(notice).is_err();
        if is_full {
            metrics::notification("any", "dropped");
        }
        // Once for each time that it gets full, not once for each notice.
        if is_full && !self.full.swap(is_full, Ordering::Relaxed) {
            tracing::warn!("too many notifications wait: further ones are dropped");
        } else if !is_full {
            self.full.store(false, Ordering::Relaxed);
        }
    }

    /// The same for what was left over: waits until there is room.
    pub async fn notify_in_turn(&self, notice: Notice) {
        // The workers end with the notifier: there is always somebody who takes it.
        let _ = self.queue.send(notice).await;
    }

    /// Sends a mail in plain text, and tries again after a failure that may pass. Says whether the mail server took it.
    pub async fn mail(&self, to: &str, subject: &str, text: &str) -> Mailed {
        self.delivery.mail(to, subject, text).await
    }

    /// Sends a code to an address that somebody says is theirs, while they wait: ten seconds at most. Says whether the
    /// operator's service took it.
    pub async fn send_code(&self, code: &AddressCode<'_>) -> bool {
        self.delivery.send_code(code).await
    }

    /// Whether devices of this channel can be told.
    pub fn reaches(&self, channel: DeviceChannel) -> bool {
        self.delivery.reaches(channel)
    }
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifier").field("waiting", &(QUEUE - self.queue.capacity())).finish_non_exhaustive()
    }
}

/// A worker: takes notices as long as it has hands free.
async fn work(notices: Arc<Mutex<mpsc::Receiver<Notice>>>, delivery: Arc<Delivery>) {
    let mut under_way = JoinSet::new();
    loop {
        let next = async { notices.lock().await.recv().await };
        let notice = tokio::select! {
            Some(_) = under_way.join_next(), if !under_way.is_empty() => continue,
            notice = next, if under_way.len() < MOST_UNDER_WAY => notice,
        };
        let Some(notice) = notice else { return };
        let notice = Arc::new(notice);
        for device in delivery.devices(&notice).await {
            let (delivery, notice) = (Arc::clone(&delivery), Arc::clone(&notice));
            under_way.spawn(async move { delivery.deliver(&notice, &device).await });
        }
    }
}
