//! What does an opaque token say, and did we make it?
//!
//! Refresh tokens and opaque access tokens are not stored, not even as digests: each carries the name of its family
//! and a MAC under a key that is never in the same place as the families. A stolen database holds no token, and
//! an invented token is refused before anything is looked up. Whether a token is *good* is then the family's word.

use super::scope::Scope;
use super::token_family::TokenFamily;
use crate::crossing::CrossingId;
use crate::digest::{Digest, MacKey};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const REFRESH: &str = "tandem refresh token";
const ACCESS: &str = "tandem access token";

/// A refresh token: one generation of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The family.
    pub crossing: CrossingId,
    /// Which of its refresh tokens, counted from 0.
    pub generation: u32,
}

impl RefreshToken {
    /// The family's one good refresh token.
    pub const fn current(family: &TokenFamily) -> Self {
        Self { crossing: family.crossing, generation: family.generation }
    }

    /// The text that the client gets: 70 characters.
    pub fn seal(self, key: &MacKey) -> String {
        let mut bytes = Vec::with_capacity(52);
        bytes.extend_from_slice(self.crossing.as_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        seal(key, REFRESH, bytes)
    }

    /// Reads a text; `None` if we did not make it.
    pub fn open(text: &str, key: &MacKey) -> Option<Self> {
        let (crossing, rest) = open::<20>(text, key, REFRESH)?;
        let [a, b, c, d] = rest.try_into().ok()?;
        Some(Self { crossing, generation: u32::from_be_bytes([a, b, c, d]) })
    }
}

/// An opaque access token: a part of a family's scope, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpaqueAccessToken {
    /// The family.
    pub crossing: CrossingId,
    /// Which generation it was issued with.
    pub generation: u32,
    /// Which of the family's scope tokens it has, as [`Scope::mask_of`] numbers them.
    pub scope_mask: u64,
    /// Since when, in seconds.
    pub issued_at: u64,
    /// Until when, in seconds.
    pub expires_at: u64,
}

impl OpaqueAccessToken {
    /// The text that the client gets: 102 characters.
    pub fn seal(self, key: &MacKey) -> String {
        let mut bytes = Vec::with_capacity(76);
        bytes.extend_from_slice(self.crossing.as_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.scope_mask.to_be_bytes());
        bytes.extend_from_slice(&self.issued_at.to_be_bytes());
        bytes.extend_from_slice(&self.expires_at.to_be_bytes());
        seal(key, ACCESS, bytes)
    }

    /// Reads a text; `None` if we did not make it.
    pub fn open(text: &str, key: &MacKey) -> Option<Self> {
        let (crossing, rest) = open::<44>(text, key, ACCESS)?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (scope_mask, rest) = rest.split_first_chunk::<8>()?;
        let (issued_at, rest) = rest.split_first_chunk::<8>()?;
        let expires_at = rest.first_chunk::<8>()?;
        Some(Self {
            crossing,
            generation: u32::from_be_bytes(*generation),
            scope_mask: u64::from_be_bytes(*scope_mask),
            issued_at: u64::from_be_bytes(*issued_at),
            expires_at: u64::from_be_bytes(*expires_at),
        })
    }

    /// Whether its time is over.
    pub const fn is_expired(&self, now: Timestamp) -> bool {
        now.as_secs() >= self.expires_at
    }

    /// What it may be used for.
    pub fn scope(&self, family: &TokenFamily) -> Scope {
        family.scope.masked(self.scope_mask)
    }
}

fn seal(key: &MacKey, label: &str, mut bytes: Vec<u8>) -> String {
    let tag = key.mac(label, &[&bytes]);
    bytes.extend_from_slice(tag.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Checks the tag over `BODY` bytes, and splits the family's name from the rest.
fn open<const BODY: usize>(text: &str, key: &MacKey, label: &str) -> Option<(CrossingId, Vec<u8>)> {
    if text.len() != (BODY + 32).div_ceil(3) * 4 - (3 - (BODY + 32) % 3) % 3 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (body, tag) = bytes.split_at_checked(BODY)?;
    if Digest::from_bytes(tag.try_into().ok()?) != key.mac(label, &[body]) {
        return None;
    }
    let (crossing, rest) = body.split_first_chunk::<16>()?;
    Some((CrossingId::from_bytes(*crossing), rest.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MacKey {
        MacKey::new(&[byte; 32])
    }

    const REFRESH_TOKEN: RefreshToken =
        RefreshToken { crossing: CrossingId::from_bytes([9; 16]), generation: 7 };
    const ACCESS_TOKEN: OpaqueAccessToken = OpaqueAccessToken {
        crossing: CrossingId::from_bytes([8; 16]),
        generation: 1,
        scope_mask: 5,
        issued_at: 1000,
        expires_at: 1300,
    };

    #[test]
    fn round_trips() {
        let refresh = REFRESH_TOKEN.seal(&key(1));
        assert_eq!(refresh.len(), 70);
        assert_eq!(RefreshToken::open(&refresh, &key(1)), Some(REFRESH_TOKEN));
        let access = ACCESS_TOKEN.seal(&key(1));
        assert_eq!(access.len(), 102);
        assert_eq!(OpaqueAccessToken::open(&access, &key(1)), Some(ACCESS_TOKEN));
        assert!(!ACCESS_TOKEN.is_expired(Timestamp::from_secs(1299)));
        assert!(ACCESS_TOKEN.is_expired(Timestamp::from_secs(1300)));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let sealed = REFRESH_TOKEN.seal(&key(1));
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(RefreshToken::open(&changed, &key(1)), None, "character {at}");
        }
    }

    #[test]
    fn another_key_or_kind_or_length_is_refused() {
        let sealed = REFRESH_TOKEN.seal(&key(1));
        assert_eq!(RefreshToken::open(&sealed, &key(2)), None);
        assert_eq!(OpaqueAccessToken::open(&sealed, &key(1)), None);
        assert_eq!(RefreshToken::open(&ACCESS_TOKEN.seal(&key(1)), &key(1)), None);
        for text in ["", "A", &sealed[1..], &format!("{sealed}A"), &format!("{sealed}==")] {
            assert_eq!(RefreshToken::open(text, &key(1)), None, "{text}");
        }
    }
}
