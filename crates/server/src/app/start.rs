//! How does a server come to be ready, and why can it not start?

use super::{App, signing_algorithms};
use crate::ciba::details::DetailsTypes;
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
use crate::published_keys::PublishedKeySets;
use crate::rate_limits::{RateLimiters, Salt};
use crate::received_signals::{Receiver, TransmitterError};
use crate::signals::Signals;
use crate::trusted_devices::{self, Velocity};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tandem_store::{Open, OpenError, Options, Store, StoreError};
use tokio::sync::watch;

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
        let published_keys = PublishedKeySets::new(outgoing.clone(), clock.clone());
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
            published_keys,
            outgoing,
            filter,
            received_signals,
            notifier,
            closing: watch::Sender::new(false),
            started_at: now,
            metadata: RwLock::default(),
        }))
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
