//! What must a server know in order to listen?

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

use super::address::TrustedProxies;
use super::fault::FaultAnswer;
use super::routes::Routes;
use super::tls::{Asking, TlsFiles};
use crate::config::Config;

/// How often certificate files are looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(30);

/// How long a connection may stay open unused. More than the minute that common proxies keep theirs, so that it is
/// the proxy that closes and no request meets a closing connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How a server listens, and what it does with connections.
#[derive(Debug)]
pub struct Settings {
    /// Where everyone is served; port 0 takes any.
    pub public: SocketAddr,
    /// Where the admin router is served; none where the configuration says so.
    pub admin: Option<SocketAddr>,
    /// TLS on the public listener.
    pub tls: Option<TlsFiles>,
    /// Who is asked for a certificate there.
    pub asking: Asking,
    /// Whose forwarded headers count.
    pub proxies: TrustedProxies,
    /// The names of the public routes, for metrics and logs.
    pub routes: Routes,
    /// What is answered where no handler does.
    pub faults: FaultAnswer,
    /// Largest request line and headers together, in bytes; at least 8192.
    pub max_header_bytes: u32,
    /// Most connections at once on the public listener.
    pub max_connections: usize,
    /// How long a request may take until its answer begins, and until its headers have arrived.
    pub request_timeout: Duration,
    /// How long a connection may stay open unused.
    pub idle_timeout: Duration,
    /// How long running requests may take to end after the shutdown signal.
    pub drain_timeout: Duration,
    /// How often certificate files are looked at.
    pub reload_every: Duration,
    /// Told once both sockets are bound.
    pub ready: Option<oneshot::Sender<Bound>>,
    /// Raised when the shutdown signal came.
    pub draining: Draining,
}

/// The addresses that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Of the public listener.
    pub public: SocketAddr,
    /// Of the admin listener.
    pub admin: Option<SocketAddr>,
}

/// Whether the server has been asked to end.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Whether the shutdown signal came.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Settings {
    /// The settings of the configuration.
    pub fn new(config: &Config, routes: Routes) -> Self {
        let limits = &config.limits;
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let tls = config.tls.certificate_file.clone().zip(config.tls.private_key_file.clone());
        Self {
            public: config.listeners.public.0,
            admin: config.listeners.admin.address(),
            tls: tls.map(|(certificate, private_key)| TlsFiles { certificate, private_key }),
            asking: Asking::new(config),
            proxies: TrustedProxies::new(&config.proxy),
            routes,
            faults: FaultAnswer::default(),
            max_header_bytes: limits.max_header_bytes,
            max_connections: usize::try_from(limits.max_connections).unwrap_or(usize::MAX),
            request_timeout: seconds(limits.request_timeout),
            idle_timeout: IDLE_TIMEOUT.max(seconds(limits.request_timeout)),
            drain_timeout: seconds(limits.drain_timeout),
            reload_every: RELOAD_EVERY,
            ready: None,
            draining: Draining::default(),
        }
    }
}
