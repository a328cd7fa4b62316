//! Do two addresses belong to one network?

use super::{Relation, Settings};
use crate::mitigations::trusted_networks::within;
use std::net::IpAddr;

/// Addresses of the two families cannot be compared: a device on IPv4 and a phone on IPv6 in one room are usual.
pub(super) fn relation(settings: &Settings, one: IpAddr, two: IpAddr) -> Relation {
    let (one, two) = (one.to_canonical(), two.to_canonical());
    if one.is_loopback() && two.is_loopback() && one.is_ipv4() != two.is_ipv4() {
        return Relation::Together;
    }
    if within(&settings.shared_networks, one) || within(&settings.shared_networks, two) {
        return Relation::Unknown;
    }
    let agree = match (one, two) {
        (IpAddr::V4(one), IpAddr::V4(two)) => {
            (one.to_bits() ^ two.to_bits()).leading_zeros() >= u32::from(settings.ipv4_prefix)
        }
        (IpAddr::V6(one), IpAddr::V6(two)) => {
            (one.to_bits() ^ two.to_bits()).leading_zeros() >= u32::from(settings.ipv6_prefix)
        }
        _ => return Relation::Unknown,
    };
    if agree { Relation::Together } else { Relation::Apart }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relate(one: &str, two: &str) -> Relation {
        relation(&Settings::baseline(), one.parse().unwrap(), two.parse().unwrap())
    }

    #[test]
    fn networks_compare_within_their_family_only() {
        assert_eq!(relate("192.0.2.1", "192.0.2.1"), Relation::Together);
        assert_eq!(relate("192.0.2.1", "192.0.2.2"), Relation::Apart);
        assert_eq!(relate("2001:db8::1", "2001:db8::2"), Relation::Together);
        assert_eq!(relate("2001:db8::1", "2001:db8:0:1::1"), Relation::Apart);
        assert_eq!(relate("2001:db8::1", "192.0.2.2"), Relation::Unknown);
        assert_eq!(relate("::1", "127.0.0.1"), Relation::Together);
        assert_eq!(relate("::ffff:192.0.2.1", "192.0.2.1"), Relation::Together);
    }

    #[test]
    fn a_shared_address_proves_nothing() {
        assert_eq!(relate("100.64.3.4", "100.64.3.4"), Relation::Unknown);
        assert_eq!(relate("100.64.3.4", "192.0.2.1"), Relation::Unknown);
    }
}
