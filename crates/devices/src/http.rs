//! How does a device talk to the server? Bounded in size and time, and no redirect followed.

use crate::failure::{Failure, printable};
use crate::http_date;
use crate::surroundings::CallFailure;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use tandem_core::time::Timestamp;
use ureq::http::response::Parts;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use url::Url;

/// No response of this protocol is longer (bytes).
const LARGEST_RESPONSE: u64 = 1 << 20;
/// The longest that one exchange may take, from name lookup to the last byte. Servers hold long polls for up to 30 s.
pub const LONGEST_EXCHANGE: Duration = Duration::from_secs(45);
/// The longest wait for a connection.
pub const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// The longest silence of a stream of events; servers send a comment every 25 s.
const LONGEST_SILENCE: Duration = Duration::from_secs(90);

/// What is done at an address.
pub enum Method {
    /// GET.
    Get,
    /// POST of a form.
    Form(Vec<(&'static str, String)>),
    /// POST of this JSON text.
    Json(String),
    /// DELETE.
    Delete,
}

impl Method {
    /// The name of the method on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Form(_) | Self::Json(_) => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// One request. Holds secrets, so it cannot be printed.
pub struct Request {
    /// Where to.
    pub url: Url,
    /// What is done there.
    pub method: Method,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// The value of the `DPoP` header.
    pub dpop: Option<String>,
}

impl Request {
    /// A GET of `url`.
    pub const fn get(url: Url) -> Self {
        Self { url, method: Method::Get, authorization: None, dpop: None }
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
    /// The `Date` header: what the server's clock said.
    pub date: Option<Timestamp>,
    /// The body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// The answer to a request for a stream of events.
pub enum Opened {
    /// It flows: what the head of the response said, and its endless body.
    Flowing(Response, Box<dyn Read + Send>),
    /// Another response than a stream.
    Refused(Response),
}

/// How connections are made. Clones share them.
#[derive(Clone)]
pub struct Network {
    exchanges: ureq::Agent,
    streams: ureq::Agent,
}

impl Network {
    /// Prepares connections that trust the system's authorities, or those in `ca_file` alone.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, Failure> {
        // An installed provider is as good: it can only be this one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls = TlsConfig::builder().root_certs(authorities(ca_file)?).build();
        let config = || {
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .max_response_header_size(64 * 1024)
                .timeout_connect(Some(LONGEST_CONNECT))
                .user_agent(concat!("tandem-device/", env!("CARGO_PKG_VERSION")))
                .tls_config(tls.clone())
        };
        Ok(Self {
            exchanges: config().timeout_global(Some(LONGEST_EXCHANGE)).build().new_agent(),
            streams: config()
                .timeout_recv_response(Some(LONGEST_EXCHANGE))
                .timeout_per_read(Some(LONGEST_SILENCE))
                .build()
                .new_agent(),
        })
    }

    /// Sends `request` and reads its response.
    pub fn exchange(&self, request: &Request) -> Result<Response, CallFailure> {
        let (head, mut body) = send(&self.exchanges, request, "application/json")?;
        read_whole(&head, &mut body)
    }

    /// Asks for a stream of events, which then flows for as long as both sides like.
    pub fn open(&self, request: &Request) -> Result<Opened, CallFailure> {
        let (head, mut body) = send(&self.streams, request, "text/event-stream")?;
        let kind = head.headers.get("Content-Type").and_then(|value| value.to_str().ok());
        let streams =
            kind.is_some_and(|kind| kind.split(';').next().map(str::trim) == Some("text/event-stream"));
        if head.status.as_u16() == 200 && streams {
            return Ok(Opened::Flowing(response(&head, Vec::new()), Box::new(body.into_reader())));
        }
        Ok(Opened::Refused(read_whole(&head, &mut body)?))
    }
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

fn send(agent: &ureq::Agent, request: &Request, accept: &str) -> Result<(Parts, ureq::Body), CallFailure> {
    let mut head = ureq::http::Request::builder()
        .method(request.method.name())
        .uri(request.url.as_str())
        .header("Accept", accept);
    for (name, value) in [("Authorization", &request.authorization), ("DPoP", &request.dpop)] {
        if let Some(value) = value {
            head = head.header(name, value);
        }
    }
    let (kind, body) = match &request.method {
        Method::Get | Method::Delete => (None, String::new()),
        Method::Form(form) => (Some("application/x-www-form-urlencoded"), encode(form)),
        Method::Json(text) => (Some("application/json"), text.clone()),
    };
    let invalid = |error: ureq::http::Error| classify(&error.into());
    let answer = match kind {
        None => agent.run(head.body(()).map_err(invalid)?),
        Some(kind) => agent.run(head.header("Content-Type", kind).body(body).map_err(invalid)?),
    };
    Ok(answer.map_err(|error| classify(&error))?.into_parts())
}

fn read_whole(head: &Parts, body: &mut ureq::Body) -> Result<Response, CallFailure> {
    let body = body.with_config().limit(LARGEST_RESPONSE).read_to_vec();
    Ok(response(head, body.map_err(|error| classify(&error))?))
}

fn response(head: &Parts, body: Vec<u8>) -> Response {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    Response {
        status: head.status.as_u16(),
        dpop_nonce: header("DPoP-Nonce").map(str::to_owned),
        retry_after: header("Retry-After").and_then(|value| value.parse().ok()).map(Duration::from_secs),
        date: header("Date").and_then(http_date::parse),
        body,
    }
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
