//! How does a device talk to the server? Bounded in size and time, no redirect followed, never deaf to Ctrl-C.

use crate::failure::{Failure, printable};
use crate::interrupt;
use crate::surroundings::{CallFailure, Surroundings};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tandem_core::time::Timestamp;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use url::Url;

/// No response of this protocol is longer (bytes).
const LARGEST_RESPONSE: u64 = 1 << 20;
/// The longest that one exchange may take, from name lookup to the last byte.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(30);
/// The longest wait for a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// How often a waiting program shows that it is alive.
const TICK: Duration = Duration::from_secs(1);

/// One request: a GET, or a POST when there is a form. Holds secrets, so it cannot be printed.
pub struct Request {
    /// Where to.
    pub url: Url,
    /// The parameters of a POST; `None` makes it a GET.
    pub form: Option<Vec<(&'static str, String)>>,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// The value of the `DPoP` header.
    pub dpop: Option<String>,
}

impl Request {
    /// A GET of `url`.
    pub const fn get(url: Url) -> Self {
        Self { url, form: None, authorization: None, dpop: None }
    }
}

/// What came back, whatever its status. Holds secrets, so it cannot be printed.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The `DPoP-Nonce` header.
    pub dpop_nonce: Option<String>,
    /// The `Retry-After` header in its seconds form.
    pub retry_after: Option<Duration>,
    /// The body, at most 1 MiB.
    pub body: Vec<u8>,
}

enum Event {
    Answered(Result<Response, CallFailure>),
    Interrupted,
}

/// The real world: a network, clocks, the system's random numbers, and signals.
///
/// Requests run on their own thread, so that Ctrl-C is obeyed while a server is slow to answer.
pub struct RealWorld {
    agent: ureq::Agent,
    sender: Sender<Event>,
    events: Receiver<Event>,
    started: Instant,
    random: SystemRandom,
}

impl RealWorld {
    /// Connects to signals and prepares connections that trust the system's authorities, or those in `ca_file` alone.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, Failure> {
        // An installed provider is as good: it can only be this one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls = TlsConfig::builder().root_certs(authorities(ca_file)?).build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(64 * 1024)
            .timeout_connect(Some(LONGEST_CONNECT))
            .timeout_global(Some(LONGEST_EXCHANGE))
            .user_agent(concat!("tandem-device/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        let (sender, events) = channel();
        interrupt::listen(sender.clone(), || Event::Interrupted)?;
        let started = monotonic();
        Ok(Self { agent: config.new_agent(), sender, events, started, random: SystemRandom::new() })
    }

    /// Waits for one event until `until`, ticking each second.
    fn next_event(&self, until: Duration, tick: &mut dyn FnMut(Duration)) -> Option<Event> {
        loop {
            let now = self.elapsed();
            tick(now);
            let left = until.saturating_sub(now);
            match self.events.recv_timeout(left.min(TICK)) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout) if self.elapsed() < until => {}
                Err(_) => return None,
            }
        }
    }
}

impl Surroundings for RealWorld {
    fn call(&mut self, request: Request, tick: &mut dyn FnMut(Duration)) -> Result<Response, CallFailure> {
        let (agent, sender) = (self.agent.clone(), self.sender.clone());
        let exchange = move || {
            // If nobody waits any more, the answer is not wanted.
            let _ = sender.send(Event::Answered(exchange(&agent, &request)));
        };
        std::thread::Builder::new()
            .name("request".to_owned())
            .spawn(exchange)
            .map_err(|error| CallFailure::Unusable(format!("cannot start a thread: {error}")))?;
        let until = self.elapsed() + LONGEST_EXCHANGE + LONGEST_CONNECT;
        match self.next_event(until, tick) {
            Some(Event::Answered(answer)) => answer,
            Some(Event::Interrupted) => Err(CallFailure::Interrupted),
            None => Err(CallFailure::Unusable("the request never ended".to_owned())),
        }
    }

    fn wait(&mut self, duration: Duration, tick: &mut dyn FnMut(Duration)) -> Result<(), Failure> {
        match self.next_event(self.elapsed().saturating_add(duration), tick) {
            None => Ok(()),
            Some(_) => Err(Failure::Interrupted),
        }
    }

    fn elapsed(&self) -> Duration {
        monotonic().saturating_duration_since(self.started)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock of the device program")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn random(&mut self) -> Result<[u8; 32], Failure> {
        let mut bytes = [0; 32];
        let drawn = self.random.fill(&mut bytes);
        drawn.map(|()| bytes).map_err(|_| Failure::Server("the system has no random numbers".to_owned()))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock of the device program")]
fn monotonic() -> Instant {
    Instant::now()
}

fn authorities(ca_file: Option<&Path>) -> Result<RootCerts, Failure> {
    let Some(path) = ca_file else {
        let system = rustls_native_certs::load_native_certs().certs;
        return Ok(system.iter().map(|found| Certificate::from_der(found.as_ref()).to_owned()).into());
    };
    let refusal = |why: String| Failure::File(format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| refusal(error.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| refusal(error.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(refusal("holds no certificate".to_owned())) } else { Ok(found.into()) }
}

fn exchange(agent: &ureq::Agent, request: &Request) -> Result<Response, CallFailure> {
    let url = request.url.as_str();
    let answer = match &request.form {
        None => agent.get(url).header("Accept", "application/json").call(),
        Some(form) => {
            let mut post = agent.post(url).header("Accept", "application/json");
            if let Some(value) = &request.authorization {
                post = post.header("Authorization", value);
            }
            if let Some(value) = &request.dpop {
                post = post.header("DPoP", value);
            }
            post.content_type("application/x-www-form-urlencoded").send(encode(form).as_str())
        }
    };
    let mut answer = answer.map_err(|error| classify(&error))?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let dpop_nonce = header("DPoP-Nonce").map(str::to_owned);
    let retry_after = header("Retry-After").and_then(|value| value.parse().ok()).map(Duration::from_secs);
    let status = answer.status().as_u16();
    let body = answer
        .body_mut()
        .with_config()
        .limit(LARGEST_RESPONSE)
        .read_to_vec()
        .map_err(|error| classify(&error))?;
    Ok(Response { status, dpop_nonce, retry_after, body })
}

fn encode(form: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn classify(error: &ureq::Error) -> CallFailure {
    use ureq::Error;
    let text = printable(&error.to_string(), 200);
    match error {
        Error::BodyExceedsLimit(_) | Error::Http(_) | Error::BadUri(_) | Error::Protocol(_) => {
            CallFailure::Unusable(format!("the server's answer is unusable: {text}"))
        }
        _ => CallFailure::Connection(text),
    }
}
