//! Who tries, and under which key is that counted?

use std::net::IpAddr;
use tandem_core::digest::{Digest, MacKey};

/// Keeps callers' digests apart from those of other installations: the rows of one tell nothing about another.
#[derive(Clone, Copy)]
pub struct Salt([u8; 16]);

impl Salt {
    /// Made of a key of the server.
    pub fn of(key: &MacKey) -> Self {
        Self(key.mac("tandem rate limits", &[]).as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// Who tries.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// A client, an account, a session: by name.
    Name(&'a str),
    /// An address; of IPv6 the /64, since one household has at least that.
    Address(IpAddr),
    /// Everybody together.
    All,
}

impl Caller<'_> {
    /// The name of their bucket.
    pub(super) fn key(&self, salt: Salt) -> u64 {
        match self {
            Self::Name(name) => key(salt, b'n', name.as_bytes()),
            Self::Address(IpAddr::V4(address)) => key(salt, b'4', &address.octets()),
            Self::Address(IpAddr::V6(address)) => {
                key(salt, b'6', address.octets().get(..8).unwrap_or_default())
            }
            Self::All => key(salt, b'a', &[]),
        }
    }
}

/// The digest of a caller: of one block, so that it costs as little as may be.
fn key(salt: Salt, kind: u8, name: &[u8]) -> u64 {
    const BLOCK: usize = 55;
    let long;
    let (kind, name) = if name.len() > BLOCK - 18 {
        long = Digest::of(name);
        (kind.to_ascii_uppercase(), long.as_bytes().as_slice())
    } else {
        (kind, name)
    };
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    let mut block = [0; BLOCK];
    let parts = salt.0.iter().chain([&kind, &length]).chain(name);
    block.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(Digest::of(&block).as_bytes().first_chunk().copied().unwrap_or_default())
}

/// Of the tests of this folder.
#[cfg(test)]
pub(super) const SALT: Salt = Salt([7; 16]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_keys_of_their_own_however_long_they_are() {
        let long = "x".repeat(37);
        let longer = "x".repeat(300);
        let names = ["", "a", "b", "a\0", &long, &longer, &longer[..299]];
        let mut keys: Vec<_> = names.iter().map(|name| Caller::Name(name).key(SALT)).collect();
        keys.push(Caller::All.key(SALT));
        keys.push(Caller::Name("a").key(Salt([8; 16])));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), names.len() + 2);
    }
}
