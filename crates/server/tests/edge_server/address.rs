//! Whose address counts?

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;
use tandem_server::config::{ForwardedHeader, Network, Proxy};
use tandem_server::edge::address::{TrustedProxies, client_address};

fn proxies(networks: &[&str], forwarded_header: ForwardedHeader) -> TrustedProxies {
    let trusted_proxies =
        networks.iter().map(|text| Network::try_from((*text).to_owned()).unwrap()).collect();
    TrustedProxies::new(&Proxy { trusted_proxies, forwarded_header, ..Proxy::default() })
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    lines.iter().map(line).collect()
}

#[track_caller]
fn expect(networks: &[&str], kind: ForwardedHeader, peer: &str, lines: &[(&str, &str)], expected: &str) {
    let found = client_address(peer.parse().unwrap(), &headers(lines), &proxies(networks, kind));
    assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
}

const TRUSTED: [&str; 3] = ["10.0.0.0/8", "192.0.2.9", "fd00::/8"];
const XFF: &str = "x-forwarded-for";

#[test]
fn strangers_and_everybody_without_trusted_proxies_are_not_believed() {
    for kind in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
        let lies = [(XFF, "198.51.100.1"), ("forwarded", "for=198.51.100.1"), ("x-real-ip", "198.51.100.1")];
        expect(&[], kind, "10.0.0.1", &lies, "10.0.0.1");
        expect(&TRUSTED, kind, "203.0.113.5", &lies, "203.0.113.5");
        expect(&TRUSTED, kind, "fe80::1", &lies, "fe80::1");
        expect(&TRUSTED, kind, "10.0.0.1", &[], "10.0.0.1");
    }
}

#[test]
fn x_forwarded_for_is_walked_from_the_right() {
    for (peer, lines, expected) in [
        ("10.0.0.1", &[(XFF, "198.51.100.1")][..], "198.51.100.1"),
        // What the caller wrote himself stands to the left of what the proxy saw.
        ("10.0.0.1", &[(XFF, "127.0.0.1, 198.51.100.1")], "198.51.100.1"),
        ("10.0.0.1", &[(XFF, "10.9.9.9, 198.51.100.1, 10.0.0.2")], "198.51.100.1"),
        ("10.0.0.1", &[(XFF, "1.1.1.1"), (XFF, "198.51.100.1,10.0.0.2")], "198.51.100.1"),
        ("10.0.0.1", &[(XFF, "198.51.100.1"), (XFF, "203.0.113.7")], "203.0.113.7"),
        ("10.0.0.1", &[(XFF, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
        ("10.0.0.1", &[(XFF, "198.51.100.1, , ")], "198.51.100.1"),
        ("10.0.0.1", &[(XFF, "198.51.100.1:5000")], "198.51.100.1"),
        ("10.0.0.1", &[(XFF, "[2001:db8::1]:5000")], "2001:db8::1"),
        ("10.0.0.1", &[(XFF, "2001:db8::1")], "2001:db8::1"),
        // Nothing behind what cannot be read is believed.
        ("10.0.0.1", &[(XFF, "198.51.100.1, unknown")], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "198.51.100.1, nonsense, 10.0.0.2")], "10.0.0.2"),
        ("10.0.0.1", &[(XFF, "198.51.100.1, 999.1.1.1")], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "198.51.100.1"), (XFF, "\u{e9}")], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "")], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "127.1")], "10.0.0.1"),
        // The header that is not configured says nothing.
        ("10.0.0.1", &[("forwarded", "for=198.51.100.1")], "10.0.0.1"),
        // One address has one form.
        ("::ffff:10.0.0.1", &[(XFF, "::ffff:198.51.100.1")], "198.51.100.1"),
        ("::ffff:203.0.113.5", &[(XFF, "198.51.100.1")], "203.0.113.5"),
        ("10.0.0.1", &[(XFF, "198.51.100.1, ::ffff:10.0.0.2")], "198.51.100.1"),
        ("fd00::1", &[(XFF, "198.51.100.1, 192.0.2.9")], "198.51.100.1"),
        ("192.0.2.8", &[(XFF, "198.51.100.1")], "192.0.2.8"),
    ] {
        expect(&TRUSTED, ForwardedHeader::XForwardedFor, peer, lines, expected);
    }
}

#[test]
fn forwarded_is_read_as_rfc_7239_writes_it() {
    const F: &str = "forwarded";
    for (lines, expected) in [
        (&[(F, "for=198.51.100.1")][..], "198.51.100.1"),
        (&[(F, "for=127.0.0.1, for=198.51.100.1;proto=https;by=10.0.0.1")], "198.51.100.1"),
        (&[(F, "For=\"[2001:db8:cafe::17]:4711\"")], "2001:db8:cafe::17"),
        (&[(F, "for=198.51.100.1, for=10.0.0.2, for=\"10.0.0.3:80\"")], "198.51.100.1"),
        (&[(F, "for=1.1.1.1"), (F, "for=198.51.100.1")], "198.51.100.1"),
        // An open quotation of the caller does not swallow what the proxy appended.
        (&[(F, "for=\", for=198.51.100.1")], "198.51.100.1"),
        (&[(F, "for=\"\\\", for=198.51.100.1")], "198.51.100.1"),
        (&[(F, "for=198.51.100.1, for=_hidden")], "10.0.0.1"),
        (&[(F, "for=198.51.100.1, for=unknown, for=10.0.0.2")], "10.0.0.2"),
        (&[(F, "for=198.51.100.1;for=198.51.100.2")], "10.0.0.1"),
        (&[(F, "proto=https")], "10.0.0.1"),
        (&[(F, "198.51.100.1")], "10.0.0.1"),
        (&[(F, "for=\"198.51.100.1, for=10.0.0.2\"")], "10.0.0.1"),
        (&[(XFF, "198.51.100.1")], "10.0.0.1"),
    ] {
        expect(&TRUSTED, ForwardedHeader::Forwarded, "10.0.0.1", lines, expected);
    }
}
