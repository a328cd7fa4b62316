//! Whose request is it: from which address does the caller come?

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

use super::client_certificate::CertificateHeader;
use super::forwarded;
use crate::config::{ForwardedHeader, Proxy};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The caller's address, in the extensions of every request; an IPv4-mapped IPv6 address stands as IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = StatusCode;

    /// Fails only where the request did not come through the edge.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().copied().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Whose word about a caller's address counts, and in which header. Nobody's, by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
    pub(super) certificate_header: Option<CertificateHeader>,
}

impl TrustedProxies {
    /// The proxies of the configuration.
    pub fn new(proxy: &Proxy) -> Self {
        let networks = proxy.trusted_proxies.iter().map(|network| canonical(network.0)).collect();
        let certificate_header = CertificateHeader::new(proxy);
        Self { networks, header: proxy.forwarded_header, certificate_header }
    }

    /// Whether this address is one of the proxies.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// From where a request came whose connection comes from `peer`.
///
/// Only a trusted peer is asked. Its header is read from the right, hop by hop, for as long as the hop that
/// wrote an entry is trusted itself: the first address that is no proxy is the caller. An entry that names no
/// address ends the walk at the last proxy that could be named. What the left part says never matters: callers
/// write there what they like.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.trusts(peer) {
        return peer;
    }
    match proxies.header {
        ForwardedHeader::XForwardedFor => {
            let entries = headers.get_all(X_FORWARDED_FOR).iter().rev().flat_map(|value| {
                // Bytes beyond ASCII make an entry that is no address.
                let text = value.to_str().unwrap_or("unreadable");
                text.rsplit(',').map(str::trim).filter(|entry| !entry.is_empty()).map(parse_node)
            });
            walk(peer, entries, proxies)
        }
        ForwardedHeader::Forwarded => {
            let entries = headers.get_all(header::FORWARDED).iter().rev().flat_map(|value| {
                forwarded::Elements::of(value.to_str().unwrap_or("unreadable")).map(forwarded::node)
            });
            walk(peer, entries, proxies)
        }
    }
}

fn walk(peer: IpAddr, entries: impl Iterator<Item = Option<IpAddr>>, proxies: &TrustedProxies) -> IpAddr {
    let mut last = peer;
    for entry in entries {
        let Some(address) = entry else { return last };
        last = address;
        if !proxies.trusts(address) {
            return last;
        }
    }
    last
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
pub(super) fn parse_node(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bracketed {
        Some(inside) => inside.parse().ok().map(IpAddr::V6),
        None => text.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip())),
    };
    address.map(|address| address.to_canonical())
}

/// A network of IPv4-mapped addresses as the IPv4 network it means.
fn canonical(network: IpNet) -> IpNet {
    match network {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => v6
            .addr()
            .to_ipv4_mapped()
            .and_then(|address| IpNet::new(address.into(), v6.prefix_len() - 96).ok())
            .unwrap_or(network),
        _ => network,
    }
}
