//! How does a push service know who sends? A signed token for its origin (RFC 8292).

use crate::time::Timestamp;
use aws_lc_rs::rand::SecureRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use url::Url;

/// How long a token holds. RFC 8292 section 2 allows a day; half of it leaves room for clocks that differ.
pub const VAPID_LIFETIME: Duration = Duration::from_hours(12);

/// The longest contact, in characters.
const MAX_CONTACT: usize = 256;
/// The header of every token. It names no key, since `k` stands beside it.
const HEADER: &[u8] = br#"{"typ":"JWT","alg":"ES256"}"#;

/// The private key that names this server to push services.
pub struct VapidKey {
    pair: EcdsaKeyPair,
    public: String,
}

/// Whom the operator of a push service can write to: the `sub` of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(Box<str>);

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VapidError {
    /// The bytes are no private key of P-256.
    #[error("this is no private key of P-256")]
    Key,
    /// The contact is too long, or neither `mailto:` nor `https:`.
    #[error("the contact is not a mailto: or https: URL of at most {MAX_CONTACT} characters")]
    Contact,
    /// The library refused.
    #[error("the token could not be signed")]
    Failed,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

impl Contact {
    /// A `mailto:` or `https:` URL (RFC 8292 section 2.1).
    pub fn parse(text: &str) -> Result<Self, VapidError> {
        if text.len() > MAX_CONTACT || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(VapidError::Contact);
        }
        let url = Url::parse(text).map_err(|_| VapidError::Contact)?;
        let reachable = match url.scheme() {
            "https" => url.has_host() && url.username().is_empty() && url.password().is_none(),
            "mailto" => url.path().split_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty()),
            _ => false,
        };
        if reachable { Ok(Self(text.into())) } else { Err(VapidError::Contact) }
    }

    /// The URL as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VapidKey {
    /// The key in this PKCS#8 DER.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, VapidError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        let pair = pair.map_err(|_| VapidError::Key)?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// The public key as an uncompressed point in base64url: `k`, and the `applicationServerKey` of browsers.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The value of `Authorization` for a request to this endpoint.
    pub fn authorization(
        &self,
        rng: &dyn SecureRandom,
        endpoint: &Url,
        contact: Option<&Contact>,
        now: Timestamp,
    ) -> Result<String, VapidError> {
        let claims = Claims {
            aud: endpoint.origin().ascii_serialization(),
            exp: now.plus(VAPID_LIFETIME).as_secs(),
            sub: contact.map(Contact::as_str),
        };
        let claims = serde_json::to_vec(&claims).map_err(|_| VapidError::Failed)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(rng, signed.as_bytes()).map_err(|_| VapidError::Failed)?;
        Ok(format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(signature), self.public))
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Algorithm, SigningKey};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::{Value, json};

    // RFC 8292 section 2.4, figures 1 and 2.
    const SIGNED: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0";
    const SIGNATURE: &str =
        "i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA";
    const K: &str = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
    const EXP: Timestamp = Timestamp::from_secs(1_453_523_768);

    fn key() -> VapidKey {
        let pkcs8 = SigningKey::generate(Algorithm::ES256, &SystemRandom::new()).unwrap();
        VapidKey::from_pkcs8(&pkcs8).unwrap()
    }

    /// What a push service does: the parts of a header whose signature is good.
    fn verified(header: &str) -> Option<(String, String)> {
        let (token, k) = header.strip_prefix("vapid t=")?.split_once(", k=")?;
        let (signed, signature) = token.rsplit_once('.')?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, URL_SAFE_NO_PAD.decode(k).ok()?);
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        Some((signed.to_owned(), k.to_owned()))
    }

    fn authorization(endpoint: &str, contact: Option<&str>) -> (VapidKey, String) {
        let (key, contact) = (key(), contact.map(|contact| Contact::parse(contact).unwrap()));
        let now = EXP.minus(VAPID_LIFETIME);
        let endpoint = Url::parse(endpoint).unwrap();
        let header = key.authorization(&SystemRandom::new(), &endpoint, contact.as_ref(), now).unwrap();
        (key, header)
    }

    #[test]
    fn the_figure_of_the_specification_is_signed_in_the_same_words() {
        assert!(verified(&format!("vapid t={SIGNED}.{SIGNATURE}, k={K}")).is_some(), "the check itself");
        let (key, header) =
            authorization("https://push.example.net/push/JzLQ3raZ", Some("mailto:push@example.com"));
        assert_eq!(verified(&header).unwrap(), (SIGNED.to_owned(), key.public().to_owned()));
        assert!(verified(&header.replace(&key.public, K)).is_none(), "another key");
    }

    #[test]
    fn the_audience_is_the_origin_and_the_life_is_short() {
        let (_, header) = authorization("https://push.example.net:8443/a/b?c=d", None);
        let (signed, _) = verified(&header).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims, json!({ "aud": "https://push.example.net:8443", "exp": EXP.as_secs() }));
        assert!(VAPID_LIFETIME <= Duration::from_hours(24));
    }

    #[test]
    fn contacts_can_be_written_to() {
        for good in ["mailto:push@example.com", "https://example.com/contact", "https://id.example.com"] {
            assert_eq!(Contact::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "push@example.com",
            "mailto:",
            "mailto:nobody",
            "mailto:@example.com",
            "mailto:a@",
            "http://example.com",
            "https://",
            "https://operator@example.com",
            "https://operator:password@example.com",
            "tel:123",
            "mailto:a@example.com\r\nx: y",
            &format!("https://example.com/{}", "a".repeat(MAX_CONTACT)),
        ] {
            assert_eq!(Contact::parse(bad), Err(VapidError::Contact), "{bad}");
        }
    }

    #[test]
    fn other_keys_are_none_and_the_private_one_is_not_printed() {
        let other = SigningKey::generate(Algorithm::EdDSA, &SystemRandom::new()).unwrap();
        assert_eq!(VapidKey::from_pkcs8(&other).unwrap_err(), VapidError::Key);
        assert_eq!(VapidKey::from_pkcs8(b"").unwrap_err(), VapidError::Key);
        let key = key();
        assert_eq!(format!("{key:?}"), format!("VapidKey {{ public: {:?}, .. }}", key.public()));
    }
}
