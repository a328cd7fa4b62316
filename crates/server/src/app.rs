//! What does a running server hold? Everything that its handlers share.

use crate::ciba::{self, details::DetailsTypes};
use crate::clients::{self, ClientSetError, Clients};
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::content_filter::Filter;
use crate::effort::Effort;
use crate::geolocation::{DatabaseError, Geolocation};
use crate::incidents;
use crate::keys::{KeyError, KeyRing};
use crate::notifications::{self, Notifier};
use crate::oauth::proof_of_possession::SeenProofs;
use crate::outgoing::{Names, Outgoing, OutgoingSetupError, Roots, SystemNames};
use crate::pages::{Pages, PagesError, Site};
use crate::people::People;
use crate::rate_limits::{RateLimiters, Salt};
use crate::received_signals::{Receiver, TransmitterError};
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
use tandem_store::{Open, OpenError, Options, Store, StoreError};
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
    /// Whose login hint tokens are taken.
    pub hint_issuers: Vec<HintIssuer>,
    /// Who may vouch for the instances of clients.
    pub attesters: Vec<Attester>,
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

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What it holds.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The clients.
    #[error(transparent)]
    Clients(#[from] ClientSetError),
    /// The pages.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// The people.
    #[error(transparent)]
    People(#[from] crate::people::PeopleError),
    /// The HTTP client.
    #[error(transparent)]
    Outgoing(#[from] OutgoingSetupError),
    /// Those who send security event tokens.
    #[error(transparent)]
    Transmitters(#[from] TransmitterError),
    /// The database of addresses.
    #[error(transparent)]
    Geolocation(#[from] DatabaseError),
    /// The notifications.
    #[error(transparent)]
    Notifications(#[from] notifications::SetupError),
    /// No key to open the keys with.
    #[error(
        "keys.encryption_key is not set: make one with `openssl rand -hex 32 > encryption.key`, keep it out of the data \
         directory, and name the file as keys.encryption_key_file"
    )]
    NoEncryptionKey,
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
    /// Opens the data directory and makes everything ready to serve.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        // Boxed: the parts on their way would make the future too large for whoever awaits it.
        let app = Box::pin(Self::assemble(config, clock)).await?;
        // Devices may have been revoked while no server ran.
        trusted_devices::stop_crossings(&app).await;
        // Nobody collects what was to end when a server, or a command, was interrupted.
        incidents::resume(&app, app.clock.now()).await?;
        Ok(app)
    }

    async fn assemble(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let now = clock.now();
        let random = Random;
        let encryption_key = config.keys.encryption_key.clone().ok_or(StartError::NoEncryptionKey)?;
        let store = Store::open(store_options(&config, Open::Server), now)?;
        let algorithms = signing_algorithms(&config);
        let keys = KeyRing::open(&store, encryption_key.expose(), &algorithms, random, now).await?;
        let clients = Clients::load(&config, &store).await?;
        let site = Site {
            operator: config.pages.operator_name.clone().unwrap_or_else(|| config.issuer.host().to_owned()),
            address: config.issuer.as_str().to_owned(),
        };
        let pages = Pages::new(config.pages.template_dir.as_deref(), site)?;
        let people = People::new(&config)?;
        let (keys, pages) = (Arc::new(keys), Arc::new(pages));
        let roots = Roots::read(config.outgoing.ca_file.as_deref())?;
        let names: Arc<dyn Names> = Arc::new(SystemNames::default());
        let outgoing = Outgoing::new(&config.outgoing, &roots, clock.clone(), &names)?;
        let parts = notifications::Parts {
            store: store.clone(),
            keys: Arc::clone(&keys),
            pages: Arc::clone(&pages),
            outgoing: outgoing.clone(),
            clock: clock.clone(),
            random,
        };
        let notifier = Notifier::start(&config, &roots, parts, notifications::Pace::default())?;
        let details_types = DetailsTypes::of(&config);
        let hint_issuers = clients::hint_issuers(&config)?;
        let attesters = trusted_devices::attesters(&config)?;
        let salt = Salt::of(&keys.browser);
        let limits = RateLimiters::new(&config, salt);
        let received_signals = Receiver::new(&config, salt)?;
        let filter = Filter::new(&config, salt);
        limits.load(&store, now).await?;
        let signals = Signals::load(&store, crate::config::memory(&config), salt, now).await?;
        let geolocation = Geolocation::open(&config.geolocation)?;
        Ok(Arc::new(Self {
            config,
            store,
            clock,
            random,
            keys,
            clients,
            pages,
            people,
            details_types,
            hint_issuers,
            attesters,
            device_pace: Velocity::default(),
            limits,
            signals,
            incidents: incidents::Memory::default(),
            seen_proofs: SeenProofs::default(),
            effort: Effort::default(),
            geolocation,
            outgoing,
            filter,
            received_signals,
            notifier,
            closing: watch::Sender::new(false),
            started_at: now,
            metadata: RwLock::default(),
        }))
    }

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

/// How the store is opened under this configuration.
pub fn store_options(config: &Config, open: Open) -> Options {
    Options {
        data_dir: config.data_dir.clone(),
        open,
        fsync_delay: Duration::from_millis(config.store.fsync_delay.into()),
        journal_delay: Duration::from_millis(config.store.journal_delay.into()),
        // Late callers hear the truth, and a no is remembered for as long as it keeps a client quiet.
        tombstone: crate::config::memory(config),
        max_crossings: usize::try_from(config.device_authorization.max_pending).unwrap_or(usize::MAX),
        issuer: config.ssf.enabled.then(|| config.issuer.as_str().into()),
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
