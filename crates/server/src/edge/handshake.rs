//! How does a connection become one of TLS, and who is asked for a certificate then?

use rustls::ServerConfig;
use rustls::server::Acceptor;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::client_certificate::{Authorities, of_handshake};
use super::connection::{Admit, Admitted, Spoken};
use super::guard::{Doorkeeper, Guarded};
use super::service::EdgeService;

/// What a handshake is done with.
#[derive(Debug)]
pub struct TlsContext {
    /// Asks for nothing.
    pub(super) plain: Arc<ServerConfig>,
    /// Asks for certificates.
    pub(super) asking: Option<AskingContext>,
}

/// What a handshake is done with that asks for a certificate.
#[derive(Debug)]
pub(super) struct AskingContext {
    pub(super) config: Arc<ServerConfig>,
    /// Only callers who want this host are asked: browsers trouble people when they are.
    pub(super) under: Option<Box<str>>,
    pub(super) authorities: Option<Authorities>,
}

impl TlsContext {
    fn asks(&self, host: Option<&str>) -> Option<&AskingContext> {
        self.asking.as_ref().filter(|asking| match (&asking.under, host) {
            (None, _) => true,
            (Some(under), Some(host)) => under.eq_ignore_ascii_case(host),
            (Some(_), None) => false,
        })
    }
}

/// The context of the next handshake; it changes with the files.
#[derive(Debug, Clone)]
pub(super) struct CurrentContext(Arc<RwLock<Arc<TlsContext>>>);

impl CurrentContext {
    pub(super) fn new(context: Arc<TlsContext>) -> Self {
        Self(Arc::new(RwLock::new(context)))
    }

    pub(super) fn replace(&self, context: Arc<TlsContext>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = context;
    }

    fn get(&self) -> Arc<TlsContext> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lets connections in and speaks TLS with them.
#[derive(Debug, Clone)]
pub(super) struct TlsDoorkeeper {
    keeper: Doorkeeper,
    context: CurrentContext,
    at_most: Duration,
}

impl TlsDoorkeeper {
    pub(super) const fn new(keeper: Doorkeeper, context: CurrentContext, at_most: Duration) -> Self {
        Self { keeper, context, at_most }
    }
}

impl Admit for TlsDoorkeeper {
    type Stream = TlsStream<Guarded<TcpStream>>;

    async fn admit(self, stream: TcpStream, service: EdgeService) -> io::Result<Admitted<Self::Stream>> {
        let stream = self.keeper.guard(stream, &service)?;
        timeout(self.at_most, shake_hands(stream, service, &self.context.get())).await?
    }
}

async fn shake_hands(
    stream: Guarded<TcpStream>,
    service: EdgeService,
    context: &TlsContext,
) -> io::Result<Admitted<TlsStream<Guarded<TcpStream>>>> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let asking = context.asks(start.client_hello().server_name());
    let config = asking.map_or(&context.plain, |asking| &asking.config);
    let stream = start.into_stream(Arc::clone(config)).await?;
    let (_, session) = stream.get_ref();
    let spoken = Spoken::agreed(session.alpn_protocol());
    let authorities = asking.and_then(|asking| asking.authorities.as_ref());
    let certificate = of_handshake(session.peer_certificates(), authorities);
    Ok(Admitted { stream, service: service.with_certificate(certificate), spoken })
}
