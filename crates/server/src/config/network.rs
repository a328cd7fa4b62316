//! Where does the server listen, and whom does it believe about addresses: `[listeners]`, `[tls]`, `[proxy]`?

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

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
}

/// `[proxy]`: whose word about a caller's address counts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Addresses and networks (CIDR) of the proxies in front. The forwarded header of anyone else is ignored.
    pub trusted_proxies: Vec<Network>,
    /// The header in which these proxies say who called. The other one is ignored.
    pub forwarded_header: ForwardedHeader,
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
