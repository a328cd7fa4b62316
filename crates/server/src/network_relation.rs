//! Where is one device, seen from the other? What a page says until establish_proximity decides by it.

use crate::pages::views::{Network, NetworkKind};
use std::net::IpAddr;

/// Where the device is, seen from the phone. Addresses of the two families cannot be compared, but for this machine's own.
pub fn relation(device: IpAddr, phone: IpAddr) -> Network {
    let kind = |same| if same { NetworkKind::Same } else { NetworkKind::Other };
    let kind = match (device, phone) {
        _ if device.is_loopback() && phone.is_loopback() => NetworkKind::Same,
        (IpAddr::V4(one), IpAddr::V4(two)) => kind(one == two),
        (IpAddr::V6(one), IpAddr::V6(two)) => {
            kind(one.octets().first_chunk::<8>() == two.octets().first_chunk::<8>())
        }
        _ => NetworkKind::Unknown,
    };
    Network { kind, address: device.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_compare_within_their_family_only() {
        let relation =
            |device: &str, phone: &str| relation(device.parse().unwrap(), phone.parse().unwrap()).kind;
        assert_eq!(relation("192.0.2.1", "192.0.2.1"), NetworkKind::Same);
        assert_eq!(relation("192.0.2.1", "192.0.2.2"), NetworkKind::Other);
        assert_eq!(relation("2001:db8::1", "2001:db8::2"), NetworkKind::Same);
        assert_eq!(relation("2001:db8::1", "192.0.2.2"), NetworkKind::Unknown);
        assert_eq!(relation("::1", "127.0.0.1"), NetworkKind::Same);
    }
}
