//! How is a connection accepted, spoken with and ended?
//!
//! Which protocol it speaks is known before HTTP begins: from the handshake, or from its first bytes, which are only
//! looked at. A library that finds out by reading them leaves each connection with a larger buffer than it needs; with
//! very many that wait, that is a quarter of the memory. (`docs/performance.md`)

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::service::EdgeService;

/// Smallest header limit that the HTTP library takes.
const LEAST_HEADER_BYTES: u32 = 8192;
/// Requests that one HTTP/2 connection may have open.
const STREAMS: u32 = 100;
/// How long it is waited after the system had no connection to give, mostly for want of open files.
const PAUSE: Duration = Duration::from_millis(50);
/// How long it is not said again that there is none. Where connections come and go at the limit, every one that ends lets
/// one more in before the next is refused.
const QUIET: Duration = Duration::from_mins(1);

/// What a caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    /// HTTP/1.0 or HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
}

impl Spoken {
    /// The most that [`Spoken::begun`] looks at.
    pub(super) const BEGINNING: usize = 3;

    /// What begins so without TLS: no method of HTTP/1 is called `PRI` (RFC 9113 section 3.4).
    pub(super) fn begun(first: &[u8]) -> Self {
        if first.starts_with(b"PRI") { Self::Http2 } else { Self::Http1 }
    }

    /// What was agreed on in a handshake. (RFC 7301; RFC 9113 section 3.2)
    pub(super) fn agreed(protocol: Option<&[u8]>) -> Self {
        if protocol == Some(b"h2") { Self::Http2 } else { Self::Http1 }
    }
}

/// A connection that was let in.
pub(super) struct Admitted<S> {
    pub(super) stream: S,
    pub(super) service: EdgeService,
    pub(super) spoken: Spoken,
}

/// Lets connections in.
pub(super) trait Admit: Clone + Send + Sync + 'static {
    /// What is read and written then.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Whatever comes before HTTP. A connection that is not let in is closed without a word.
    fn admit(
        self,
        stream: TcpStream,
        service: EdgeService,
    ) -> impl Future<Output = io::Result<Admitted<Self::Stream>>> + Send;
}

/// How HTTP is spoken.
#[derive(Debug)]
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Protocols {
    /// With request headers of so many bytes at most.
    pub(super) fn new(max_header_bytes: u32) -> Self {
        let most = max_header_bytes.max(LEAST_HEADER_BYTES);
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        let bytes = usize::try_from(most).unwrap_or(usize::MAX);
        // The size of the buffer alone is no limit: headers that come in one piece may be larger.
        http1.max_buf_size(bytes).max_header_size(bytes);
        http2.max_header_list_size(most).max_concurrent_streams(STREAMS);
        Self { http1, http2 }
    }
}

/// Serves until `draining`, then until the last connection has its answers. Dropped, it drops them all.
pub(super) async fn serve<A: Admit>(
    socket: TcpListener,
    admit: A,
    service: impl Fn(SocketAddr) -> EdgeService,
    protocols: Protocols,
    mut draining: watch::Receiver<bool>,
) {
    let protocols = Arc::new(protocols);
    let mut connections = JoinSet::new();
    let mut complaint = Complaint::default();
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = raised(&mut draining) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&socket, &mut complaint) => accepted,
        };
        let (admit, protocols, draining) = (admit.clone(), Arc::clone(&protocols), draining.clone());
        connections.spawn(converse(stream, admit, service(peer), protocols, draining));
    }
    // Refused from now on, instead of left waiting.
    drop(socket);
    while connections.join_next().await.is_some() {}
}

/// When it was last said that no connection can be accepted.
#[derive(Debug, Default)]
struct Complaint(Option<Instant>);

impl Complaint {
    /// Whether to say it now.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = self.0.is_none_or(|last| now.duration_since(last) >= QUIET);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

async fn accept(socket: &TcpListener, complaint: &mut Complaint) -> (TcpStream, SocketAddr) {
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            // The caller is gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if complaint.is_due(Instant::now()) {
                    tracing::warn!(%error, "no connection can be accepted; said once a minute at most");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Until `draining` is true, or whoever would say so is gone.
async fn raised(draining: &mut watch::Receiver<bool>) {
    let _ = draining.wait_for(|draining| *draining).await;
}

async fn converse<A: Admit>(
    stream: TcpStream,
    admit: A,
    service: EdgeService,
    protocols: Arc<Protocols>,
    mut draining: watch::Receiver<bool>,
) {
    let admitted = tokio::select! {
        biased;
        () = raised(&mut draining) => return,
        // Boxed, like what follows: the task then holds each only while it is needed.
        admitted = Box::pin(admit.admit(stream, service)) => admitted,
    };
    let Ok(Admitted { stream, service, spoken }) = admitted else { return };
    let (io, service) = (TokioIo::new(stream), TowerToHyperService::new(service));
    match spoken {
        Spoken::Http1 => {
            let connection = Box::pin(protocols.http1.serve_connection(io, service).with_upgrades());
            finish(connection, http1::UpgradeableConnection::graceful_shutdown, draining).await;
        }
        Spoken::Http2 => {
            let connection = Box::pin(protocols.http2.serve_connection(io, service));
            finish(connection, http2::Connection::graceful_shutdown, draining).await;
        }
    }
}

/// Until the caller has enough, or the server: then what was asked is answered, and nothing more.
async fn finish<C: Future>(
    mut connection: Pin<Box<C>>,
    end: impl FnOnce(Pin<&mut C>),
    mut draining: watch::Receiver<bool>,
) {
    tokio::select! {
        biased;
        () = raised(&mut draining) => end(connection.as_mut()),
        _ = connection.as_mut() => return,
    }
    connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;
    use crate::edge::log::subscriber;
    use futures_util::FutureExt as _;
    use std::io::{Read, Seek};
    use std::net::Shutdown;
    use std::os::fd::OwnedFd;

    /// A socket that listened and was shut down: every try to accept a connection fails from then on.
    fn broken() -> TcpListener {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let same = OwnedFd::from(socket.try_clone().unwrap());
        std::net::TcpStream::from(same).shutdown(Shutdown::Both).unwrap();
        TcpListener::from_std(socket).unwrap()
    }

    #[tokio::test]
    async fn that_no_connection_can_be_accepted_is_said_once() {
        let mut log = tempfile::tempfile().unwrap();
        let subscriber = subscriber(LogFormat::Human, "test", "warn", log.try_clone().unwrap(), false);
        let _guard = tracing::subscriber::set_default(subscriber.unwrap());
        let mut said = || {
            let mut text = String::new();
            log.rewind().unwrap();
            log.read_to_string(&mut text).unwrap();
            text.matches("no connection can be accepted").count()
        };
        let (socket, mut complaint) = (broken(), Complaint::default());
        assert_ne!(socket.accept().await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        // Each fails, and is given up while it pauses, as in `serve` when a connection ends meanwhile.
        for _ in 0..3 {
            assert!(accept(&socket, &mut complaint).now_or_never().is_none());
            assert_eq!(said(), 1);
        }
        assert!(accept(&socket, &mut Complaint::default()).now_or_never().is_none());
        assert_eq!(said(), 2, "what is quiet is the complaint, not the socket");
    }

    #[test]
    fn a_complaint_is_repeated_after_a_minute() {
        let (begin, mut complaint) = (Instant::now(), Complaint::default());
        let due = [0, 1, 59, 60, 61, 119, 120].map(|at| complaint.is_due(begin + Duration::from_secs(at)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }

    #[test]
    fn the_protocol_is_told_by_how_it_begins_or_was_agreed_on() {
        for first in ["", "P", "PR", "POS", "PUT", "PRO", "GET", "pri", "\x16\x03\x01"] {
            assert_eq!(Spoken::begun(first.as_bytes()), Spoken::Http1, "{first:?}");
        }
        assert_eq!(Spoken::begun(b"PRI"), Spoken::Http2);
        assert_eq!(Spoken::agreed(Some(b"h2")), Spoken::Http2);
        for agreed in [None, Some(&b"http/1.1"[..]), Some(b"h3")] {
            assert_eq!(Spoken::agreed(agreed), Spoken::Http1);
        }
    }
}
