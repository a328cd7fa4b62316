//! What does a service token say, and did we make it? (RFC 6749 section 4.4)
//!
//! A program that acts for itself has no family: there is no person, no crossing, and nothing to refresh. So everything
//! is in the sealed text, and nothing is stored. Whether the token is *good* is the word of the client's registration,
//! which is read again at every use.

use super::access_token::Confirmation;
use super::scope::Scope;
use super::service_scope;
use crate::digest::{Digest, MacKey};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;

const LABEL: &str = "tandem service token";
const TAG: usize = 32;
/// Which bindings follow.
const KEY: u8 = 1;
const CERTIFICATE: u8 = 2;
/// Bindings, scope, two times, serial, mark.
const FIXED: usize = 1 + 2 + 8 + 8 + 16 + 8;
const MAX_CLIENT_ID: usize = 128;
/// The longest text, in characters.
pub const MAX_LEN: usize = (FIXED + 64 + MAX_CLIENT_ID + TAG).div_ceil(3) * 4;

/// A service token: what one client may do for itself, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceToken {
    /// Whose.
    pub client_id: Arc<str>,
    /// What it may be used for: service scopes only, others are not sealed.
    pub scope: Scope,
    /// Since when, in seconds.
    pub issued_at: u64,
    /// Until when, in seconds.
    pub expires_at: u64,
    /// What tells it apart from others of the same second: random.
    pub serial: [u8; 16],
    /// How the client proved who it is: see [`Client::credential_mark`](super::client::Client::credential_mark).
    pub mark: [u8; 8],
    /// What its sender must prove.
    pub bound_to: Confirmation,
}

impl ServiceToken {
    /// The text that the client gets: at most [`MAX_LEN`] characters.
    pub fn seal(&self, key: &MacKey) -> String {
        let Confirmation { jkt, certificate } = self.bound_to;
        let bindings =
            if jkt.is_some() { KEY } else { 0 } | if certificate.is_some() { CERTIFICATE } else { 0 };
        let mut bytes = Vec::with_capacity(FIXED + 64 + self.client_id.len() + TAG);
        bytes.push(bindings);
        bytes.extend_from_slice(&service_scope::mask_of(&self.scope).to_be_bytes());
        bytes.extend_from_slice(&self.issued_at.to_be_bytes());
        bytes.extend_from_slice(&self.expires_at.to_be_bytes());
        bytes.extend_from_slice(&self.serial);
        bytes.extend_from_slice(&self.mark);
        for digest in [jkt, certificate].into_iter().flatten() {
            bytes.extend_from_slice(digest.as_bytes());
        }
        bytes.extend_from_slice(self.client_id.as_bytes());
        let tag = key.mac(LABEL, &[&bytes]);
        bytes.extend_from_slice(tag.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text; `None` if we did not make it.
    pub fn open(text: &str, key: &MacKey) -> Option<Self> {
        if text.len() > MAX_LEN {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_last_chunk::<TAG>()?;
        if Digest::from_bytes(*tag) != key.mac(LABEL, &[body]) {
            return None;
        }
        let (bindings, rest) = body.split_first()?;
        let (mask, rest) = rest.split_first_chunk::<2>()?;
        let (issued_at, rest) = rest.split_first_chunk::<8>()?;
        let (expires_at, rest) = rest.split_first_chunk::<8>()?;
        let (serial, rest) = rest.split_first_chunk::<16>()?;
        let (mark, rest) = rest.split_first_chunk::<8>()?;
        let (jkt, rest) = binding(bindings & KEY != 0, rest)?;
        let (certificate, client_id) = binding(bindings & CERTIFICATE != 0, rest)?;
        Some(Self {
            client_id: std::str::from_utf8(client_id).ok()?.into(),
            scope: service_scope::masked(u16::from_be_bytes(*mask)),
            issued_at: u64::from_be_bytes(*issued_at),
            expires_at: u64::from_be_bytes(*expires_at),
            serial: *serial,
            mark: *mark,
            bound_to: Confirmation { jkt, certificate },
        })
    }

    /// Whether its time is over.
    pub const fn is_expired(&self, now: Timestamp) -> bool {
        now.as_secs() >= self.expires_at
    }

    /// Whether a thief could not use it.
    pub const fn is_bound(&self) -> bool {
        self.bound_to.jkt.is_some() || self.bound_to.certificate.is_some()
    }

    /// `Bearer`, or `DPoP` (RFC 9449 section 5).
    pub const fn token_type(&self) -> &'static str {
        if self.bound_to.jkt.is_some() { "DPoP" } else { "Bearer" }
    }

    /// Until when a list of revoked tokens must remember it.
    pub const fn until(&self) -> Timestamp {
        Timestamp::from_secs(self.expires_at)
    }

    /// Its name in a list of revoked tokens.
    pub fn revocation_key(&self) -> Digest {
        Digest::of(&[b"revoked service token ".as_slice(), &self.serial].concat())
    }
}

/// Splits a digest from the front, if one is there.
fn binding(there: bool, rest: &[u8]) -> Option<(Option<Digest>, &[u8])> {
    if !there {
        return Some((None, rest));
    }
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    Some((Some(Digest::from_bytes(*digest)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossing::CrossingId;
    use crate::oauth::sealed_token::{OpaqueAccessToken, RefreshToken};

    fn key(byte: u8) -> MacKey {
        MacKey::new(&[byte; 32])
    }

    fn token(client_id: &str, jkt: Option<u8>, certificate: Option<u8>) -> ServiceToken {
        let digest = |byte| Digest::from_bytes([byte; 32]);
        ServiceToken {
            client_id: client_id.into(),
            scope: Scope::parse("ssf.read incidents.manage").unwrap(),
            issued_at: 1000,
            expires_at: 1600,
            serial: [5; 16],
            mark: [6; 8],
            bound_to: Confirmation { jkt: jkt.map(digest), certificate: certificate.map(digest) },
        }
    }

    #[test]
    fn round_trips_with_and_without_bindings() {
        let longest = "c".repeat(128);
        for client_id in ["a", "mail-filter", longest.as_str()] {
            for (jkt, certificate) in [(None, None), (Some(1), None), (None, Some(2)), (Some(1), Some(2))] {
                let token = token(client_id, jkt, certificate);
                let text = token.seal(&key(1));
                assert!(text.len() <= MAX_LEN, "{}", text.len());
                assert_eq!(ServiceToken::open(&text, &key(1)), Some(token));
            }
        }
    }

    #[test]
    fn ends_with_its_time() {
        let token = token("a", None, None);
        assert!(!token.is_expired(Timestamp::from_secs(1599)));
        assert!(token.is_expired(Timestamp::from_secs(1600)));
    }

    #[test]
    fn scopes_of_people_are_never_sealed() {
        let mut wide = token("a", None, None);
        wide.scope = Scope::parse("openid ssf.read offline_access").unwrap();
        let read = ServiceToken::open(&wide.seal(&key(1)), &key(1)).unwrap();
        assert_eq!(read.scope.as_str(), "ssf.read");
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let sealed = token("mail-filter", Some(1), None).seal(&key(1));
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(ServiceToken::open(&changed, &key(1)), None, "character {at}");
        }
    }

    #[test]
    fn another_key_or_kind_or_length_is_refused() {
        let token = token("a", None, None);
        let sealed = token.seal(&key(1));
        assert_eq!(ServiceToken::open(&sealed, &key(2)), None);
        let flood = "A".repeat(MAX_LEN + 1);
        for text in ["", "A", "a.b.c", &sealed[1..], &format!("{sealed}A"), &format!("{sealed}=="), &flood] {
            assert_eq!(ServiceToken::open(text, &key(1)), None, "{text}");
        }
        let crossing = CrossingId::from_bytes([9; 16]);
        let refresh = RefreshToken { crossing, generation: 1 };
        assert_eq!(ServiceToken::open(&refresh.seal(&key(1)), &key(1)), None);
        let access =
            OpaqueAccessToken { crossing, generation: 1, scope_mask: 1, issued_at: 1, expires_at: 9 };
        assert_eq!(ServiceToken::open(&access.seal(&key(1)), &key(1)), None);
        for length in 1..=128 {
            let text = ServiceToken { client_id: "c".repeat(length).into(), ..token.clone() }.seal(&key(1));
            assert_eq!(RefreshToken::open(&text, &key(1)), None);
            assert_eq!(OpaqueAccessToken::open(&text, &key(1)), None);
        }
    }
}
