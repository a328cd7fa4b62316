//! A client's notification endpoint, or anything else that is called: it records, and misbehaves as it is told.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tandem_server::config::Config;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use url::Url;

/// How long calls may take to come on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the endpoint does with a call.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and `Retry-After`.
    Later(u16, u64),
    /// Sends the caller elsewhere.
    Redirect(String),
    /// Answers 400 with this body.
    Refusal(String),
    /// Answers 200 with a body of this many bytes.
    Body(usize),
    /// Answers 200 with this body.
    Document(String),
    /// Takes the call and never answers.
    Silence,
}

/// A call that came.
#[derive(Debug, Clone)]
pub struct Call {
    /// The path.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Recorded {
    calls: Mutex<Vec<Call>>,
    next: Mutex<VecDeque<Behaviour>>,
    arrived: Notify,
}

/// An endpoint on loopback.
pub struct Receiver {
    /// Its address.
    pub url: Url,
    recorded: Arc<Recorded>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// One that answers 204 unless told otherwise.
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/ciba", socket.local_addr().unwrap())).unwrap();
        let recorded = Arc::<Recorded>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&recorded));
        let task = tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        Self { url, recorded, task }
    }

    /// What it does with the next calls, in order; then 204 again.
    pub fn then(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.recorded.next.lock().unwrap().extend(behaviours);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.recorded.calls.lock().unwrap().clone()
    }

    /// Waits until this many calls have come, and fails with what came instead.
    pub async fn wait_for(&self, count: usize) -> Vec<Call> {
        self.wait_at_most(PATIENCE, count).await.unwrap_or_else(|came| panic!("{came}"))
    }

    async fn wait_at_most(&self, patience: Duration, count: usize) -> Result<Vec<Call>, String> {
        let all = async {
            loop {
                let arrived = self.recorded.arrived.notified();
                let calls = self.calls();
                if calls.len() >= count {
                    return calls;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(patience, all).await.map_err(|_| {
            let calls = self.calls();
            let said = |call: &Call| format!("{}: {}", call.path, String::from_utf8_lossy(&call.body));
            let came = calls.iter().map(said).collect::<Vec<_>>().join("\n");
            format!("{} of {count} calls came to {} within {patience:?}:\n{came}", calls.len(), self.url)
        })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lets the server call loopback addresses.
pub fn allow_loopback(config: &mut Config) {
    config.outgoing.allow_private =
        vec![tandem_server::config::Network::try_from("127.0.0.0/8".to_owned()).unwrap()];
}

async fn take(State(recorded): State<Arc<Recorded>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let call = Call { path: parts.uri.path().to_owned(), headers: parts.headers, body };
    recorded.calls.lock().unwrap().push(call);
    recorded.arrived.notify_waiters();
    let behaviour = recorded.next.lock().unwrap().pop_front().unwrap_or(Behaviour::Status(204));
    let answer = |status: u16| Response::builder().status(StatusCode::from_u16(status).unwrap());
    match behaviour {
        Behaviour::Status(status) => answer(status).body(Body::empty()).unwrap(),
        Behaviour::Later(status, seconds) => {
            answer(status).header(header::RETRY_AFTER, seconds).body(Body::empty()).unwrap()
        }
        Behaviour::Redirect(to) => answer(301).header(header::LOCATION, to).body(Body::empty()).unwrap(),
        Behaviour::Refusal(body) => answer(400).body(Body::from(body)).unwrap(),
        Behaviour::Body(length) => answer(200).body(Body::from(vec![b'x'; length])).unwrap(),
        Behaviour::Document(body) => answer(200).body(Body::from(body)).unwrap(),
        Behaviour::Silence => std::future::pending().await,
    }
}

#[tokio::test]
async fn what_does_not_come_is_not_waited_for_for_ever() {
    let receiver = Receiver::start().await;
    let brief = Duration::from_millis(10);
    let nothing = receiver.wait_at_most(brief, 1).await.unwrap_err();
    assert_eq!(nothing, format!("0 of 1 calls came to {} within 10ms:\n", receiver.url));
    let mut caller = TcpStream::connect(receiver.url.socket_addrs(|| None).unwrap()[0]).await.unwrap();
    caller.write_all(b"POST /ciba HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\none").await.unwrap();
    assert_eq!(receiver.wait_at_most(PATIENCE, 1).await.unwrap()[0].body, b"one");
    let too_few = receiver.wait_at_most(brief, 2).await.unwrap_err();
    assert_eq!(too_few, format!("1 of 2 calls came to {} within 10ms:\n/ciba: one", receiver.url));
}
