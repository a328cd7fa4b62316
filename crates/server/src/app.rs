//! What does a running server hold? Everything that its handlers share.

use crate::ciba::details::DetailsTypes;
use crate::clients::{self, ClientSetError, Clients};
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::effort::Effort;
use crate::keys::{KeyError, KeyRing};
use crate::notifications::{self, Notifier};
use crate::oauth::proof_of_possession::SeenProofs;
use crate::outgoing::{Names, Outgoing, OutgoingSetupError, Roots, SystemNames};
use crate::pages::{Pages, PagesError, Site};
use crate::people::People;
use crate::rate_limits::RateLimiter;
use axum::body::Bytes;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tandem_core::ciba::login_hint_token::HintIssuer;
use tandem_core::crossing::Room;
use tandem_core::jose::Algorithm;
use tandem_core::mitigations::Policy;
use tandem_core::mitigations::policy::Effective;
use tandem_core::time::Timestamp;
use tandem_store::{Open, OpenError, Options, Store};
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
    /// The rate limits.
    pub limits: RateLimiters,
    /// DPoP proofs that were used.
    pub seen_proofs: SeenProofs,
    /// What was signed and verified.
    pub effort: Effort,
    /// The HTTP client.
    pub outgoing: Outgoing,
    /// Tells people that something waits for their answer.
    pub notifier: Notifier,
    /// Whether the server is about to end.
    pub closing: watch::Sender<bool>,
    /// When this process began.
    pub started_at: Timestamp,
    metadata: OnceLock<Bytes>,
}

/// A bucket set for each limit of the configuration.
#[derive(Debug)]
pub struct RateLimiters {
    /// Device authorization requests of a client.
    pub initiate_client: RateLimiter,
    /// Device authorization requests from an address.
    pub initiate_address: RateLimiter,
    /// Wrong user codes from an address.
    pub guess_address: RateLimiter,
    /// Wrong user codes in a session.
    pub guess_session: RateLimiter,
    /// Wrong user codes of everybody together.
    pub guess_all: RateLimiter,
    /// Backchannel requests of a client.
    pub ask_client: RateLimiter,
    /// Backchannel requests to a person.
    pub ask_person: RateLimiter,
    /// Wrong user codes sent for a person.
    pub user_code_person: RateLimiter,
    /// Failed sign-ins to an account.
    pub sign_in_account: RateLimiter,
    /// Failed sign-ins from an address.
    pub sign_in_address: RateLimiter,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Open(#[from] OpenError),
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
        let limits = RateLimiters::new(&config);
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
            limits,
            seen_proofs: SeenProofs::default(),
            effort: Effort::default(),
            outgoing,
            notifier,
            closing: watch::Sender::new(false),
            started_at: now,
            metadata: OnceLock::new(),
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

    /// The metadata document, made once.
    pub fn metadata(&self) -> &Bytes {
        self.metadata.get_or_init(|| crate::endpoints::discovery::document(self))
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

    /// Reads clients and keys again, after a command changed them.
    pub async fn reload(&self) {
        if let Err(error) = self.clients.reload(&self.config, &self.store).await {
            tracing::error!(%error, "the clients could not be read again; the old ones stay in force");
        }
        if let Err(error) = self.keys.reload(&self.store, &self.algorithms(), self.clock.now()).await {
            tracing::error!(%error, "the keys could not be read again; the old ones stay in force");
        }
    }
}

impl RateLimiters {
    fn new(config: &Config) -> Self {
        let rates = &config.rate_limits;
        let device = &config.device_authorization;
        // The budget of a whole code life, as a bucket that fills again over that life.
        let per_minute = device.guess_budget.saturating_mul(60).div_ceil(device.code_lifetime.max(1));
        let budget = crate::config::RateLimit::of(device.guess_budget, per_minute.max(1));
        Self {
            initiate_client: RateLimiter::new(rates.initiate_client),
            initiate_address: RateLimiter::new(rates.initiate_address),
            guess_address: RateLimiter::new(rates.guess_address),
            guess_session: RateLimiter::new(rates.guess_session),
            guess_all: RateLimiter::new(budget),
            ask_client: RateLimiter::new(rates.ask_client),
            ask_person: RateLimiter::new(rates.ask_person),
            user_code_person: RateLimiter::new(rates.user_code_person),
            sign_in_account: RateLimiter::new(rates.sign_in_account),
            sign_in_address: RateLimiter::new(rates.sign_in_address),
        }
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
