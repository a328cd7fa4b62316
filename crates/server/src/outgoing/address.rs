//! Which addresses may be called?
//!
//! What a client or a person names must not reach into the network that the server stands in. So everything is refused
//! that the registries of special-purpose addresses (RFC 6890) list, and everything that hides an IPv4 address in an
//! IPv6 one, unless the configuration names it.

use super::Refusal;
use crate::config::Network;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Https,
    Http,
}

/// What the configuration allows beyond public addresses.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub allow_private: Vec<Network>,
}

impl Rules {
    /// Whether this address may be called: a public one by https, one that the configuration names by either scheme.
    pub fn check(&self, address: IpAddr, scheme: Scheme) -> Result<(), Refusal> {
        match (is_public(address), scheme) {
            (true, Scheme::Https) => Ok(()),
            (true, Scheme::Http) => Err(Refusal::PlainHttp),
            // Compared as written: an IPv4 address in IPv6 clothes is none of the networks that were named.
            (false, _) if self.allow_private.iter().any(|network| network.0.contains(&address)) => Ok(()),
            (false, _) => Err(Refusal::PrivateAddress),
        }
    }
}

/// Blocks of IPv4 that lead nowhere or to somebody's own network (IANA IPv4 Special-Purpose Address Registry, and
/// multicast), by first address and length of the prefix.
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only block of IPv6 that is given out for global unicast (RFC 4291 section 2.4): loopback, mapped, compatible,
/// NAT64, unique local, link-local and multicast addresses lie outside.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is special within it: protocol assignments with Teredo, ORCHID and benchmarking; documentation; 6to4; the
/// former 6bone; documentation again (RFC 9637).
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address belongs to the public network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let within = |(block, length): &(Ipv4Addr, u32)| {
                (address.to_bits() ^ block.to_bits()).leading_zeros() >= *length
            };
            !SPECIAL_V4.iter().any(within)
        }
        IpAddr::V6(address) => {
            let within = |(block, length): &(Ipv6Addr, u32)| {
                (address.to_bits() ^ block.to_bits()).leading_zeros() >= *length
            };
            within(&GLOBAL_V6) && !SPECIAL_V6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: [&str; 12] = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
    ];

    const NOT_PUBLIC: [&str; 49] = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::a00:1",
        "100::1",
        "1fff::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3ffe::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "ff02::1",
    ];

    fn rules(networks: &[&str]) -> Rules {
        let networks = networks.iter().map(|text| Network::try_from((*text).to_owned()).unwrap());
        Rules { allow_private: networks.collect() }
    }

    #[test]
    fn public_addresses_are_called_by_https_only() {
        for address in PUBLIC {
            let address = address.parse().unwrap();
            assert_eq!(rules(&[]).check(address, Scheme::Https), Ok(()), "{address}");
            assert_eq!(rules(&[]).check(address, Scheme::Http), Err(Refusal::PlainHttp), "{address}");
        }
        let named = rules(&["1.1.1.1"]);
        assert_eq!(named.check("1.1.1.1".parse().unwrap(), Scheme::Http), Err(Refusal::PlainHttp));
    }

    #[test]
    fn every_special_address_is_refused_unless_it_is_named() {
        for address in NOT_PUBLIC {
            let parsed = address.parse().unwrap();
            for scheme in [Scheme::Https, Scheme::Http] {
                assert_eq!(rules(&[]).check(parsed, scheme), Err(Refusal::PrivateAddress), "{address}");
                assert_eq!(rules(&["10.9.9.0/24"]).check(parsed, scheme), Err(Refusal::PrivateAddress));
            }
            // A mapped address cannot be named: the configuration takes it for the IPv4 address that it hides.
            if !address.starts_with("::ffff:") || address.contains(":0:") {
                assert_eq!(rules(&[address]).check(parsed, Scheme::Http), Ok(()), "{address}");
            }
        }
    }

    #[test]
    fn a_named_network_is_not_reached_in_ipv6_clothes() {
        let named = rules(&["127.0.0.0/8", "10.0.0.0/8"]);
        assert_eq!(named.check("127.0.0.1".parse().unwrap(), Scheme::Http), Ok(()));
        for address in
            ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "::10.0.0.1", "2002:a00:1::1"]
        {
            let refused = named.check(address.parse().unwrap(), Scheme::Http);
            assert_eq!(refused, Err(Refusal::PrivateAddress), "{address}");
        }
    }
}
