//! What does a running server hold? Everything that its handlers share.

mod start;

pub use start::{StartError, store_options};

use crate::ciba::{self, details::DetailsTypes};
use crate::clients::Clients;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::content_filter::Filter;
use crate::effort::Effort;
use crate::geolocation::Geolocation;
use crate::incidents;
use crate::keys::KeyRing;
use crate::notifications::Notifier;
use crate::oauth::proof_of_possession::SeenProofs;
use crate::outgoing::Outgoing;
use crate::pages::Pages;
use crate::people::People;
use crate::published_keys::{KeySource, PublishedKeySets};
use crate::rate_limits::RateLimiters;
use crate::received_signals::Receiver;
use crate::signals::Signals;
use crate::trusted_devices::{self, Velocity};
use axum::body::Bytes;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tandem_core::ciba::login_hint_token::HintIssuer;
use tandem_core::client_attestation::Attester;
use tandem_core::crossing::Room;
use tandem_core::jose::Algorithm;
use tandem_core::mitigations::Policy;
use tandem_core::mitigations::policy::Effective;
use tandem_core::time::Timestamp;
use tandem_store::{Store, StoreError};
use tokio::sync::watch;

/// The shared state of a server.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// What must last.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// The registered clients.
    pub clients: Clients,
    /// The pages.
    pub pages: Arc<Pages>,
    /// Passwords, passkeys, sessions.
    pub people: People,
    /// The types of authorization details.
    pub details_types: DetailsTypes,
    /// Whose login hint tokens are taken, and where their keys are.
    pub hint_issuers: Vec<(HintIssuer, KeySource)>,
    /// Who may vouch for the instances of clients, and where their keys are.
    pub attesters: Vec<(Attester, KeySource)>,
    /// How often known devices asked lately.
    pub device_pace: Velocity,
    /// The rate limits.
    pub limits: RateLimiters,
    /// Signs of misuse, by crossing.
    pub signals: Signals,
    /// What looking after incidents remembers.
    pub incidents: incidents::Memory,
    /// DPoP proofs that were used.
    pub seen_proofs: SeenProofs,
    /// What was signed and verified.
    pub effort: Effort,
    /// Where addresses lie on the earth.
    pub geolocation: Geolocation,
    /// The HTTP client.
    pub outgoing: Outgoing,
    /// The keys of everybody who publishes theirs.
    pub published_keys: PublishedKeySets,
    /// Looks at messages of others for codes.
    pub filter: Filter,
    /// Who may send security event tokens here.
    pub received_signals: Receiver,
    /// Tells people that something waits for their answer.
    pub notifier: Notifier,
    /// Whether the server is about to end.
    pub closing: watch::Sender<bool>,
    /// When this process began.
    pub started_at: Timestamp,
    metadata: RwLock<Option<Bytes>>,
}

/// The policy of a client in a flow.
#[derive(Debug)]
pub struct ClientPolicy(Arc<Effective>);

impl std::ops::Deref for ClientPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0.policy
    }
}

impl App {
    /// The policy that this client's requests meet in this flow.
    pub fn policy(&self, room: Room, client_id: &str) -> ClientPolicy {
        ClientPolicy(self.clients.policy(room, client_id))
    }

    /// The policy of a flow, where no client is known yet.
    pub fn flow_policy(&self, room: Room) -> &Policy {
        self.clients.flow_policy(room)
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        self.config.issuer.as_str()
    }

    /// The address of the endpoint at `path`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// The metadata document, made once for a set of clients.
    pub fn metadata(&self) -> Bytes {
        let made = self.metadata.read().unwrap_or_else(PoisonError::into_inner).clone();
        made.unwrap_or_else(|| {
            // Made under the lock, so that it is not older than the clients of the latest reload.
            let mut made = self.metadata.write().unwrap_or_else(PoisonError::into_inner);
            made.get_or_insert_with(|| crate::endpoints::discovery::document(self)).clone()
        })
    }

    /// The algorithms that this server signs with, the default first.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        signing_algorithms(&self.config)
    }

    /// The operator's words for a scope, in this language or the operator's own.
    pub fn scope_words(&self, scope: &str, language: &str) -> Option<&str> {
        let words = self.config.scopes.get(scope)?;
        words
            .get(language)
            .or_else(|| words.get(self.config.pages.default_language.as_str()))
            .map(String::as_str)
    }

    /// Removes what is over, and leaves word for clients that wait for a push which nobody's answer will bring.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let swept = self.store.sweep(now).await?;
        ciba::unanswered::end(self, &swept.unanswered, now).await;
        Ok(())
    }

    /// Writes down what waited for its time, and gives the data directory back.
    pub async fn close(&self) {
        if let Err(error) = self.limits.keep_all(&self.store, self.clock.now()).await {
            tracing::warn!(%error, "the rate limits could not be written down; the next start begins with older ones");
        }
        self.store.clone().close().await;
    }

    /// Reads clients and keys again, after a command changed them.
    pub async fn reload(&self) {
        if let Err(error) = self.clients.reload(&self.config, &self.store).await {
            tracing::error!(%error, "the clients could not be read again; the old ones stay in force");
        }
        // Their policies may want other extensions announced.
        *self.metadata.write().unwrap_or_else(PoisonError::into_inner) = None;
        if let Err(error) = self.keys.reload(&self.store, &self.algorithms(), self.clock.now()).await {
            tracing::error!(%error, "the keys could not be read again; the old ones stay in force");
        }
        if let Err(error) = self.geolocation.reload().await {
            tracing::error!(%error, "the geolocation database could not be read again; the old one stays in force");
        }
        trusted_devices::stop_crossings(self).await;
    }
}

/// The algorithms that the configuration wants keys for.
pub fn signing_algorithms(config: &Config) -> Vec<Algorithm> {
    config.keys.signing_algorithms.iter().filter_map(|algorithm| algorithm.name().parse().ok()).collect()
}

/// The longest life of a token that a signing key may have signed: as long it must stay published after its last use.
pub fn longest_token(config: &Config, clients: &Clients) -> Duration {
    let clients = clients.all();
    let own = clients.iter().filter_map(|client| client.tandem_access_token_lifetime);
    let tokens = &config.tokens;
    let longest = own.chain([tokens.access_token_lifetime, tokens.id_token_lifetime]).max();
    Duration::from_secs(longest.unwrap_or(tokens.access_token_lifetime).into())
}
