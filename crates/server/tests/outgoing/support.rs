//! What do the tests of outgoing requests need? Servers that answer as they are told, and names that mean what they say.

use rustls::ServerConfig;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_server::clock::Clock;
use tandem_server::config::{self, LogFormat};
use tandem_server::edge::log::subscriber;
use tandem_server::outgoing::{
    Lookup, Names, Outgoing, OutgoingAnswer, OutgoingError, OutgoingRequest, Roots,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use url::Url;

/// The moment at which the clock stands.
pub const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Names for one test. Each look-up of a name takes the next of its answers; the last one stays.
#[derive(Clone, Default)]
pub struct TestNames {
    answers: Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>,
    pub lookups: Arc<AtomicUsize>,
}

impl TestNames {
    pub fn with(self, name: &str, answers: &[&[&str]]) -> Self {
        let parse = |list: &&[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        self.answers.lock().unwrap().insert(name.to_owned(), answers);
        self
    }

    pub fn count(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }
}

impl Names for TestNames {
    fn addresses(&self, name: &str) -> Lookup {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let found = match answers.get_mut(name) {
            Some(rest) if rest.len() > 1 => Ok(rest.remove(0)),
            Some(rest) => Ok(rest[0].clone()),
            None => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
        };
        Box::pin(std::future::ready(found))
    }
}

/// A client that may call these networks and knows these names.
pub fn outgoing(allow_private: &[&str], names: &TestNames) -> Outgoing {
    outgoing_with(allow_private, names, None)
}

pub fn outgoing_with(
    allow_private: &[&str],
    names: &TestNames,
    ca_file: Option<&std::path::Path>,
) -> Outgoing {
    let allow_private = allow_private.iter().map(|text| (*text).to_owned().try_into().unwrap()).collect();
    let settings = config::Outgoing { allow_private, ca_file: ca_file.map(Into::into) };
    let roots = Roots::read(ca_file).unwrap();
    let names: Arc<dyn Names> = Arc::new(names.clone());
    Outgoing::new(&settings, &roots, Clock::manual(NOW), &names).unwrap()
}

pub async fn post(outgoing: &Outgoing, url: &str) -> Result<OutgoingAnswer, OutgoingError> {
    post_within(outgoing, url, Duration::from_secs(20)).await
}

pub async fn post_within(
    outgoing: &Outgoing,
    url: &str,
    timeout: Duration,
) -> Result<OutgoingAnswer, OutgoingError> {
    let url = Url::parse(url).unwrap();
    outgoing.post(OutgoingRequest { url: &url, headers: Vec::new(), body: b"hello".to_vec(), timeout }).await
}

/// What a server does with one connection.
#[derive(Clone)]
pub enum Manner {
    /// Says this after each request, and keeps the connection.
    Says(String),
    /// Says this after a request, then the second part for ever.
    SaysForEver(String, String),
    /// Says this when a permit comes.
    Held(Arc<Semaphore>, String),
    /// Takes the request and never answers.
    Silent,
    /// Closes without a word.
    Closes,
}

/// A server on a loopback address that records what it is sent.
pub struct TestServer {
    pub address: SocketAddr,
    /// Each request: head and body in one.
    pub requests: mpsc::UnboundedReceiver<String>,
    pub connections: Arc<AtomicUsize>,
}

impl TestServer {
    pub async fn start(manner: Manner) -> Self {
        Self::start_at("127.0.0.1:0", manner).await
    }

    pub async fn start_at(at: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(attend(stream, manner.clone(), sender.clone()));
            }
        });
        Self { address, requests, connections }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connected(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn attend(mut stream: TcpStream, manner: Manner, requests: mpsc::UnboundedSender<String>) {
    while let Some(request) = read_request(&mut stream).await {
        let _ = requests.send(request);
        match &manner {
            Manner::Says(answer) => drop(stream.write_all(answer.as_bytes()).await),
            Manner::SaysForEver(answer, more) => {
                let mut said = stream.write_all(answer.as_bytes()).await;
                while said.is_ok() {
                    said = stream.write_all(more.as_bytes()).await;
                }
            }
            Manner::Held(release, answer) => {
                release.acquire().await.unwrap().forget();
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            Manner::Silent => std::future::pending().await,
            Manner::Closes => return,
        }
    }
}

/// One request with a content-length; `None` where the connection ends.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    loop {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
        if let Some(missing) = missing(&text) {
            let mut body = vec![0; missing];
            stream.read_exact(&mut body).await.ok()?;
            text.extend(body);
            return String::from_utf8(text).ok();
        }
    }
}

/// How much body follows a complete head.
fn missing(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?.strip_suffix("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some(length.map_or(0, |length| length.parse().unwrap()))
}

/// A server that speaks TLS with this identity and answers 204, on threads of its own.
pub fn start_tls(config: Arc<ServerConfig>) -> SocketAddr {
    start_tls_saying("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", config)
}

/// The same with another answer.
pub fn start_tls_saying(answer: &'static str, config: Arc<ServerConfig>) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let connection = rustls::ServerConnection::new(config).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream);
                let mut buffer = [0; 4096];
                if stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(answer.as_bytes());
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            });
        }
    });
    address
}

/// Waits for what must happen, and fails where it does not.
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let in_time = tokio::time::timeout(Duration::from_secs(20), future).await;
    in_time.unwrap_or_else(|_| panic!("did not happen: {what}"))
}

/// What is logged on this thread.
#[derive(Clone, Default)]
pub struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    /// Begins to listen, for as long as the guard lives.
    pub fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let logged = Self::default();
        let filter = "trace,tandem_server=trace";
        let subscriber = subscriber(LogFormat::Human, "test", filter, logged.clone(), false).unwrap();
        let guard = tracing::subscriber::set_default(subscriber);
        (logged, guard)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Waits for a line with these words.
    pub async fn hears(&self, words: &str) {
        let heard = async {
            while !self.text().contains(words) {
                tokio::task::yield_now().await;
            }
        };
        soon(words, heard).await;
    }
}

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Logged {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
