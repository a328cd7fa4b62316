//! What does the driver know of the server? Its endpoints, from its own metadata, and how a yes reaches it.

use crate::cookies::Cookies;
use crate::html;
use crate::http::{self, Reply};

/// How a person's yes reaches the server within `device_flow`.
///
/// Both servers are measured both ways. A side door is one request through the server's own models; neither product
/// has one, so the door belongs to our own program around it. Pages are what a person's browser asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// POST `/_bench/approve`, which answers once the approval is as durable as the server makes it.
    Door,
    /// The peer's HTML pages with a session.
    PeerPages,
    /// Tandem's HTML pages with a session.
    TandemPages,
}

impl Approval {
    /// The approval of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "door" => Some(Self::Door),
            "peer-pages" => Some(Self::PeerPages),
            "tandem-pages" => Some(Self::TandemPages),
            _ => None,
        }
    }

    /// What the decision form has and no other form on its page.
    pub fn marker(self) -> &'static str {
        match self {
            Self::TandemPages => "name=\"decision\"",
            Self::Door | Self::PeerPages => "name=\"user_code\"",
        }
    }

    /// What the person's answer adds to the form's hidden fields.
    pub fn answer(self) -> (&'static str, &'static str) {
        match self {
            Self::TandemPages => ("decision", "allow"),
            Self::Door | Self::PeerPages => ("confirm", "yes"),
        }
    }
}

/// A server under load.
#[derive(Debug)]
pub struct Target {
    /// `Host` of every request.
    pub host: String,
    /// The issuer, also the origin of its pages.
    pub issuer: String,
    /// The token endpoint's absolute URL, which a DPoP proof names.
    pub token_uri: String,
    /// Paths of endpoints.
    pub device_authorization: String,
    /// Token endpoint.
    pub token: String,
    /// Introspection endpoint.
    pub introspection: String,
    /// How a yes reaches it.
    pub approval: Approval,
    /// `Authorization` header line of the client that introspects.
    pub introspector: String,
    /// Backchannel authentication endpoint, where there is one.
    pub backchannel_authentication: Option<String>,
    /// `Authorization` header line of the client that asks people.
    pub asker: String,
}

/// Where every server has its metadata.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";

impl Target {
    /// From the answer to a request for the server's metadata.
    pub fn from_metadata(
        port: u16,
        reply: &Reply<'_>,
        approval: Approval,
        introspector: &(String, String),
    ) -> Result<Self, String> {
        let uri = |name: &str| {
            let member = reply.text_member(name).map(str::to_owned);
            member.ok_or_else(|| format!("the metadata has no {name} (status {})", reply.status))
        };
        let path = |name: &str| uri(name).map(|uri| html::path(&uri).to_owned());
        let backchannel = reply.text_member("backchannel_authentication_endpoint");
        Ok(Self {
            host: format!("127.0.0.1:{port}"),
            issuer: uri("issuer")?,
            token_uri: uri("token_endpoint")?,
            device_authorization: path("device_authorization_endpoint")?,
            token: path("token_endpoint")?,
            introspection: path("introspection_endpoint")?,
            approval,
            introspector: basic(introspector),
            backchannel_authentication: backchannel.map(|uri| html::path(uri).to_owned()),
            asker: String::new(),
        })
    }

    /// The same, where this client asks people.
    #[must_use]
    pub fn asked_by(self, asker: &(String, String)) -> Self {
        Self { asker: basic(asker), ..self }
    }

    /// What a browser on one of the server's own pages sends with a form.
    pub fn browser_headers(&self, cookies: &Cookies) -> String {
        format!("{}Origin: {}\r\n", cookies.line(), self.issuer)
    }
}

/// The `Authorization` header line of a client with its secret (RFC 6749 section 2.3.1).
fn basic((id, secret): &(String, String)) -> String {
    let encoded = |text: &str| {
        let mut field = String::new();
        http::push_field(&mut field, "", text);
        field.trim_start_matches('=').to_owned()
    };
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    let pair = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair);
    format!("Authorization: Basic {pair}\r\n")
}
