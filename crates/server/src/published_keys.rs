//! Which public keys does somebody have, registered or published? (`jwks` and `jwks_uri`, RFC 7591 section 2)
//!
//! Published keys are looked up when something is signed in their party's name, never before: whoever waits for an answer then
//! waits a few seconds at most, and nobody else. How often, and how long they hold, is decided in
//! [`tandem_core::jose::published_keys`].

use crate::clock::Clock;
use crate::edge::metrics;
use crate::outgoing::{Exchanged, Outgoing, OutgoingError, OutgoingRequest, Verb};
use reqwest::header::{ACCEPT, HeaderValue};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tandem_core::jose::published_keys::{Look, MAX_LEN, parse};
use tandem_core::jose::{JwkError, JwkSet, PublishedKeys};
use tandem_core::oauth::client::Client;
use tandem_core::time::Timestamp;
use url::Url;

/// The time that an address has to answer.
const PATIENCE: Duration = Duration::from_secs(5);
const ACCEPTED: HeaderValue = HeaderValue::from_static("application/jwk-set+json, application/json");

/// The key sets of everybody who publishes theirs.
#[derive(Debug)]
pub struct PublishedKeySets {
    outgoing: Outgoing,
    clock: Clock,
    /// By address: there are no more than the operator registered.
    all: Mutex<HashMap<Url, Arc<Published>>>,
}

/// The key set at one address.
#[derive(Debug)]
struct Published {
    address: Url,
    /// Held by whoever asks the address: one at a time.
    turn: tokio::sync::Mutex<()>,
    known: Mutex<PublishedKeys>,
}

/// Where somebody's public keys are. Of a [`Client`] its registration says so.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// In the configuration (`jwks`).
    Registered(Arc<JwkSet>),
    /// At an address of their own (`jwks_uri`).
    Published(Url),
}

impl KeySource {
    /// Reads the two settings, of which one is given: the check of the configuration sees to that.
    pub fn read(
        jwks: Option<&serde_json::Map<String, serde_json::Value>>,
        jwks_uri: Option<&Url>,
    ) -> Result<Self, JwkError> {
        Ok(match jwks_uri {
            Some(address) => Self::Published(address.clone()),
            None => Self::Registered(Arc::new(registered(jwks)?.unwrap_or_default())),
        })
    }
}

/// The keys that stand in the configuration.
pub fn registered(
    jwks: Option<&serde_json::Map<String, serde_json::Value>>,
) -> Result<Option<JwkSet>, JwkError> {
    jwks.map(|jwks| JwkSet::parse(&serde_json::Value::Object(jwks.clone()))).transpose()
}

/// Why keys could not be read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    #[error("the answer has the status {0}")]
    Status(u16),
    #[error(transparent)]
    Keys(#[from] JwkError),
}

impl PublishedKeySets {
    /// Knows no keys yet.
    pub fn new(outgoing: Outgoing, clock: Clock) -> Self {
        Self { outgoing, clock, all: Mutex::default() }
    }

    /// The keys that hold now; `None` if they are published and cannot be read. `has` says whether a set has the key that is
    /// looked for: if not, the address may be asked once more.
    pub async fn of(&self, source: &KeySource, has: impl Fn(&JwkSet) -> bool) -> Option<Arc<JwkSet>> {
        match source {
            KeySource::Registered(keys) => Some(Arc::clone(keys)),
            KeySource::Published(address) => self.at(address, has).await,
        }
    }

    /// The client with the keys that hold now, in [`Client::jwks`]. A client that does not publish its keys comes back as it
    /// is. For `has` see [`Self::of`].
    pub async fn of_client(&self, client: Arc<Client>, has: impl Fn(&JwkSet) -> bool) -> Arc<Client> {
        let Some(address) = &client.jwks_uri else { return client };
        let jwks = self.at(address, has).await.map(|keys| JwkSet::clone(&keys));
        Arc::new(Client { jwks, ..Client::clone(&client) })
    }

    async fn at(&self, address: &Url, has: impl Fn(&JwkSet) -> bool) -> Option<Arc<JwkSet>> {
        let published = self.published(address);
        match published.look(self.clock.now(), &has) {
            Look::No => {}
            Look::Meanwhile => self.read_meanwhile(&published),
            Look::First => {
                let _turn = published.turn.lock().await;
                // Another one may have asked while this one waited.
                if published.look(self.clock.now(), &has) == Look::First {
                    published.read(&self.outgoing, &self.clock).await;
                }
            }
        }
        published.known().holding(self.clock.now()).cloned()
    }

    fn published(&self, address: &Url) -> Arc<Published> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Published {
            address: address.clone(),
            turn: tokio::sync::Mutex::default(),
            known: Mutex::default(),
        };
        Arc::clone(all.entry(address.clone()).or_insert_with(|| Arc::new(fresh())))
    }

    /// Asks without anybody waiting for it, unless somebody asks already.
    fn read_meanwhile(&self, published: &Arc<Published>) {
        let (published, outgoing, clock) = (Arc::clone(published), self.outgoing.clone(), self.clock.clone());
        tokio::spawn(async move {
            if let Ok(_turn) = published.turn.try_lock()
                && published.look(clock.now(), |_| true) == Look::Meanwhile
            {
                published.read(&outgoing, &clock).await;
            }
        });
    }
}

impl Published {
    fn known(&self) -> MutexGuard<'_, PublishedKeys> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, now: Timestamp, has: impl FnOnce(&JwkSet) -> bool) -> Look {
        self.known().look(now, has)
    }

    async fn read(&self, outgoing: &Outgoing, clock: &Clock) {
        let request = OutgoingRequest {
            url: &self.address,
            headers: vec![(ACCEPT, ACCEPTED)],
            body: Vec::new(),
            timeout: PATIENCE,
        };
        let answer = outgoing.exchange(Verb::Get, request, MAX_LEN).await;
        let now = clock.now();
        match read(answer) {
            Ok(keys) => {
                metrics::published_keys("read");
                self.known().found(keys, now);
            }
            Err(error) => {
                metrics::published_keys("failed");
                if self.known().failed(now) {
                    // The query is left out: it may hold a secret.
                    let address = self.address.origin().ascii_serialization() + self.address.path();
                    tracing::warn!(%address, %error, "published keys cannot be read");
                }
            }
        }
    }
}

fn read(answer: Result<Exchanged, OutgoingError>) -> Result<JwkSet, Unread> {
    match answer? {
        Exchanged { status: 200, body, .. } => Ok(parse(&body)?),
        Exchanged { status, .. } => Err(Unread::Status(status)),
    }
}
