//! What do the tests of the edge need? A server of their own, and clients that say exactly what they are told.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, StatusCode};
use axum::routing::{get, post};
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_server::config::Config;
use tandem_server::edge::admin::{Health, router as admin_router};
use tandem_server::edge::body::{BodyError, read_body};
use tandem_server::edge::client_certificate::certificate_of;
use tandem_server::edge::metrics::Reading;
use tandem_server::edge::routes::Routes;
use tandem_server::edge::serve::{ServeError, run};
use tandem_server::edge::settings::{Draining, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::JoinHandle;

pub const BODY_LIMIT: usize = 1000;

/// A server at work.
pub struct TestServer {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub draining: Draining,
    /// Lets `/held` answer, once a permit.
    pub release: Arc<Semaphore>,
    /// Told when a request reached `/held`.
    pub held: Arc<Notify>,
    pub stop: Arc<Notify>,
    pub task: JoinHandle<Result<(), ServeError>>,
}

/// Settings for any free ports.
pub fn settings() -> Settings {
    let mut settings = Settings::new(
        &Config::default(),
        Routes::new(["/", "/echo", "/held", "/panic", "/users/{id}", "/counted/{id}"]),
    );
    settings.public = ([127, 0, 0, 1], 0).into();
    settings.admin = Some(([127, 0, 0, 1], 0).into());
    settings
}

pub async fn start(settings: Settings) -> TestServer {
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    start_until(settings, stop, async move { stopped.notified().await }).await
}

pub async fn start_until(
    mut settings: Settings,
    stop: Arc<Notify>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> TestServer {
    let (sender, bound) = oneshot::channel();
    settings.ready = Some(sender);
    let draining = settings.draining.clone();
    let (release, held) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let readings = || vec![Reading { name: "tandem_test_things", help: "Things.", value: 7.0 }];
    let admin = admin_router(Health::new(|| Ok(()), readings, draining.clone()));
    let router = routes(Arc::clone(&release), Arc::clone(&held));
    let task = tokio::spawn(run(router, Some(admin), settings, shutdown));
    let bound = bound.await.expect("the server listens");
    let admin = bound.admin.expect("an admin listener");
    TestServer { public: bound.public, admin, draining, release, held, stop, task }
}

fn routes(release: Arc<Semaphore>, held: Arc<Notify>) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/users/{id}", get(|| async { "somebody" }))
        .route("/counted/{id}", get(|| async { "one more" }))
        .route("/echo", post(echo))
        .route("/certificate", get(certificate))
        .route("/panic", get(|| async { panic_for_the_test() }))
        .route("/forever", get(|| async { pending::<()>().await }))
        .route(
            "/held",
            get(move || async move {
                held.notify_one();
                release.acquire().await.expect("the test lives").forget();
                "released"
            }),
        )
}

/// Which certificate reached the handler, whether somebody vouches for it, and which headers about it did.
async fn certificate(request: Request) -> String {
    let known = request.headers().keys().map(HeaderName::as_str).filter(|name| name.contains("cert"));
    let known = known.collect::<Vec<_>>().join(" ");
    match certificate_of(request.extensions()) {
        None => format!("[none] [{known}]"),
        Some(shown) => format!("[{} {:?}] [{known}]", shown.certificate.thumbprint(), shown.chain),
    }
}

fn panic_for_the_test() -> &'static str {
    panic!("a message with secret-in-panic")
}

async fn echo(body: Body) -> Result<axum::body::Bytes, StatusCode> {
    read_body(body, BODY_LIMIT).await.map_err(|error| match error {
        BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::Broken => StatusCode::BAD_REQUEST,
    })
}

/// Waits for what must happen, and fails where it does not.
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let in_time = tokio::time::timeout(Duration::from_secs(20), future).await;
    in_time.unwrap_or_else(|_| panic!("did not happen: {what}"))
}

/// Says this on a new connection and returns everything that comes back until it is closed.
pub async fn say(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    stream.write_all(text.as_bytes()).await.expect("it is listened to");
    read_to_end(&mut stream).await
}

pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset ends a connection as well as a farewell.
    let _ = soon("the connection is closed", stream.read_to_end(&mut all)).await;
    String::from_utf8_lossy(&all).into_owned()
}

pub async fn fetch(address: SocketAddr, path: &str) -> String {
    say(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
}

/// Reads until this text has come.
pub async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains(end) {
        let mut piece = [0; 1024];
        let read = soon(end, stream.read(&mut piece)).await.expect("the connection holds");
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Sends a signal to this very process, which must be listening to it.
pub fn signal(name: &str) {
    let id = std::process::id().to_string();
    let status = std::process::Command::new("kill").args([name, &id]).status();
    assert!(status.expect("kill is there").success());
}

/// The beginning of an HTTP/2 connection (RFC 9113 section 3.4) and a GET of `/` on its first stream.
pub fn http2_request() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    // An empty SETTINGS frame, then HEADERS with END_STREAM and END_HEADERS.
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    let fields = [0x82, 0x86, 0x84, 0x41, 1, b'x'];
    bytes.extend([0, 0, 6, 1, 5, 0, 0, 0, 1]);
    bytes.extend(fields);
    bytes
}
