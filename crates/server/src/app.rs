//! What does a running server hold? Everything that its handlers share.

use crate::clients::{ClientSetError, Clients};
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::effort::Effort;
use crate::keys::{KeyError, KeyRing};
use crate::oauth::proof_of_possession::SeenProofs;
use crate::pages::{Pages, PagesError, Site};
use crate::people::People;
use crate::rate_limits::RateLimiter;
use axum::body::Bytes;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tandem_core::jose::Algorithm;
use tandem_core::mitigations::Policy;
use tandem_core::time::Timestamp;
use tandem_store::{Open, OpenError, Options, Store};

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
    pub keys: KeyRing,
    /// The registered clients.
    pub clients: Clients,
    /// The pages.
    pub pages: Pages,
    /// Passwords, passkeys, sessions.
    pub people: People,
    /// The rate limits.
    pub limits: RateLimiters,
    /// DPoP proofs that were used.
    pub seen_proofs: SeenProofs,
    /// The settings of the mitigations.
    pub policy: Policy,
    /// What was signed and verified.
    pub effort: Effort,
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
    /// No key to open the keys with.
    #[error(
        "keys.encryption_key is not set: make one with `openssl rand -hex 32 > encryption.key`, keep it out of the data \
         directory, and name the file as keys.encryption_key_file"
    )]
    NoEncryptionKey,
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
        let mut policy = Policy::baseline();
        policy.one_time_codes.presentations =
            u8::try_from(config.device_authorization.max_presentations).unwrap_or(u8::MAX);
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
            limits,
            seen_proofs: SeenProofs::default(),
            policy,
            effort: Effort::default(),
            started_at: now,
            metadata: OnceLock::new(),
        }))
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
        tombstone: Duration::from_secs(config.device_authorization.code_lifetime.into()),
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
