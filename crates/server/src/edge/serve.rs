//! How does the server listen, and how does it end?

use axum::Router;
use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::{Admit, Protocols, serve};
use super::guard::Doorkeeper;
use super::handshake::{CurrentContext, TlsDoorkeeper};
use super::routes::Routes;
use super::service::{Edge, EdgeService};
use super::settings::{Bound, Settings};
use super::signals::Hangups;
use super::tls::{Certificate, TlsError};
use super::{admin, metrics};

/// Connections to the admin listener.
const ADMIN_CONNECTIONS: usize = 64;

/// How long the admin listener waits for its own requests at the very end.
const ADMIN_DRAIN: Duration = Duration::from_secs(1);

/// How often measured durations are sorted into their histograms.
const SORT_IN_EVERY: Duration = Duration::from_secs(5);

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address could not be had.
    #[error("cannot listen on {address}: {} ({setting})", reason(.source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting it comes from.
        setting: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// No TLS with these files.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A listener broke while it served.
    #[error("a listener ended: {0}")]
    Broken(#[source] io::Error),
}

fn reason(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::AddrInUse => "address in use by another program".to_owned(),
        io::ErrorKind::AddrNotAvailable => "no interface of this machine has this address".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied; ports below 1024 need a privilege".to_owned(),
        _ => source.to_string(),
    }
}

/// Both sockets, bound: nobody else can have the addresses any more, and nothing is accepted yet.
///
/// Bound apart from [`run_on`] by whoever must know the ports before the routers can be made.
#[derive(Debug)]
pub struct Sockets {
    public: TcpListener,
    admin: Option<TcpListener>,
}

impl Sockets {
    /// Binds the addresses of the settings.
    pub async fn bind(settings: &Settings) -> Result<Self, ServeError> {
        let public = bind(settings.public, "listeners.public").await?;
        let admin = match settings.admin {
            Some(address) => Some(bind(address, "listeners.admin").await?),
            None => None,
        };
        Ok(Self { public, admin })
    }

    /// The addresses with their actual ports.
    pub fn bound(&self) -> io::Result<Bound> {
        let admin = self.admin.as_ref().map(TcpListener::local_addr).transpose()?;
        Ok(Bound { public: self.public.local_addr()?, admin })
    }
}

/// Binds both sockets and serves: see [`run_on`].
pub async fn run(
    public: Router,
    admin: Option<Router>,
    mut settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    if admin.is_none() {
        settings.admin = None;
    }
    let sockets = Sockets::bind(&settings).await?;
    run_on(sockets, public, admin, settings, shutdown).await
}

/// Serves both routers until `shutdown` ends, then lets running requests finish and returns.
///
/// When the signal comes, readiness falls, no connection is accepted any more, idle ones are closed and requests
/// under way get `drain_timeout`; the admin listener stays until they are done. What must be closed last, such as
/// the store, is closed by the caller when this returns.
pub async fn run_on(
    sockets: Sockets,
    public: Router,
    admin: Option<Router>,
    mut settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    metrics::install();
    let bound = sockets.bound().map_err(ServeError::Broken)?;
    let asking = settings.asking.clone();
    let certificate = settings.tls.take().map(|files| Certificate::open(files, asking)).transpose()?;
    let config = certificate.as_ref().map(Certificate::context);

    let mut chores = JoinSet::new();
    chores.spawn(sort_in());
    match certificate {
        Some(certificate) => chores.spawn(certificate.keep_fresh(settings.reload_every)),
        None => chores.spawn(ignore_hangups()),
    };
    let scheme = if config.is_some() { "https" } else { "http" };
    let (draining, drain_timeout, ready) =
        (settings.draining.clone(), settings.drain_timeout, settings.ready.take());
    let mut admin =
        admin.zip(sockets.admin).map(|(router, socket)| Listener::admin(socket, router, &settings));
    let mut public = Listener::public(sockets.public, public, settings, config);
    tracing::info!(public = %bound.public, admin = bound.admin.map(tracing::field::display), scheme, "listening");
    if let Some(ready) = ready {
        // Whoever asked may have stopped waiting.
        let _ = ready.send(bound);
    }

    tokio::select! {
        () = shutdown => {}
        ended = public.ended() => return ended,
        ended = broken(&mut admin) => return ended,
    }
    draining.raise();
    tracing::info!(?drain_timeout, "draining");
    let mut ended = public.drain(drain_timeout).await;
    if let Some(admin) = &mut admin {
        ended = ended.and(admin.drain(ADMIN_DRAIN).await);
    }
    tracing::info!("drained");
    ended
}

/// Ends when the listener does; never, where there is none.
async fn broken(listener: &mut Option<Listener>) -> Result<(), ServeError> {
    match listener {
        Some(listener) => listener.ended().await,
        None => pending().await,
    }
}

/// A listener at work; it ends when this is dropped.
struct Listener {
    draining: watch::Sender<bool>,
    task: JoinSet<()>,
}

impl Listener {
    fn public(socket: TcpListener, router: Router, settings: Settings, tls: Option<CurrentContext>) -> Self {
        let Settings { request_timeout, idle_timeout, max_header_bytes, .. } = settings;
        let keeper = Doorkeeper::new(settings.max_connections, request_timeout, idle_timeout);
        let edge = Edge::new(settings.proxies, settings.routes, request_timeout, settings.faults);
        match tls {
            Some(context) => {
                let keeper = TlsDoorkeeper::new(keeper, context, request_timeout);
                Self::start(socket, router, edge, keeper, max_header_bytes)
            }
            None => Self::start(socket, router, edge, keeper, max_header_bytes),
        }
    }

    fn admin(socket: TcpListener, router: Router, settings: &Settings) -> Self {
        let Settings { request_timeout, idle_timeout, max_header_bytes, .. } = *settings;
        let keeper = Doorkeeper::new(ADMIN_CONNECTIONS, request_timeout, idle_timeout);
        let routes = Routes::new(admin::TEMPLATES);
        let edge = Edge::new(settings.proxies.clone(), routes, request_timeout, settings.faults.clone());
        Self::start(socket, router, edge, keeper, max_header_bytes)
    }

    fn start(
        socket: TcpListener,
        router: Router,
        edge: Edge,
        admit: impl Admit,
        max_header_bytes: u32,
    ) -> Self {
        let (draining, told) = watch::channel(false);
        let edge = Arc::new(edge);
        let service = move |peer: SocketAddr| EdgeService::new(router.clone(), Arc::clone(&edge), peer.ip());
        let mut task = JoinSet::new();
        task.spawn(serve(socket, admit, service, Protocols::new(max_header_bytes), told));
        Self { draining, task }
    }

    /// Comes to an end only when it was told to, or broke.
    async fn ended(&mut self) -> Result<(), ServeError> {
        let ended = self.task.join_next().await.unwrap_or(Ok(()));
        ended.map_err(io::Error::other).map_err(ServeError::Broken)
    }

    /// What is under way when the time is over is broken off.
    async fn drain(&mut self, at_most: Duration) -> Result<(), ServeError> {
        self.draining.send_replace(true);
        let ended = tokio::time::timeout(at_most, self.ended()).await;
        if ended.is_err() {
            self.task.shutdown().await;
        }
        ended.unwrap_or(Ok(()))
    }
}

async fn bind(address: SocketAddr, setting: &'static str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, setting, source })
}

async fn sort_in() {
    let mut ticks = tokio::time::interval(SORT_IN_EVERY);
    loop {
        ticks.tick().await;
        metrics::sort_in();
    }
}

async fn ignore_hangups() {
    let mut hangups = Hangups::listen();
    loop {
        hangups.next().await;
        tracing::info!("SIGHUP: there is no certificate to read again");
    }
}
