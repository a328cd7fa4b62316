//! Where does a browser want its messages, and for which keys? A `PushSubscription` (Push API) as it is sent to us.

use crate::digest::Digest;
use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;
use zeroize::Zeroizing;

/// The longest endpoint that is taken, in characters.
pub const MAX_ENDPOINT: usize = 1024;

/// Uncompressed P-256 points begin with this octet (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// base64url with or without padding: libraries of apps send both.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A push subscription whose parts were checked.
///
/// In JSON it is what `PushSubscription.toJSON()` gives: `{"endpoint", "keys": {"p256dh", "auth"}}`; further members
/// are ignored. Whoever has the endpoint can send to it, so that it is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Subscription {
    endpoint: Url,
    p256dh: [u8; 65],
    auth: Zeroizing<[u8; 16]>,
}

/// Why something is no subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    /// The endpoint is too long, no https URL, or has a user or a fragment.
    #[error("the endpoint is not an https URL of at most {MAX_ENDPOINT} characters")]
    Endpoint,
    /// `p256dh` is not 65 octets, not uncompressed, or not on the curve.
    #[error("p256dh is not an uncompressed point of P-256")]
    P256dh,
    /// `auth` is not 16 octets.
    #[error("auth does not have 16 octets")]
    Auth,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize, Serialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// Checks the three parts; keys are base64url.
    pub fn parse(endpoint: &str, p256dh: &str, auth: &str) -> Result<Self, SubscriptionError> {
        Ok(Self {
            endpoint: parse_endpoint(endpoint)?,
            p256dh: parse_point(p256dh)?,
            auth: parse_auth(auth)?,
        })
    }

    /// Where the messages go.
    pub const fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// What the subscription is known by without being told: the digest of its endpoint.
    pub fn id(&self) -> Digest {
        Digest::of(self.endpoint.as_str().as_bytes())
    }

    /// The browser's public key, as an uncompressed point.
    pub(super) const fn p256dh(&self) -> &[u8; 65] {
        &self.p256dh
    }

    /// The secret that the browser shares with us alone.
    pub(super) fn auth(&self) -> &[u8; 16] {
        &self.auth
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("host", &self.endpoint.host_str()).finish_non_exhaustive()
    }
}

impl TryFrom<Wire> for Subscription {
    type Error = SubscriptionError;

    fn try_from(wire: Wire) -> Result<Self, SubscriptionError> {
        Self::parse(&wire.endpoint, &wire.keys.p256dh, &wire.keys.auth)
    }
}

impl From<Subscription> for Wire {
    fn from(subscription: Subscription) -> Self {
        Self {
            keys: Keys {
                p256dh: URL_SAFE_NO_PAD.encode(subscription.p256dh),
                auth: URL_SAFE_NO_PAD.encode(subscription.auth.as_slice()),
            },
            endpoint: subscription.endpoint.into(),
        }
    }
}

fn parse_endpoint(text: &str) -> Result<Url, SubscriptionError> {
    // A parser that drops tabs and line ends would let two texts be one endpoint.
    if text.len() > MAX_ENDPOINT || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SubscriptionError::Endpoint);
    }
    let url = Url::parse(text).map_err(|_| SubscriptionError::Endpoint)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let sound = url.scheme() == "https" && url.has_host() && url.as_str().len() <= MAX_ENDPOINT;
    if bare && sound { Ok(url) } else { Err(SubscriptionError::Endpoint) }
}

fn parse_point(text: &str) -> Result<[u8; 65], SubscriptionError> {
    let point: [u8; 65] = decoded(text).ok_or(SubscriptionError::P256dh)?;
    // The library refuses what is not on the curve, and the point at infinity.
    let parsed = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, point));
    if point.first() == Some(&UNCOMPRESSED) && parsed.is_ok() {
        Ok(point)
    } else {
        Err(SubscriptionError::P256dh)
    }
}

fn parse_auth(text: &str) -> Result<Zeroizing<[u8; 16]>, SubscriptionError> {
    decoded(text).map(Zeroizing::new).ok_or(SubscriptionError::Auth)
}

/// `N` octets of base64url; nothing longer is even decoded.
fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() > N.div_ceil(3) * 4 {
        return None;
    }
    Zeroizing::new(BASE64URL.decode(text).ok()?).as_slice().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ENDPOINT: &str = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn point() -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(P256DH).unwrap()
    }

    #[test]
    fn takes_what_browsers_send_with_and_without_padding() {
        let plain = Subscription::parse(ENDPOINT, P256DH, AUTH).unwrap();
        let padded = Subscription::parse(ENDPOINT, &format!("{P256DH}="), &format!("{AUTH}==")).unwrap();
        assert_eq!(plain, padded);
        let sent = json!({ "endpoint": ENDPOINT, "expirationTime": null, "keys": { "p256dh": P256DH, "auth": AUTH } });
        let read: Subscription = serde_json::from_value(sent).unwrap();
        assert_eq!(read, plain);
        let kept = serde_json::to_value(&read).unwrap();
        assert_eq!(kept, json!({ "endpoint": ENDPOINT, "keys": { "p256dh": P256DH, "auth": AUTH } }));
        assert_eq!(read.id(), Digest::of(ENDPOINT.as_bytes()));
    }

    #[test]
    fn endpoints_are_https_short_and_bare() {
        let with_length = |length: usize| format!("{:a<length$}", "https://push.example.net/");
        assert!(Subscription::parse(&with_length(MAX_ENDPOINT), P256DH, AUTH).is_ok());
        // Four characters that become twelve when they are written as a URL.
        let growing = format!("{}\"\"\"\"", with_length(MAX_ENDPOINT - 4));
        for endpoint in [
            "",
            "push.example.net",
            "http://push.example.net/x",
            "ftp://push.example.net/x",
            "data:text/plain,x",
            "https://",
            "https://user@push.example.net/x",
            "https://:secret@push.example.net/x",
            "https://push.example.net/x#y",
            " https://push.example.net/x",
            "https://push.example.net/\nx",
            "https://push.example.net/\u{e9}",
            &with_length(MAX_ENDPOINT + 1),
            &growing,
        ] {
            let parsed = Subscription::parse(endpoint, P256DH, AUTH);
            assert_eq!(parsed, Err(SubscriptionError::Endpoint), "{endpoint}");
        }
    }

    #[test]
    fn keys_have_their_length() {
        for (p256dh, auth, error) in [
            ("", AUTH, SubscriptionError::P256dh),
            (&P256DH[..86], AUTH, SubscriptionError::P256dh),
            (&URL_SAFE_NO_PAD.encode([point(), vec![0]].concat()), AUTH, SubscriptionError::P256dh),
            (&P256DH.replace('-', "+"), AUTH, SubscriptionError::P256dh),
            (&"B".repeat(5_000), AUTH, SubscriptionError::P256dh),
            (P256DH, "", SubscriptionError::Auth),
            (P256DH, &URL_SAFE_NO_PAD.encode([1; 15]), SubscriptionError::Auth),
            (P256DH, &URL_SAFE_NO_PAD.encode([1; 17]), SubscriptionError::Auth),
            (P256DH, "BTBZMqHH6r4Tts7J/aSIgg", SubscriptionError::Auth),
        ] {
            assert_eq!(Subscription::parse(ENDPOINT, p256dh, auth), Err(error), "{p256dh} {auth}");
        }
    }

    #[test]
    fn points_are_uncompressed_and_on_the_curve() {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut off_the_curve = point();
        off_the_curve[64] ^= 1;
        let mut hybrid = point();
        hybrid[0] = 6;
        let compressed = [&[2], &point()[1..33]].concat();
        let no_prefix = [&[0], &point()[1..]].concat();
        let beyond_the_field = [&[4], &[0xff; 64][..]].concat();
        let infinity = [0; 65];
        for bad in [&off_the_curve[..], &hybrid, &compressed, &no_prefix, &beyond_the_field, &infinity] {
            let parsed = Subscription::parse(ENDPOINT, &encoded(bad), AUTH);
            assert_eq!(parsed, Err(SubscriptionError::P256dh), "{bad:?}");
        }
    }

    #[test]
    fn neither_the_endpoint_nor_the_secret_is_printed() {
        let printed = format!("{:?}", Subscription::parse(ENDPOINT, P256DH, AUTH).unwrap());
        assert!(printed.contains("push.example.net"), "{printed}");
        assert!(!printed.contains("JzLQ3") && !printed.contains("BTBZ"), "{printed}");
    }
}
