//! What does a QR code say of where and when it was drawn, so that whoever scans it can check? (BCP 6.1.1, R6.1c)
//!
//! A compact JWS of the server in the complete verification URI: it names the code, the network that the device asked
//! from, roughly, and the place of that network if the operator's database knows it. A phone or wallet verifies it with
//! the server's published keys and compares it with its own; the server does both when the address is opened.

use super::GeoPlace;
use crate::jose::jws::{Audience, Expected, Lifetime, Typ};
use crate::jose::{Algorithm, JwkSet, Jws, JwsError};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

/// The longest statement, in bytes.
const MAX_LEN: usize = 2048;

/// `typ` of the statement.
pub const TYP: &str = "tandem-qr+jwt";

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedQr {
    /// The server.
    pub iss: String,
    /// The server again: it is who must accept it. A phone or wallet that checks it does so on the way there.
    pub aud: String,
    /// When it was made, in seconds.
    pub iat: u64,
    /// Until when it holds: as long as the code can be opened.
    pub exp: u64,
    /// The code, as it is shown.
    pub user_code: String,
    /// The network of the consumption device (CIDR), coarse: it tells a neighbour from a stranger, not one home from the next.
    pub network: String,
    /// ISO 3166-1 alpha-2, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The city, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}

impl SignedQr {
    /// What is said of a device at this address and place.
    pub fn new(
        iss: &str,
        (iat, exp): (u64, u64),
        user_code: &str,
        address: IpAddr,
        place: Option<&GeoPlace>,
    ) -> Self {
        let text = |text: &Option<Box<str>>| text.as_deref().map(ToOwned::to_owned);
        Self {
            iss: iss.to_owned(),
            aud: iss.to_owned(),
            iat,
            exp,
            user_code: user_code.to_owned(),
            network: coarse(address),
            country: place.and_then(|place| text(&place.country)),
            city: place.and_then(|place| text(&place.city)),
        }
    }
}

/// A /24 or /48: what a provider gives a street, or a household and its neighbours.
fn coarse(address: IpAddr) -> String {
    let (address, bits) = match address.to_canonical() {
        IpAddr::V4(address) => (IpAddr::V4(address), 24),
        IpAddr::V6(address) => (IpAddr::V6(address), 48),
    };
    ipnet::IpNet::new(address, bits).map(|net| net.trunc().to_string()).unwrap_or_default()
}

/// The statement in a QR code, if it is ours (`issuer`), alive, and of this code.
pub fn verify(
    token: &str,
    published: &JwkSet,
    issuer: &str,
    user_code: &str,
    now: Timestamp,
) -> Result<SignedQr, JwsError> {
    let jws = Jws::parse(token, MAX_LEN)?;
    let qr: SignedQr = jws.verify(
        published,
        &Expected {
            typ: Typ::OneOf(&[TYP]),
            algorithms: &Algorithm::ALL,
            issuer: Some(issuer),
            audience: Audience::ExactlyString(issuer),
            lifetime: Lifetime::UntilExp,
            leeway: Duration::ZERO,
            now,
        },
    )?;
    if qr.user_code == user_code { Ok(qr) } else { Err(JwsError::ClaimMalformed("user_code")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;
    use aws_lc_rs::rand::SystemRandom;

    const ISSUER: &str = "https://id.example.com";
    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key() -> SigningKey {
        let pkcs8 = SigningKey::generate(Algorithm::ES256, &SystemRandom::new()).unwrap();
        SigningKey::from_pkcs8(Algorithm::ES256, &pkcs8, None).unwrap()
    }

    fn published(key: &SigningKey) -> JwkSet {
        JwkSet::new(vec![key.public_jwk().clone()]).unwrap()
    }

    fn statement(address: &str) -> SignedQr {
        let place =
            GeoPlace { city: Some("Osaka".into()), country: Some("JP".into()), ..GeoPlace::default() };
        let life = (NOW.as_secs(), NOW.as_secs() + 120);
        SignedQr::new(ISSUER, life, "WDJB-MJHT", address.parse().unwrap(), Some(&place))
    }

    #[test]
    fn it_says_where_the_device_is_and_not_which_home() {
        let said = statement("192.0.2.77");
        assert_eq!(said.network, "192.0.2.0/24");
        assert_eq!((said.country.as_deref(), said.city.as_deref()), (Some("JP"), Some("Osaka")));
        assert_eq!(statement("2001:db8:1:2::3").network, "2001:db8:1::/48");
        assert_eq!(statement("::ffff:192.0.2.77").network, "192.0.2.0/24");
    }

    #[test]
    fn what_is_altered_moved_or_over_does_not_hold() {
        let (ours, foreign) = (key(), key());
        let sign =
            |key: &SigningKey, typ: &str, said: &SignedQr| key.sign(&SystemRandom::new(), typ, said).unwrap();
        let said = statement("192.0.2.77");
        let token = sign(&ours, TYP, &said);
        let check = |token: &str, code: &str, now| verify(token, &published(&ours), ISSUER, code, now);
        assert_eq!(check(&token, "WDJB-MJHT", NOW), Ok(said.clone()));
        assert!(check(&token, "BCDF-GHJK", NOW).is_err(), "moved to another code");
        assert!(check(&token, "WDJB-MJHT", NOW.plus(Duration::from_mins(2))).is_err(), "over");
        assert!(check(&sign(&foreign, TYP, &said), "WDJB-MJHT", NOW).is_err(), "another key");
        assert!(check(&sign(&ours, "JWT", &said), "WDJB-MJHT", NOW).is_err(), "an ID token is none");
        let other = SignedQr { iss: "https://evil.example".to_owned(), ..said };
        assert!(check(&sign(&ours, TYP, &other), "WDJB-MJHT", NOW).is_err(), "another issuer");
        let cut = token.rsplit_once('.').unwrap().0;
        for wrong in ["", "a.b.c", cut] {
            assert!(check(wrong, "WDJB-MJHT", NOW).is_err(), "{wrong}");
        }
    }
}
