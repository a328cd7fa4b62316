//! Where does the server listen, and whom does it believe about addresses: `[listeners]`, `[tls]`, `[proxy]`?

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use url::Url;

/// `[listeners]`: the two addresses the server answers on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listeners {
    /// IP address and port for everyone: devices, people, clients. An IPv6 address stands in brackets.
    pub public: ListenAddress,
    /// IP address and port for health, readiness and metrics; keep it away from the public. Empty: off.
    pub admin: AdminListener,
}

impl Default for Listeners {
    fn default() -> Self {
        Self {
            public: ListenAddress(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            admin: AdminListener::At(SocketAddr::from((Ipv4Addr::LOCALHOST, 8081))),
        }
    }
}

/// `[tls]`: TLS by the server itself. Without it the server speaks plain HTTP and stands behind a proxy.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the certificate and its chain; read again when it changes.
    #[schemars(extend("format" = "path"), example = "/etc/tandem/tls/fullchain.pem")]
    pub certificate_file: Option<PathBuf>,
    /// PEM file with the certificate's private key; read again when it changes.
    #[schemars(extend("format" = "path"), example = "/etc/tandem/tls/key.pem")]
    pub private_key_file: Option<PathBuf>,
    /// Whether clients may show a certificate (mutual TLS, RFC 8705). Self-signed ones are let in: what a certificate is
    /// good for is decided by each client's registration.
    pub client_certificates: ClientCertificates,
    /// PEM file with the authorities that vouch for the certificates of `tls_client_auth`; read again when it changes.
    /// Without it no client can authenticate so over this server's own TLS.
    #[schemars(extend("format" = "path"), example = "/etc/tandem/tls/client-ca.pem")]
    pub client_ca_file: Option<PathBuf>,
    /// Address of this server for clients with certificates (`mtls_endpoint_aliases`), here or at a proxy. Under another
    /// host than the issuer's, only its callers are asked for a certificate, and browsers are left alone.
    #[schemars(with = "Option<String>", extend("format" = "web-url"), example = "https://mtls.id.example.com")]
    pub mtls_base_url: Option<Url>,
}

/// Whether the server asks for client certificates in its own TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificates {
    /// It does not.
    #[default]
    Off,
    /// It asks, and goes on without one.
    Optional,
}

/// `[proxy]`: whose word about a caller's address counts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Addresses and networks (CIDR) of the proxies in front. The forwarded header of anyone else is ignored.
    pub trusted_proxies: Vec<Network>,
    /// The header in which these proxies say who called. The other one is ignored.
    pub forwarded_header: ForwardedHeader,
    /// The header in which these proxies pass on the certificate of a client, where they do mutual TLS. It is removed
    /// from requests of anyone else; see that the proxy replaces what callers write there.
    #[schemars(length(min = 1, max = 64), example = "client-cert")]
    pub client_certificate_header: Option<String>,
    /// How the certificate stands in that header.
    pub client_certificate_encoding: CertificateEncoding,
    /// Whether the proxy passes on only certificates whose chain it has verified. `tls_client_auth` needs that.
    pub client_certificate_verified: bool,
    /// A header that says `SUCCESS` where the proxy has verified the chain, instead of `client_certificate_verified`.
    #[schemars(length(min = 1, max = 64), example = "x-ssl-client-verify")]
    pub client_certificate_verified_header: Option<String>,
}

/// How a proxy writes a certificate into a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum CertificateEncoding {
    /// Base64 of the DER form between colons (RFC 9440).
    #[default]
    #[serde(rename = "rfc9440")]
    Rfc9440,
    /// PEM with percent signs, as nginx writes `$ssl_client_escaped_cert`.
    #[serde(rename = "url_encoded_pem")]
    UrlEncodedPem,
}

/// The header that names the caller behind a trusted proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, as most proxies write it.
    #[default]
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    #[serde(rename = "forwarded")]
    Forwarded,
}

/// An IP address with a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListenAddress(pub SocketAddr);

/// An IP address with a port, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AdminListener {
    /// No admin listener.
    Off,
    /// An admin listener on this address.
    At(SocketAddr),
}

/// A network in CIDR notation; a single address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(pub IpNet);

/// Why a text is no listening address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an IP address and a port are accepted, such as 127.0.0.1:8080 or [::]:8080")]
pub struct AddressRefusal;

/// Why a text is no trusted network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkRefusal {
    /// Neither an address nor a CIDR.
    #[error("an IP address or a network is accepted, such as 10.0.0.1 or 10.0.0.0/8")]
    NotNetwork,
    /// Bits beyond the prefix.
    #[error("the address has bits beyond its prefix: did you mean {0}?")]
    HostBits(IpNet),
    /// Everyone would be trusted.
    #[error("a network of every address would let anyone forge where they come from")]
    Everyone,
}

impl Network {
    /// Whether the address lies in this network; an IPv4-mapped IPv6 address counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    fn parse(text: &str) -> Result<Self, NetworkRefusal> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(IpNet::from(address.to_canonical())));
        }
        let net = text.parse::<IpNet>().map_err(|_| NetworkRefusal::NotNetwork)?;
        if net.prefix_len() == 0 {
            return Err(NetworkRefusal::Everyone);
        }
        if net.trunc() != net {
            return Err(NetworkRefusal::HostBits(net.trunc()));
        }
        Ok(Self(net))
    }
}

impl AdminListener {
    /// The address, if there is a listener.
    pub fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::At(address) => Some(address),
        }
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = AddressRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self).map_err(|_| AddressRefusal)
    }
}

impl From<ListenAddress> for String {
    fn from(address: ListenAddress) -> Self {
        address.0.to_string()
    }
}

impl TryFrom<String> for AdminListener {
    type Error = AddressRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() { Ok(Self::Off) } else { text.parse().map(Self::At).map_err(|_| AddressRefusal) }
    }
}

impl From<AdminListener> for String {
    fn from(listener: AdminListener) -> Self {
        listener.address().map(|address| address.to_string()).unwrap_or_default()
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

impl JsonSchema for ListenAddress {
    fn schema_name() -> Cow<'static, str> {
        "ListenAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "listen-address" })
    }
}

impl JsonSchema for AdminListener {
    fn schema_name() -> Cow<'static, str> {
        "AdminListener".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "listen-address-or-empty" })
    }
}

impl JsonSchema for Network {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "network" })
    }
}
