//! Which addresses may a Tandem server call its own?

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The issuer identifier (RFC 8414 section 2): an absolute URL without query, fragment and trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(String);

/// Why a text is no issuer. The text itself is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerRefusal {
    /// Not an absolute URL, or longer than 512 bytes.
    #[error("an absolute URL of at most 512 bytes is accepted, such as https://id.example.com")]
    NotUrl,
    /// Neither https nor http on this machine.
    #[error("https is accepted; http only with localhost or a loopback address")]
    NotSecure,
    /// A user name or password before the host.
    #[error("a URL without user name and password is accepted")]
    Credentials,
    /// A path: pages and endpoints lie at the root of their host.
    #[error("a URL without a path is accepted: the server needs a host name of its own")]
    Path,
    /// A query or fragment.
    #[error("a URL without query and fragment is accepted")]
    QueryOrFragment,
}

impl Issuer {
    /// Reads an issuer: `https`, or `http` on localhost and loopback addresses. Trailing slashes are dropped, the
    /// host is lowered and a default port left out.
    pub fn parse(text: &str) -> Result<Self, IssuerRefusal> {
        let url = absolute(text)?;
        if url.scheme() == "https" || (url.scheme() == "http" && on_this_machine(&url)) {
            return Ok(Self::from_url(&url));
        }
        Err(IssuerRefusal::NotSecure)
    }

    /// Reads the issuer of a demonstration on a private network, where `http` is accepted with any host.
    pub fn parse_for_demo(text: &str) -> Result<Self, IssuerRefusal> {
        let url = absolute(text)?;
        if matches!(url.scheme(), "https" | "http") {
            return Ok(Self::from_url(&url));
        }
        Err(IssuerRefusal::NotSecure)
    }

    fn from_url(url: &Url) -> Self {
        Self(url.as_str().trim_end_matches('/').to_owned())
    }

    /// The issuer as it stands in tokens and metadata.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether people reach the server over TLS (its own or a proxy's).
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The host, without a port: what passkeys are bound to.
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest);
        match authority.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        }
    }
}

impl Default for Issuer {
    /// The address of a server tried out on one's own machine; `config::load` never falls back to it.
    fn default() -> Self {
        Self("http://localhost:8080".to_owned())
    }
}

impl std::fmt::Display for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Issuer {
    type Error = IssuerRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.0
    }
}

impl JsonSchema for Issuer {
    fn schema_name() -> Cow<'static, str> {
        "Issuer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "issuer", "maxLength": 512 })
    }
}

fn absolute(text: &str) -> Result<Url, IssuerRefusal> {
    if text.len() > 512 {
        return Err(IssuerRefusal::NotUrl);
    }
    let url = Url::parse(text).map_err(|_| IssuerRefusal::NotUrl)?;
    if url.host().is_none() {
        return Err(IssuerRefusal::NotUrl);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(IssuerRefusal::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(IssuerRefusal::QueryOrFragment);
    }
    if !url.path().trim_end_matches('/').is_empty() {
        return Err(IssuerRefusal::Path);
    }
    Ok(url)
}

fn on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
